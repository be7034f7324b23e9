import type { WriteOptions } from "@brimline/store/store";
import { ASK_ALWAYS, FOR_EVER } from "../cache-control.ts";
import type { PageFile } from "../renderer.ts";
import type { Service } from "../service.ts";

/**
 * Writes every file once, except HTML, which a newer template may render anew. HTML comes last, when
 * everything it names exists.
 */
export async function write(
  service: Service,
  files: PageFile[],
  keyOf: (file: string) => string,
): Promise<void> {
  const isHtml = (file: PageFile): boolean => file.path.endsWith(".html");
  const placeOf = (file: PageFile): string => (file.scope === "asset" ? file.path : keyOf(file.path));
  const optionsOf = (file: PageFile): WriteOptions => ({
    contentType: file.contentType,
    cacheControl: file.scope === "asset" && !isHtml(file) ? FOR_EVER : ASK_ALWAYS,
  });
  await Promise.all(
    files
      .filter((file) => !isHtml(file))
      .map((file) => service.site.create(placeOf(file), file.body, optionsOf(file))),
  );
  for (const file of files.filter(isHtml)) await service.site.put(placeOf(file), file.body, optionsOf(file));
}
