import { demandOf } from "../../load.ts";
import { randomFrom, seedOf } from "../../random.ts";
import { latencySummary } from "../../record/latencies.ts";
import { expect, test } from "vitest";
import { type LevelEnd, type Used, usedInAll } from "../level/attempt.ts";
import { DEFAULT_CALIBRATION } from "../request/calibration.ts";
import { decide, type LevelRules } from "../plan/decide.ts";
import { problemOf } from "../state/problem.ts";
import { type JobRequest, JobSpec } from "../spec/spec.ts";

const RULES: LevelRules = { leadMs: 600, maxShards: 4, usersPerShard: 250, maxUsers: 1000, maxLevelS: null };
const START_MS = 1_800_000_000_000;
const LEARNT = { largestE2eMs: 2000, calibration: DEFAULT_CALIBRATION };
const UNKNOWN = latencySummary([]);
const TOKENS = 100;
const USD_PER_HOUR = 36;

interface Spent extends Used {
  seconds: number;
  levels: LevelEnd[];
  state: string;
}

/** Runs a whole job in virtual time against an endpoint with so many slots, where more users wait for one. */
function spentBy(request: Partial<JobRequest>, { slots, aloneS }: { slots: number; aloneS: number }): Spent {
  const spec = JobSpec.parse({
    endpoint: { url: "http://h/v1", model: "m" },
    slo: { e2eMs: 1500 * aloneS },
    gpu: { usdPerHour: USD_PER_HOUR },
    ...request,
  });
  const levels: LevelEnd[] = [];
  let nowMs = START_MS;
  for (;;) {
    const job = { spec, isCancelled: false, startedUnixMs: START_MS, frozen: null, ended: levels, open: [] };
    const next = decide({ ...job, learnt: LEARNT }, RULES, nowMs);
    if ("outcome" in next)
      return {
        ...usedInAll(levels.map(({ used }) => used)),
        seconds: (nowMs - START_MS) / 1000,
        levels,
        state: next.outcome.state,
      };
    if ("end" in next) throw new Error("no attempt is left open");
    const { plan, budget, t0UnixMs } = next.run;
    const demand = demandOf(plan.load);
    const e2eS = aloneS * Math.max(1, demand.value / slots);
    const longS = plan.rampS + (plan.stop.durationS ?? 0);
    const wanted = Math.floor(demand.isOpenLoop ? demand.ratePerS * longS : (demand.users * longS) / e2eS);
    const most = Math.floor(
      Math.min(budget.requests ?? Infinity, (budget.outputTokens ?? Infinity) / TOKENS),
    );
    const sent = Math.min(wanted, most, plan.stop.requests ?? Infinity);
    const isCut = sent < wanted && sent === most;
    nowMs = t0UnixMs + 1000 * ((sent < wanted ? (longS * sent) / wanted : longS) + e2eS);
    const good = e2eS <= 1.5 * aloneS ? sent : 0;
    const judged = { good, open: 0, total: sent };
    levels.push({
      schema: "brimline.level/1",
      plan,
      attempt: 1,
      t0UnixMs,
      state: isCut ? "stopped" : "completed",
      problem: isCut ? problemOf("budget") : null,
      shards: 1,
      missingShards: 0,
      counters: {
        ok: sent,
        failed: 0,
        medianE2eMs: 1000 * e2eS,
        inFlight: demand.users,
        outputTokensPerS: (TOKENS * sent) / longS,
        ttftMs: UNKNOWN,
        tpotMs: UNKNOWN,
        e2eMs: { ...UNKNOWN, judged },
        isSaturated: false,
        steady: {
          windowS: longS,
          due: sent,
          done: sent,
          ttftMs: null,
          tpotMs: null,
          e2eMs: { ...judged, worth: sent },
        },
      },
      used: { requests: sent, outputTokens: TOKENS * sent },
      learnt: plan.role === "warmup" ? LEARNT : null,
    });
    if (levels.length > 80) throw new Error("the search does not end");
  }
}

const ENDPOINTS = Array.from({ length: 40 }, (_, nth) => {
  const random = randomFrom(seedOf(`budget ${nth}`));
  return { slots: Math.ceil(300 ** random()), aloneS: 0.2 * 30 ** random() };
});

test.each<[string, Partial<JobRequest>, (spent: Spent) => boolean]>([
  [
    "its own time, from the first level on",
    { levels: { search: { withinS: 200 } }, warmup: false },
    ({ seconds }) => seconds <= 201,
  ],
  ["the job's time", { limits: { maxDurationS: 120 } }, ({ seconds }) => seconds <= 120],
  ["the job's dollars", { limits: { maxUsd: 1.5 } }, ({ seconds }) => (USD_PER_HOUR * seconds) / 3600 <= 1.5],
  ["the job's requests", { limits: { maxRequests: 400 } }, ({ requests }) => requests <= 400],
  ["the job's tokens", { limits: { maxOutputTokens: 30_000 } }, ({ outputTokens }) => outputTokens <= 30_000],
  [
    "requests of a search for a rate",
    { levels: { search: { of: "rate" } }, limits: { maxRequests: 400 } },
    ({ requests }) => requests <= 400,
  ],
])("a search is never outside %s, and ends in good order with what it knows", (_, request, isWithin) => {
  const all = ENDPOINTS.map((endpoint) => spentBy(request, endpoint));
  const without = all.map(({ levels, ...spent }) => ({ ...spent, levels: levels.length }));
  expect(without.filter((_, nth) => all[nth] !== undefined && !isWithin(all[nth]))).toEqual([]);
  expect(without.filter(({ state }) => state !== "completed")).toEqual([]);
  expect(all.filter(({ levels }) => levels.length > 2).length).toBeGreaterThan(30);
});
