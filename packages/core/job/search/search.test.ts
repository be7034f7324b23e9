import { randomFrom, seedOf } from "../../random.ts";
import { latencySummary } from "../../record/latencies.ts";
import { isCountWithin } from "../../math/rank.ts";
import { median } from "../../metric/statistics/quantile.ts";
import { describe, expect, test } from "vitest";
import type { LevelCounters } from "../level/attempt.ts";
import { demandOf } from "../../load.ts";
import type { LevelPlan } from "../level/level-plan.ts";
import { plan } from "../plan/plan.ts";
import { searchOf } from "../plan/loads.ts";
import type { SearchedLevel } from "./rules.ts";
import { type JobRequest, JobSpec } from "../spec/spec.ts";

/** An endpoint whose answers are known: the median TTFT and the E2E at a number of users, and how TTFT spreads. */
interface Endpoint {
  ttftMs: (users: number) => number;
  e2eS: (users: number) => number;
  sigma: number;
  /** The P95 of TTFT, where levels count it. */
  p95Ms?: (users: number) => number;
  /** The most requests that it answers in a second. */
  mostPerS?: number;
  /** From so many users on, half of the requests fail. */
  failsFrom?: number;
}

const SLO_MS = 500;
const P = 0.95;
const MAX_USERS = 512;
const WITHIN_S = 600;
const UNKNOWN = latencySummary([]);
const spec = (part: Partial<JobRequest>): JobSpec =>
  JobSpec.parse({
    endpoint: { url: "http://h/v1", model: "m" },
    levels: { search: {} },
    warmup: false,
    slo: { ttftMs: SLO_MS, percentile: 100 * P },
    ...part,
  });

const shareGood = ({ ttftMs, sigma }: Endpoint, users: number): number =>
  normalCdf(Math.log(SLO_MS / ttftMs(users)) / sigma);

/** P(Z ≤ z), by Abramowitz and Stegun 26.2.17. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    Math.exp((-z * z) / 2) *
    0.3989423 *
    t *
    (0.3193815 + t * (-0.3565638 + t * (1.781478 + t * (-1.821256 + t * 1.330274))));
  return z > 0 ? 1 - tail : tail;
}

/** The largest number of users that meets the objective, up to a maximum. It is 0 where one is too many. */
function boundaryOf(endpoint: Endpoint, max: number): number {
  let users = 0;
  while (users < max && shareGood(endpoint, users + 1) >= P) users++;
  return users;
}

interface Searched {
  levels: SearchedLevel[];
  seconds: number;
  /** The largest load that is told to meet the objective, and the smallest that is told to miss it. */
  low: number;
  high: number;
}

function searched(endpoint: Endpoint, seed: string, job: JobSpec, requests = Infinity): Searched {
  const random = randomFrom(seedOf(seed));
  const levels: SearchedLevel[] = [];
  const withinS = searchOf(job)?.withinS ?? 0;
  let timeS = withinS;
  for (;;) {
    const next = plan(job, levels, { users: MAX_USERS, timeS, requests });
    if (next === null) break;
    const counters = countersOf(endpoint, next, random);
    levels.push({ plan: next, counters });
    requests -= counters.ok + counters.failed;
    timeS -= next.rampS + (next.stop.durationS ?? 0) + endpoint.e2eS(usersOf(next));
    if (levels.length > 60) throw new Error("the search does not end");
  }
  const told = Map.groupBy(levels, ({ plan }) => usersOf(plan))
    .entries()
    .map(([users, runs]) => {
      const judged = runs.flatMap(({ counters }) => counters.ttftMs.judged ?? []);
      const sum = (of: "good" | "total"): number => judged.reduce((all, one) => all + one[of], 0);
      return {
        users,
        met: isCountWithin({ good: sum("good"), open: 0, total: sum("total"), worth: sum("total") }, P),
      };
    })
    .toArray();
  return {
    levels,
    seconds: withinS - timeS,
    low: Math.max(0, ...told.filter(({ met }) => met === true).map(({ users }) => users)),
    high: Math.min(Infinity, ...told.filter(({ met }) => met === false).map(({ users }) => users)),
  };
}

/** In users, or in requests per second. */
const usersOf = ({ load }: LevelPlan): number => demandOf(load).value;

function countersOf(endpoint: Endpoint, plan: LevelPlan, random: () => number): LevelCounters {
  const users = usersOf(plan);
  const e2eS = endpoint.e2eS(users);
  const durationS = plan.stop.durationS ?? 0;
  const isRate = plan.load.kind === "rate";
  const total = isRate
    ? Math.ceil(users * durationS)
    : Math.max(users, Math.round((users * durationS) / e2eS));
  const done = Math.round(Math.min(total, (endpoint.mostPerS ?? Infinity) * durationS));
  const share = shareGood(endpoint, users);
  let good = 0;
  for (let i = 0; i < total; i++) if (random() < share) good++;
  const failed = users >= (endpoint.failsFrom ?? Infinity) ? total / 2 : 0;
  return {
    ok: total - failed,
    failed,
    medianE2eMs: 1000 * e2eS,
    inFlight: users,
    outputTokensPerS: (100 * users) / e2eS,
    ttftMs: { ...UNKNOWN, p95: endpoint.p95Ms?.(users) ?? null, judged: { good, open: 0, total } },
    tpotMs: UNKNOWN,
    e2eMs: UNKNOWN,
    isSaturated: false,
    steady: {
      windowS: durationS,
      due: total,
      done,
      // Each request is independent of all others.
      ttftMs: { good, open: 0, total, worth: total },
      tpotMs: null,
      e2eMs: null,
    },
  };
}

/** Endpoints of all kinds: TTFT climbs evenly, or at a cliff where the slots are full; the objective is met anywhere. */
function anyEndpoint(seed: string): Endpoint {
  const random = randomFrom(seedOf(seed));
  const from = (least: number, most: number): number => least * (most / least) ** random();
  const [base, slots, sigma] = [from(20, 700), from(2, 300), from(0.05, 0.6)];
  const [aloneS, slowdown] = [from(0.3, 8), from(30, 500)];
  const isCliff = random() < 0.5;
  const waitS = (users: number): number => (Math.max(0, users - slots) * aloneS) / slots;
  return {
    sigma,
    ttftMs: (users) => (isCliff ? base + 1000 * waitS(users) : base * (1 + users / slots)),
    e2eS: (users) => aloneS * (1 + users / slowdown) + (isCliff ? waitS(users) : 0),
  };
}

const EASY: Endpoint = { ttftMs: () => 20, e2eS: () => 1, sigma: 0.2 };
/** TTFT climbs so slowly that loads around the boundary are hard to tell apart. */
const GENTLE: Endpoint = { ttftMs: (users) => 200 + users / 2, e2eS: () => 2, sigma: 0.4 };
/** It has 40 slots, and more users wait for one. */
const CLIFF: Endpoint = {
  ttftMs: (users) => 50 + Math.max(0, users - 40) * 50,
  e2eS: (users) => 1 + Math.max(0, users - 40) / 40,
  sigma: 0.3,
};

const countOf = (levels: SearchedLevel[]): number[] => levels.map(({ plan }) => usersOf(plan));

describe("a search for an objective", () => {
  const job = spec({});
  test("of 200 endpoints holds the true boundary between its loads, closely, and within its time", () => {
    const found = Array.from({ length: 200 }, (_, nth) => {
      const endpoint = anyEndpoint(`endpoint ${nth}`);
      return { truth: boundaryOf(endpoint, MAX_USERS), ...searched(endpoint, `search ${nth}`, job) };
    });
    const held = found.filter(({ truth, low, high }) => low <= truth && truth < high);
    expect(held.length).toBeGreaterThanOrEqual(0.93 * found.length);
    expect(Math.max(...found.map(({ seconds }) => seconds))).toBeLessThanOrEqual(WITHIN_S);
    const widths = found
      .filter(({ low, high }) => low > 0 && high < Infinity)
      .map(({ low, high }) => high / low);
    expect(widths.length).toBeGreaterThan(100);
    expect(median(widths)).toBeLessThan(1.25);
  });

  test("that is met everywhere doubles up to the most users, and proves that they meet it", () => {
    const { levels, low, high } = searched(EASY, "easy", job);
    expect(countOf(levels).slice(0, 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, MAX_USERS]);
    expect([low, high]).toEqual([MAX_USERS, Infinity]);
  });

  test("that is met nowhere asks one user alone", () => {
    const { levels, low, high } = searched({ ...EASY, ttftMs: () => 4 * SLO_MS }, "hard", job);
    expect(new Set(countOf(levels))).toEqual(new Set([1]));
    expect([low, high]).toEqual([0, 1]);
  });

  test("runs the loads beside the boundary again, at most twice", () => {
    const { levels } = searched(GENTLE, "again", job);
    const again = levels.filter(({ plan }) => plan.repeat > 0);
    expect(again.length).toBeGreaterThan(0);
    expect(Math.max(...again.map(({ plan }) => plan.repeat))).toBeLessThanOrEqual(2);
  });

  test("places loads on both sides of where the percentile crosses its bound", () => {
    // The P95 of 500 ms needs a median of 305 ms: 45.1 users.
    const p95 = (users: number): number => CLIFF.ttftMs(users) * Math.exp(1.645 * CLIFF.sigma);
    const { levels, low, high } = searched({ ...CLIFF, p95Ms: p95 }, "crossing", job);
    expect(countOf(levels).slice(0, 7)).toEqual([1, 4, 16, 64, 32, 43, 52]);
    expect([low, high]).toEqual([43, 52]);
  });

  test("names each load once, and counts its runs", () => {
    const { levels } = searched(CLIFF, "cliff", job);
    const names = new Map(levels.map(({ plan }) => [usersOf(plan), plan.id]));
    expect(new Set(names.values()).size).toBe(names.size);
    for (const [users, runs] of Map.groupBy(levels, ({ plan }) => usersOf(plan)))
      expect(runs.map(({ plan }) => [plan.id, plan.repeat])).toEqual(
        runs.map((_, repeat) => [names.get(users), repeat]),
      );
  });

  test("goes no further where requests fail", () => {
    const { levels } = searched({ ...EASY, failsFrom: 16 }, "failing", job);
    expect(Math.max(...countOf(levels))).toBe(16);
    expect(countOf(levels)).toContain(13);
  });

  test("ends when its time is over, whatever it knows", () => {
    const { levels, seconds } = searched(CLIFF, "short", spec({ levels: { search: { withinS: 45 } } }));
    expect(seconds).toBeLessThanOrEqual(45);
    expect(countOf(levels)).toEqual([1, 2, 4, 8, 16, 32, 64]);
  });

  test("asks no more requests than are left", () => {
    for (const most of [60, 600, 3000]) {
      const { levels } = searched(CLIFF, "few", job, most);
      const asked = levels.reduce((sum, { counters }) => sum + counters.ok + counters.failed, 0);
      expect(asked).toBeLessThanOrEqual(most);
      expect(asked).toBeGreaterThan(most / 3);
    }
  });

  test("begins with the loads that are to be among its levels, and raises the highest of them", () => {
    const { levels } = searched(CLIFF, "included", spec({ levels: { search: { include: [10, 20, 5] } } }));
    expect(countOf(levels).slice(0, 4)).toEqual([10, 20, 5, 40]);
    expect(levels[1]?.plan).toMatchObject({ id: "l02", stop: { durationS: 9 } });
  });

  test("tries no more users than the job or the service allows", () => {
    const counts = countOf(searched(EASY, "bound", spec({ levels: { search: { max: 6 } } })).levels);
    expect(Math.max(...counts)).toBe(6);
  });
});

describe("a search without an objective", () => {
  const job = spec({ slo: undefined });
  test("doubles until that brings less than 10 %, and closes in on where a tenth is missing", () => {
    const { levels } = searched(CLIFF, "knee", job);
    const tried = countOf(levels);
    expect(Math.max(...tried)).toBeGreaterThanOrEqual(80);
    const perS = (users: number): number => users / CLIFF.e2eS(users);
    const knee = Array.from({ length: 200 }, (_, users) => users + 1).find(
      (users) => 1.1 * perS(users) >= perS(160),
    );
    expect(tried.some((users) => Math.abs(users / (knee ?? 0) - 1) < 0.1)).toBe(true);
  });
});

describe("a search for a rate", () => {
  const rates = spec({ levels: { search: { of: "rate", arrival: "constant" } } });
  /** It answers 20 requests per second, and one waits the longer the nearer the rate is to that. */
  const QUEUE: Endpoint = {
    ttftMs: (rate) => (rate < 20 ? 100 / (1 - rate / 20) : 60_000),
    e2eS: (rate) => (rate < 20 ? 0.5 / (1 - rate / 20) : 30),
    sigma: 0.3,
    mostPerS: 20,
  };

  test("that meets an objective holds the true boundary between its loads, closely", () => {
    const { levels, low, high } = searched(QUEUE, "rates", rates);
    expect(levels[0]?.plan).toMatchObject({ load: { kind: "rate", ratePerS: 1, arrival: "constant" } });
    // A P95 of 500 ms needs a median of 500 ÷ e^(0.3 × 1.645) = 305 ms, which is there at 13.4 requests per second.
    expect(low).toBeLessThan(13.5);
    expect(high).toBeGreaterThan(13.4);
    expect(high / low).toBeLessThan(1.25);
  });

  test("without an objective closes in on the highest that is sustained", () => {
    const { levels } = searched(QUEUE, "sustained", { ...rates, slo: undefined });
    const tried = countOf(levels);
    expect(Math.max(...tried)).toBeLessThanOrEqual(32);
    const below = tried.filter((rate) => rate <= 20.4);
    const beyond = tried.filter((rate) => rate > 20.4);
    expect(Math.min(...beyond) / Math.max(...below)).toBeLessThanOrEqual(1.1);
  });

  test("begins where an idle endpoint has one request in flight, and lower where that is too much", () => {
    const warm = { ...rates, warmup: undefined };
    const warmup = plan(warm, []);
    if (warmup === null) throw new Error("there is no warm-up");
    const counters = countersOf({ ...QUEUE, e2eS: () => 4 }, warmup, () => 0);
    const [first] = searched({ ...QUEUE, ttftMs: () => 4 * SLO_MS }, "low", rates).levels;
    expect(plan(warm, [{ plan: warmup, counters }])?.load).toMatchObject({ ratePerS: 0.25 });
    expect(first?.plan.load).toMatchObject({ ratePerS: 1 });
    const { levels, low } = searched({ ...QUEUE, ttftMs: () => 4 * SLO_MS }, "lower", rates);
    expect([Math.min(...countOf(levels)), low]).toEqual([0.125, 0]);
  });
});
