import { match } from "@brimline/core/compare/alike";
import { compare, type Compared, testedOf } from "@brimline/core/compare/compare";
import type { Comparison } from "@brimline/core/compare/schema";
import type { Report } from "@brimline/core/report/schema";
import { fixtureReport } from "@brimline/testkit/site/report";
import { virtualRun } from "../intervals/level.ts";
import type { System } from "../intervals/systems.ts";

/** A level in virtual time, of a job of this seed. */
export interface Run extends ReturnType<typeof virtualRun> {
  seed: string;
}

export const runOf = (system: System, windowS: number, of: { seed: string; noise: string }): Run => ({
  ...virtualRun(system, windowS, of),
  seed: of.seed,
});

const BASE = fixtureReport({ id: "compared", users: [1], hasGpu: false });

/** What the product says of two runs, as of two jobs with one level. They are twins if their seeds are the same. */
export function compared(a: Run, b: Run): Comparison {
  const comparison = compare(jobsOf(a, b));
  if ("refused" in comparison) throw new Error(comparison.refused);
  return comparison;
}

/** The differences by which the product decides, with their errors. */
export function tested(a: Run, b: Run): ReturnType<typeof testedOf> {
  const jobs = jobsOf(a, b);
  const matched = match(jobs.a, jobs.b);
  if ("refused" in matched) throw new Error(matched.refused);
  return testedOf(matched, jobs);
}

function jobsOf(a: Run, b: Run): Compared {
  const influences = (id: string, run: Run) => ({
    schema: "brimline.influences/1" as const,
    job: id,
    levels: [run.influences],
  });
  return {
    a: reportOf("a", a),
    b: reportOf("b", b),
    influences: { a: influences("a", a), b: influences("b", b) },
  };
}

const reportOf = (id: string, { level, seed }: Run): Report => ({
  ...BASE,
  id,
  levels: [level],
  provenance: { ...BASE.provenance, seed },
});
