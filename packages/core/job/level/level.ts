import type { ProblemCode } from "../../codes.ts";
import type { Load } from "../../load.ts";
import { LATENCIES, latencySummary } from "../../record/latencies.ts";
import type { ShardSummary } from "../../record/record.ts";
import type { AttemptStart, Learnt, LevelEnd, LevelCounters, Used } from "./attempt.ts";
import type { LevelPlan } from "./level-plan.ts";
import { problemOf } from "../state/problem.ts";
import { steadyCounts } from "./steady.ts";
import type { JobSpec } from "../spec/spec.ts";

/** How a level ended, and why if it did not complete. */
export interface LevelOutcome {
  state: LevelEnd["state"];
  code: ProblemCode | null;
}

/** The worst end stands first. If shards ended differently, the level takes the worst of theirs. */
const ENDS: { ended: ShardSummary["ended"]; outcome: LevelOutcome }[] = [
  { ended: "cancelled", outcome: { state: "cancelled", code: "cancelled" } },
  { ended: "unproved", outcome: { state: "stopped", code: "unproved" } },
  { ended: "endpoint_down", outcome: { state: "stopped", code: "endpoint_down" } },
  { ended: "lost_control", outcome: { state: "failed", code: "internal" } },
  { ended: "rate_limited", outcome: { state: "stopped", code: "rate_limited" } },
  { ended: "budget", outcome: { state: "stopped", code: "budget" } },
  { ended: "open_limit", outcome: { state: "stopped", code: null } },
  { ended: "over_saturated", outcome: { state: "stopped", code: null } },
];

/** These ends tell something about the endpoint and are no fault. */
const SATURATED = new Set<ShardSummary["ended"]>(["open_limit", "over_saturated"]);

/**
 * How a level ended, judged by its shards. If some of them are missing it still stands, and its figures say
 * `shards_lost`. If all of them are missing it has failed.
 */
export function levelOutcome(shards: Pick<ShardSummary, "ended">[], missingShards: number): LevelOutcome {
  if (shards.length === 0 && missingShards > 0) return { state: "failed", code: "shards_lost" };
  const worst = ENDS.find(({ ended }) => shards.some((shard) => shard.ended === ended));
  return worst?.outcome ?? { state: "completed", code: null };
}

const CANCELLED: LevelOutcome = { state: "cancelled", code: "cancelled" };
const OUT_OF_TIME: LevelOutcome = { state: "stopped", code: "budget" };

/**
 * How an attempt ended, by those of its shards that are done. A cancel explains shards that are missing. A
 * level that used up a time shorter than its own was stopped by a limit.
 */
export function levelEnd(
  start: AttemptStart,
  shards: ShardSummary[],
  facts: {
    isCancelled: boolean;
    used: Used;
    learnt: Learnt | null;
    percentile: number;
    isPrecise: boolean;
  },
): LevelEnd {
  const missingShards = start.shards - shards.length;
  const byShards = missingShards > 0 && facts.isCancelled ? CANCELLED : levelOutcome(shards, missingShards);
  const isOutOfTime = byShards.state === "completed" && start.isShortened && ranOutOfTime(start.plan, shards);
  const { state, code } = isOutOfTime ? OUT_OF_TIME : byShards;
  return {
    schema: "brimline.level/1",
    plan: start.plan,
    attempt: start.attempt,
    t0UnixMs: start.t0UnixMs,
    state,
    problem: code === null ? null : problemOf(code),
    shards: start.shards,
    missingShards,
    counters: levelCounters(state, shards, {
      load: start.plan.load,
      percentile: facts.percentile,
      isPrecise: facts.isPrecise,
    }),
    used: facts.used,
    learnt: facts.learnt,
  };
}

/**
 * The counters of a level that has ended (see `LevelCounters`). A report's figures come from the records.
 * - Median E2E: the median of the shards' medians, weighted by their requests.
 * - In flight: Σ (done − sent) ÷ the time from T0 to the end of sending.
 * - Output tokens/s: over the whole level, from T0 to the end of its drain.
 * - Latencies: from the shards' histograms, without the level's start.
 * - Steady: from the shards' slices. A level that was cut short has none.
 * `steady` names the load, the percentile of the objective and whether the job asks for precision. Where it is null
 * nobody asks.
 */
export function levelCounters(
  state: LevelEnd["state"],
  shards: ShardSummary[],
  steady: { load: Load; percentile: number; isPrecise?: boolean } | null = null,
): LevelCounters {
  const stopMs = Math.max(0, ...shards.map((shard) => shard.stopMs));
  const drainEndMs = Math.max(0, ...shards.map((shard) => shard.drainEndMs));
  const medianE2eMs = weightedMedian(
    shards.flatMap((shard) =>
      shard.medianE2eMs === null ? [] : [{ value: shard.medianE2eMs, weight: shard.requests.ok }],
    ),
  );
  return {
    ok: sum(shards.map((shard) => shard.requests.ok)),
    failed: sum(shards.map((shard) => shard.requests.failed)),
    medianE2eMs,
    inFlight: stopMs > 0 ? sum(shards.map((shard) => shard.openMs)) / stopMs : null,
    outputTokensPerS:
      drainEndMs > 0 ? (1000 * sum(shards.map((shard) => shard.outputTokens))) / drainEndMs : null,
    ttftMs: latencySummary(shards.map(({ latencies }) => latencies.ttftMs)),
    tpotMs: latencySummary(shards.map(({ latencies }) => latencies.tpotMs)),
    e2eMs: latencySummary(shards.map(({ latencies }) => latencies.e2eMs)),
    isSaturated: state === "stopped" && shards.some(({ ended }) => SATURATED.has(ended)),
    steady:
      state === "completed" && steady !== null
        ? steadyCounts(
            shards.map(({ slices }) => slices),
            {
              ...steady,
              medianE2eMs,
              bounded: LATENCIES.filter((name) =>
                shards.some(({ latencies }) => latencies[name].judged !== null),
              ),
            },
          )
        : null,
  };
}

/** What the shards of a level count against the limits of their job. */
export const usedBy = (shards: Pick<ShardSummary, "requests" | "outputTokens">[]): Used => ({
  requests: sum(shards.map((shard) => shard.requests.sent)),
  outputTokens: sum(shards.map((shard) => shard.outputTokens)),
});

/** What is left of a job's limits before its next level. Null means that there is no such limit. */
export interface Remaining {
  durationS: number;
  requests: number | null;
  outputTokens: number | null;
}

/**
 * The limits of a job less what it has used. `maxUsd` is a limit of time where the price of the GPUs is
 * known: $ ÷ ($/GPU-hour × GPUs) hours. Without a price it has no effect.
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

/** Whether too little is left to run a level: less than a second, no request or no token. */
export const isSpent = (remaining: Remaining): boolean =>
  remaining.durationS < 1 ||
  (remaining.requests !== null && remaining.requests < 1) ||
  (remaining.outputTokens !== null && remaining.outputTokens < 1);

/**
 * Shortens a level to the time that is left for it. `isShortened` says that this time, and not the plan, ends the
 * level. Each shard counts its requests and tokens itself.
 */
export function withinTime(plan: LevelPlan, durationS: number): { plan: LevelPlan; isShortened: boolean } {
  const leftS = Math.max(1, Math.floor(durationS - plan.rampS));
  if (plan.stop.durationS !== null && plan.stop.durationS <= leftS) return { plan, isShortened: false };
  return { plan: { ...plan, stop: { ...plan.stop, durationS: leftS } }, isShortened: true };
}

/** Whether a level that was shortened so used up its time. */
export function ranOutOfTime(plan: LevelPlan, shards: Pick<ShardSummary, "stopMs">[]): boolean {
  if (plan.stop.durationS === null) return false;
  const stopMs = Math.max(0, ...shards.map((shard) => shard.stopMs));
  return stopMs >= 1000 * (plan.rampS + plan.stop.durationS) - TIMER_SLACK_MS;
}

/** A stop by time fires within this distance of its moment, because timers are not exact. */
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
