import { createHash } from "node:crypto";
import { emitClientAsset } from "astro/assets/utils";
import { build, type Plugin as BundlePlugin } from "esbuild";
import type { Plugin } from "vite";
import { join } from "node:path";

const SUFFIX = "?script";
const HASH_LENGTH = 8;

/** A script takes the width of texts from the browser and carries no font, nor the languages of schemas' errors. */
const small: BundlePlugin = {
  name: "brimline-small",
  setup(bundle) {
    const path = join(import.meta.dirname, "src/scripts/font.ts");
    bundle.onResolve({ filter: /\/font\.ts$/ }, () => ({ path }));
    bundle.onResolve({ filter: /\/locales\/index\.js$/ }, ({ resolveDir }) => ({
      path: join(resolveDir, "../locales/en.js"),
    }));
  },
};

/**
 * `import url from "./x.ts?script"` bundles a script of the pages into one file of the assets and gives its address.
 * Astro's own scripts are modules, and browsers refuse modules to a page that is read from a folder.
 */
export const scriptAssets: Plugin = {
  name: "brimline-script-assets",
  enforce: "pre",
  async resolveId(source, importer) {
    if (!source.endsWith(SUFFIX)) return null;
    const found = await this.resolve(source.slice(0, -SUFFIX.length), importer, { skipSelf: true });
    return found === null ? null : `${found.id}${SUFFIX}`;
  },
  async load(id) {
    if (!id.endsWith(SUFFIX)) return null;
    const { outputFiles } = await build({
      entryPoints: [id.slice(0, -SUFFIX.length)],
      bundle: true,
      minify: true,
      format: "iife",
      target: "es2022",
      legalComments: "none",
      plugins: [small],
      write: false,
    });
    const code = outputFiles.map(({ text }) => text).join("");
    const hash = createHash("sha256").update(code).digest("base64url").slice(0, HASH_LENGTH);
    const fileName = `_astro/${hash}.js`;
    emitClientAsset(this, { type: "asset", fileName, source: code });
    return `export default "/${fileName}";`;
  },
};
