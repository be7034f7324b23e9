import { LATENCIES } from "../../record/latencies.ts";
import type { LevelEnd } from "../level/attempt.ts";
import type { EndedLevel } from "../state/job.ts";
import { isBelowObjective } from "../search/objective.ts";
import type { JobSpec } from "../spec/spec.ts";

/** What a job tells of a level that has ended. */
export const endedLevel = (
  { plan, state, counters }: Pick<LevelEnd, "plan" | "state" | "counters">,
  slo: JobSpec["slo"],
): EndedLevel => ({
  id: plan.id,
  load: plan.load,
  repeat: plan.repeat,
  state,
  ok: counters.ok,
  failed: counters.failed,
  outputTokensPerS: counters.outputTokensPerS,
  ttftP95Ms: counters.ttftMs.p95,
  tpotP95Ms: counters.tpotMs.p95,
  e2eP95Ms: counters.e2eMs.p95,
  met: slo === undefined ? null : isBelowObjective(slo, [{ plan, counters }]),
  goodPercent: goodPercent(counters),
});

/** The share of the requests within the bound that the fewest of them met. */
function goodPercent(counters: LevelEnd["counters"]): number | null {
  const shares = LATENCIES.flatMap((latency) => {
    const { judged } = counters[latency];
    return judged === null || judged.total === 0 ? [] : [(100 * judged.good) / judged.total];
  });
  return shares.length === 0 ? null : Math.min(...shares);
}
