import { compare, type Compared } from "@brimline/core/compare/compare";
import type { Comparison } from "@brimline/core/compare/schema";
import { Influences } from "@brimline/core/report/influences";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** Compares the reports of two jobs, the baseline first. `missing` is the id of the one that has no report. */
export async function comparisonOf(
  service: Service,
  ids: { a: string; b: string },
  marginPercent?: number,
): Promise<Comparison | { refused: string } | { missing: string }> {
  const reports = await reportsOf(service, ids);
  return "missing" in reports
    ? reports
    : compare({ ...reports, ...(marginPercent !== undefined && { marginPercent }) });
}

/** What a comparison of two jobs is made of. */
export async function reportsOf(
  { data }: Service,
  ids: { a: string; b: string },
): Promise<Omit<Compared, "marginPercent"> | { missing: string }> {
  const [a, b, influencesOfA, influencesOfB] = await Promise.all([
    readObject(data, keys.report(ids.a), Report),
    readObject(data, keys.report(ids.b), Report),
    readObject(data, keys.influences(ids.a), Influences),
    readObject(data, keys.influences(ids.b), Influences),
  ]);
  if (a === null) return { missing: ids.a };
  if (b === null) return { missing: ids.b };
  return { a, b, influences: { a: influencesOfA, b: influencesOfB } };
}
