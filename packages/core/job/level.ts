import type { ProblemCode } from "../codes.ts";
import type { ShardSummary } from "../record/record.ts";
import type { LevelPlan, LevelSummary } from "./plan.ts";
import type { JobSpec } from "./spec.ts";

/** How a level ended, and why when it did not complete. */
export interface LevelOutcome {
  state: LevelSummary["state"];
  code: ProblemCode | null;
}

/** Worst first: of shards that ended differently the level takes this one. */
const ENDINGS: { ended: ShardSummary["ended"]; outcome: LevelOutcome }[] = [
  { ended: "cancelled", outcome: { state: "cancelled", code: "cancelled" } },
  { ended: "endpoint_down", outcome: { state: "stopped", code: "endpoint_down" } },
  { ended: "lost_control", outcome: { state: "failed", code: "internal" } },
  { ended: "rate_limited", outcome: { state: "stopped", code: "rate_limited" } },
  { ended: "budget", outcome: { state: "stopped", code: "budget" } },
  { ended: "open_limit", outcome: { state: "stopped", code: null } },
  { ended: "over_saturated", outcome: { state: "stopped", code: null } },
];

/** Endings that tell of the endpoint, not of a fault. */
const SATURATED = new Set<ShardSummary["ended"]>(["open_limit", "over_saturated"]);

/**
 * How a level ended, from its shards. With some of them missing it still stands (its figures say `shards_lost`); with all of them
 * missing it has failed.
 */
export function levelOutcome(shards: Pick<ShardSummary, "ended">[], missingShards: number): LevelOutcome {
  if (shards.length === 0 && missingShards > 0) return { state: "failed", code: "shards_lost" };
  const worst = ENDINGS.find(({ ended }) => shards.some((shard) => shard.ended === ended));
  return worst?.outcome ?? { state: "completed", code: null };
}

/**
 * What `plan` needs of a finished level. Median E2E: the median of the shards' medians, weighted by their requests. In flight:
 * Σ (done − sent) ÷ the time from T0 to the end of sending. Output tokens/s: over the whole level, from T0 to the end of its drain.
 * Counters for planning; a report's figures come from the records.
 */
export function levelSummary(
  plan: LevelPlan,
  state: LevelSummary["state"],
  shards: ShardSummary[],
): LevelSummary {
  const stopMs = Math.max(0, ...shards.map((shard) => shard.stopMs));
  const drainEndMs = Math.max(0, ...shards.map((shard) => shard.drainEndMs));
  return {
    id: plan.id,
    role: plan.role,
    load: plan.load,
    repeat: plan.repeat,
    state,
    ok: sum(shards.map((shard) => shard.requests.ok)),
    failed: sum(shards.map((shard) => shard.requests.failed)),
    medianE2eMs: weightedMedian(
      shards.flatMap((shard) =>
        shard.medianE2eMs === null ? [] : [{ value: shard.medianE2eMs, weight: shard.requests.ok }],
      ),
    ),
    inFlight: stopMs > 0 ? sum(shards.map((shard) => shard.openMs)) / stopMs : null,
    outputTokensPerS:
      drainEndMs > 0 ? (1000 * sum(shards.map((shard) => shard.outputTokens))) / drainEndMs : null,
    sloMet: null,
    isSaturated: state === "stopped" && shards.some(({ ended }) => SATURATED.has(ended)),
  };
}

/** What the shards of a level took of the limits of their job. */
export const usedBy = (
  shards: Pick<ShardSummary, "requests" | "outputTokens">[],
): { requests: number; outputTokens: number } => ({
  requests: sum(shards.map((shard) => shard.requests.sent)),
  outputTokens: sum(shards.map((shard) => shard.outputTokens)),
});

/** What limits a job has left, before its next level. Null = no such limit. */
export interface Remaining {
  durationS: number;
  requests: number | null;
  outputTokens: number | null;
}

/**
 * The limits of a job less what it has used. `maxUsd` is a limit of time where the price of the GPUs is known:
 * $ ÷ ($/GPU-hour × GPUs) hours; without a price it cannot bind.
 */
export function remainingOf(
  spec: JobSpec,
  used: { durationS: number; requests: number; outputTokens: number },
): Remaining {
  const { maxRequests, maxOutputTokens, maxUsd, maxDurationS } = spec.limits;
  const usdPerHour = spec.gpu?.usdPerHour === undefined ? null : spec.gpu.usdPerHour * (spec.gpu.count ?? 1);
  const paidS = maxUsd === undefined || usdPerHour === null ? Infinity : (3600 * maxUsd) / usdPerHour;
  return {
    durationS: Math.min(maxDurationS, paidS) - used.durationS,
    requests: maxRequests === undefined ? null : maxRequests - used.requests,
    outputTokens: maxOutputTokens === undefined ? null : maxOutputTokens - used.outputTokens,
  };
}

/** Nothing is left to run a level with: less than a second, or no request or token. */
export const isSpent = (remaining: Remaining): boolean =>
  remaining.durationS < 1 ||
  (remaining.requests !== null && remaining.requests < 1) ||
  (remaining.outputTokens !== null && remaining.outputTokens < 1);

/** A level cut to the time that is left for it. `isCut`: that, not its plan, sets the time. Requests and tokens a shard counts itself. */
export function withinTime(plan: LevelPlan, durationS: number): { plan: LevelPlan; isCut: boolean } {
  const leftS = Math.max(1, Math.floor(durationS - plan.rampS));
  if (plan.stop.durationS !== null && plan.stop.durationS <= leftS) return { plan, isCut: false };
  return { plan: { ...plan, stop: { ...plan.stop, durationS: leftS } }, isCut: true };
}

/** Whether such a level ran into its time. */
export function ranOutOfTime(plan: LevelPlan, shards: Pick<ShardSummary, "stopMs">[]): boolean {
  if (plan.stop.durationS === null) return false;
  const stopMs = Math.max(0, ...shards.map((shard) => shard.stopMs));
  return stopMs >= 1000 * (plan.rampS + plan.stop.durationS) - TIMER_SLACK_MS;
}

/** A stop by time fires at its moment, give or take a timer. */
const TIMER_SLACK_MS = 50;

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

function weightedMedian(values: { value: number; weight: number }[]): number | null {
  const sorted = values.filter(({ weight }) => weight > 0).toSorted((a, b) => a.value - b.value);
  const half = sum(sorted.map(({ weight }) => weight)) / 2;
  let below = 0;
  for (const { value, weight } of sorted) {
    below += weight;
    if (below >= half) return value;
  }
  return null;
}
