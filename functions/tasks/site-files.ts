import type { WriteOptions } from "@brimline/store/store";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import type { PageFile } from "../renderer.ts";
import type { Service } from "../service.ts";

const ASSETS = "_astro/";

/**
 * Writes every file once, except HTML, which a newer template may render anew, and what lists reports. These come last,
 * when everything they name exists.
 */
export async function write(
  service: Service,
  files: PageFile[],
  keyOf: (file: string) => string,
): Promise<void> {
  const isAsset = (file: PageFile): boolean => file.scope === "asset" && file.path.startsWith(ASSETS);
  const isRewritten = (file: PageFile): boolean =>
    file.path.endsWith(".html") || (file.scope === "asset" && !isAsset(file));
  const placeOf = (file: PageFile): string => (file.scope === "asset" ? file.path : keyOf(file.path));
  const optionsOf = (file: PageFile): WriteOptions => ({
    contentType: file.contentType,
    cacheControl: isAsset(file) ? FOR_EVER : ASK_ALWAYS,
  });
  // Assets are the same for every page, so nearly always all of them are there.
  const there = new Set((await service.site.list(ASSETS)).keys);
  await Promise.all(
    files
      .filter((file) => !isRewritten(file) && !there.has(placeOf(file)))
      .map((file) => service.site.create(placeOf(file), file.body, optionsOf(file))),
  );
  for (const file of files.filter(isRewritten))
    await service.site.put(placeOf(file), file.body, optionsOf(file));
}
