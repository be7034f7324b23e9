import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AstroIntegration } from "astro";
import { typeOf } from "./src/asset-types.ts";
import type { PageFile } from "./src/files.ts";
import { SINGLE_FILE, singleFile } from "./src/single-file.ts";

/** After a static build, writes each report's page as one file beside it, as the renderer gives it to publish. */
export const oneFileBuild = (): AstroIntegration => ({
  name: "brimline-one-file",
  hooks: {
    "astro:build:done": async ({ dir }) => {
      const out = fileURLToPath(dir);
      const assets = await filesIn(join(out, "_astro"), "_astro/", "asset");
      for (const id of await readdir(join(out, "r")).catch(() => [])) {
        const folder = join(out, "r", id);
        const files = [...assets, ...(await filesIn(folder, "", "page"))];
        const html = await readFile(join(folder, "index.html"), "utf8");
        const publicUrl = process.env["BRIMLINE_PUBLIC_URL"] ?? null;
        await writeFile(join(folder, SINGLE_FILE), singleFile(html, `/r/${id}/`, files, publicUrl));
      }
    },
  },
});

async function filesIn(folder: string, under: string, scope: PageFile["scope"]): Promise<PageFile[]> {
  const names = (await readdir(folder)).filter((name) => typeOf(name) !== null);
  return Promise.all(
    names.map(async (name) => ({
      path: `${under}${name}`,
      body: await readFile(join(folder, name)),
      contentType: typeOf(name) ?? "",
      scope,
    })),
  );
}
