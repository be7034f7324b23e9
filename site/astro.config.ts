import { defineConfig, passthroughImageService } from "astro/config";
import type { Plugin } from "vite";
import { publishAdapter } from "./adapter.ts";
import { oneFileBuild } from "./one-file.ts";
import { scriptAssets } from "./script-asset.ts";

/**
 * The pages have two builds. Without BRIMLINE_REPORTS the build is a library that renders pages on demand
 * (`dist/server/entry.mjs`, see src/publish-entry.ts). With it, `astro build` writes a plain static site from
 * a folder of reports.
 */
const isStatic = process.env["BRIMLINE_REPORTS"] !== undefined;

/** Styles name their fonts from where they lie themselves, so that pages read from a folder and under a path. */
const fontsBesideStyles: Plugin = {
  name: "brimline-fonts-beside-styles",
  enforce: "post",
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle))
      if (file.type === "asset" && file.fileName.endsWith(".css"))
        file.source = String(file.source).replaceAll("url(/_astro/", "url(");
  },
};

export default defineConfig({
  outDir: process.env["BRIMLINE_SITE_OUT"] ?? (isStatic ? "./dist/static" : "./dist"),
  cacheDir: "./.astro/cache",
  trailingSlash: "always",
  devToolbar: { enabled: false },
  image: { service: passthroughImageService() },
  // Pages carry no inline style or script, so that their Content-Security-Policy needs no exception.
  build: { inlineStylesheets: "never", assets: "_astro" },
  ...(isStatic ? { integrations: [oneFileBuild()] } : { adapter: publishAdapter() }),
  vite: {
    logLevel: "error",
    plugins: [scriptAssets, fontsBesideStyles],
    // The name of an asset is its hash alone, so both builds give the same name, and an asset can be cached
    // for ever.
    build: {
      assetsInlineLimit: 0,
      // What a package with the built site must say of whose code is in it.
      license: { fileName: "licenses.json" },
      rolldownOptions: { output: { assetFileNames: "_astro/[hash][extname]" } },
    },
    ssr: isStatic
      ? { external: ["@resvg/resvg-js"] }
      : { noExternal: true, external: ["@resvg/resvg-js", "canvas"] },
  },
});
