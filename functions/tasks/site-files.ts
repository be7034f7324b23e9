import type { WriteOptions } from "@brimline/store/store";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import type { PageFile } from "../renderer.ts";
import type { Service } from "../service.ts";

const ASSETS = "_astro/";
/** The name of a report beside its page. */
export const REPORT_JSON = "report.json";

/**
 * Writes the files of pages. `report.json` says what was measured and assets are named by their content, so these are
 * written once, and all others anew: a newer template or another name changes them. Pages and what lists reports come
 * last, when everything they name exists.
 */
export async function write(
  service: Service,
  files: PageFile[],
  keyOf: (file: string) => string,
): Promise<void> {
  const isAsset = (file: PageFile): boolean => file.scope === "asset" && file.path.startsWith(ASSETS);
  const isLast = (file: PageFile): boolean =>
    file.path.endsWith(".html") || (file.scope === "asset" && !isAsset(file));
  const placeOf = (file: PageFile): string => (file.scope === "asset" ? file.path : keyOf(file.path));
  const optionsOf = (file: PageFile): WriteOptions => ({
    contentType: file.contentType,
    cacheControl: isAsset(file) ? FOR_EVER : ASK_ALWAYS,
  });
  const writeOne = async (file: PageFile): Promise<void> => {
    const isOnce = isAsset(file) || (file.scope === "page" && file.path === REPORT_JSON);
    await service.site[isOnce ? "create" : "put"](placeOf(file), file.body, optionsOf(file));
  };
  // Assets are the same for every page, so nearly always all of them are there.
  const there = new Set((await service.site.list(ASSETS)).keys);
  await Promise.all(
    files.filter((file) => !isLast(file) && !(isAsset(file) && there.has(file.path))).map(writeOne),
  );
  for (const file of files.filter(isLast)) await writeOne(file);
}
