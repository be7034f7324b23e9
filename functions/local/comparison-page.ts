import type { Comparison } from "@brimline/core/compare/schema";
import type { Report } from "@brimline/core/report/schema";
import { loadRenderer } from "../renderer.ts";

/** The page of a comparison as one file. Its links lead to the site where `publicUrl` says where that is. */
export async function comparisonPage(
  comparison: Comparison,
  a: Report,
  b: Report,
  publicUrl: string | null,
): Promise<Uint8Array | string> {
  const renderer = await loadRenderer();
  const files = await renderer.renderComparison(comparison, a, b, publicUrl);
  const page = files.find(({ path, scope }) => path === "comparison.html" && scope === "page");
  if (page === undefined) throw new Error("the renderer made no comparison.html");
  return page.body;
}
