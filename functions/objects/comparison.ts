import { compare } from "@brimline/core/compare/compare";
import type { Comparison } from "@brimline/core/compare/schema";
import { Influences } from "@brimline/core/report/influences";
import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";
import { readObject } from "./object.ts";

/** Compares the reports of two jobs, the baseline first. `missing` is the id of the one that has no report. */
export async function comparisonOf(
  { data }: Service,
  ids: { a: string; b: string },
  marginPercent?: number,
): Promise<Comparison | { refused: string } | { missing: string }> {
  const [a, b, influencesOfA, influencesOfB] = await Promise.all([
    readObject(data, keys.report(ids.a), Report),
    readObject(data, keys.report(ids.b), Report),
    readObject(data, keys.influences(ids.a), Influences),
    readObject(data, keys.influences(ids.b), Influences),
  ]);
  if (a === null) return { missing: ids.a };
  if (b === null) return { missing: ids.b };
  return compare({
    a,
    b,
    influences: { a: influencesOfA, b: influencesOfB },
    ...(marginPercent !== undefined && { marginPercent }),
  });
}
