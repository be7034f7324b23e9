import type { WriteOptions } from "@brimline/store/store";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import type { PageFile } from "../renderer.ts";
import type { Service } from "../service.ts";

/**
 * Writes every file once, except HTML, which a newer template may render anew, and what lists reports. These come last,
 * when everything they name exists.
 */
export async function write(
  service: Service,
  files: PageFile[],
  keyOf: (file: string) => string,
): Promise<void> {
  const isAsset = (file: PageFile): boolean => file.scope === "asset" && file.path.startsWith("_astro/");
  const isRewritten = (file: PageFile): boolean =>
    file.path.endsWith(".html") || (file.scope === "asset" && !isAsset(file));
  const placeOf = (file: PageFile): string => (file.scope === "asset" ? file.path : keyOf(file.path));
  const optionsOf = (file: PageFile): WriteOptions => ({
    contentType: file.contentType,
    cacheControl: isAsset(file) ? FOR_EVER : ASK_ALWAYS,
  });
  await Promise.all(
    files
      .filter((file) => !isRewritten(file))
      .map((file) => service.site.create(placeOf(file), file.body, optionsOf(file))),
  );
  for (const file of files.filter(isRewritten))
    await service.site.put(placeOf(file), file.body, optionsOf(file));
}
