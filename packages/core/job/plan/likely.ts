import { z } from "zod";
import { demandOf } from "../../load.ts";
import { latencySummary } from "../../record/latencies.ts";
import type { LevelCounters } from "../level/attempt.ts";
import { meanLength } from "../request/length.ts";
import type { LevelPlan } from "../level/level-plan.ts";
import { plan } from "./plan.ts";
import type { SearchLeft } from "./searched.ts";
import { searchOf } from "./loads.ts";
import type { JobSpec } from "../spec/spec.ts";

/** A range of what nobody knows before the first answer. */
const Range = z.object({ least: z.number(), most: z.number() });
export type Range = z.infer<typeof Range>;

/** What a search likely takes: the number of its levels, their time in s, and its requests with the warm-up's. */
export const LikelySearch = z.object({
  /** How long an answer's token is taken for, ms. */
  tokenMs: Range,
  levels: Range,
  seconds: Range,
  requests: Range,
});
export type LikelySearch = z.infer<typeof LikelySearch>;

/** From a small model to a large one, and from few users to many. Only what an endpoint answers says more. */
const TOKEN_MS: Range = { least: 10, most: 50 };
const BOUNDARIES = [8, 64, 512];
/** The search runs to the end of its own time at the latest, and no plan has so many levels. */
const LEVELS_MAX = 100;

/** Runs the search against endpoints that are likely, in no time, and says what it took at least and at most. */
export function likelySearch(spec: JobSpec): LikelySearch {
  const runs = [TOKEN_MS.least, TOKEN_MS.most].flatMap((tokenMs) =>
    BOUNDARIES.map((boundary) => searched(spec, tokenMs, boundary)),
  );
  const range = (of: (run: Run) => number): Range => ({
    least: Math.min(...runs.map(of)),
    most: Math.max(...runs.map(of)),
  });
  return {
    tokenMs: TOKEN_MS,
    levels: range(({ levels }) => levels),
    seconds: range(({ seconds }) => seconds),
    requests: range(({ requests }) => requests),
  };
}

interface Run {
  levels: number;
  seconds: number;
  requests: number;
}

function searched(spec: JobSpec, tokenMs: number, boundary: number): Run {
  const { limits } = spec;
  const aloneS = (meanLength(spec.workload.outputTokens) * tokenMs) / 1000;
  const ended: { plan: LevelPlan; counters: LevelCounters }[] = [];
  const left: SearchLeft = {
    users: Infinity,
    timeS: Math.min(searchOf(spec)?.withinS ?? 0, limits.maxDurationS),
    requests: limits.maxRequests ?? Infinity,
  };
  const taken: Run = { levels: 0, seconds: 0, requests: 0 };
  for (let next = plan(spec, ended, left); next !== null; next = plan(spec, ended, left)) {
    const isWarmup = next.role === "warmup";
    const { sent, seconds, counters } = ranAs(next, { aloneS, boundary });
    ended.push({ plan: next, counters });
    taken.levels += isWarmup ? 0 : 1;
    taken.requests += sent;
    taken.seconds += isWarmup ? 0 : seconds;
    left.timeS -= isWarmup ? 0 : seconds;
    left.requests -= sent;
    if (ended.length > LEVELS_MAX) break;
  }
  return taken;
}

const UNKNOWN = latencySummary([]);

/** What a level brings an endpoint that serves so many users side by side, and lets more wait. */
function ranAs(
  { load, stop, rampS }: LevelPlan,
  { aloneS, boundary }: { aloneS: number; boundary: number },
): { sent: number; seconds: number; counters: LevelCounters } {
  const demand = demandOf(load);
  const inFlight = demand.expectedInFlight(1000 * aloneS);
  const isBelow = inFlight <= boundary;
  const e2eS = aloneS * Math.max(1, inFlight / boundary);
  const perS = demand.isOpenLoop ? demand.ratePerS : demand.users / e2eS;
  const longS = stop.requests === null ? rampS + (stop.durationS ?? 0) : stop.requests / perS;
  const sent = Math.min(Math.ceil(perS * longS), stop.requests ?? Infinity);
  const seconds = longS + e2eS;
  const done = isBelow ? sent : Math.floor((sent * boundary) / inFlight);
  const count = { good: isBelow ? sent : 0, open: 0, total: sent };
  const judged = { ...UNKNOWN, judged: count };
  const steady = { ...count, worth: sent };
  return {
    sent,
    seconds,
    counters: {
      ok: sent,
      failed: 0,
      medianE2eMs: 1000 * e2eS,
      inFlight,
      outputTokensPerS: perS,
      ttftMs: judged,
      tpotMs: judged,
      e2eMs: judged,
      isSaturated: demand.isOpenLoop && !isBelow,
      steady: { windowS: longS, due: sent, done, ttftMs: steady, tpotMs: steady, e2eMs: steady },
    },
  };
}
