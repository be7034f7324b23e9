import { defineConfig, passthroughImageService } from "astro/config";
import { publishAdapter } from "./adapter.ts";

/**
 * Two builds of the same pages. Without BRIMLINE_REPORTS the pages are rendered on demand and the build is a library
 * (`dist/server/entry.mjs`, see src/publish-entry.ts); with it, `astro build` writes a plain static site from a folder of reports.
 */
const isStatic = process.env["BRIMLINE_REPORTS"] !== undefined;

export default defineConfig({
  outDir: process.env["BRIMLINE_SITE_OUT"] ?? (isStatic ? "./dist/static" : "./dist"),
  cacheDir: "./.astro/cache",
  trailingSlash: "always",
  devToolbar: { enabled: false },
  image: { service: passthroughImageService() },
  // Pages carry no inline style or script, so that their Content-Security-Policy needs no exception.
  build: { inlineStylesheets: "never", assets: "_astro" },
  ...(isStatic ? {} : { adapter: publishAdapter() }),
  vite: {
    logLevel: "error",
    // Hash alone: names do not depend on which build they come from, and an asset can be cached for ever.
    build: {
      assetsInlineLimit: 0,
      rolldownOptions: { output: { assetFileNames: "_astro/[hash][extname]" } },
    },
    ssr: isStatic
      ? { external: ["@resvg/resvg-js"] }
      : { noExternal: true, external: ["@resvg/resvg-js", "canvas"] },
  },
});
