import { rateLoad } from "../../load/rate.ts";
import { describe, expect, test } from "vitest";
import { latencySummary } from "../../record/latencies.ts";
import type { LevelEnd, LevelCounters } from "../level/attempt.ts";
import type { LevelPlan } from "../level/level-plan.ts";
import { loadsOf } from "./loads.ts";
import { plan } from "./plan.ts";
import { JobSpec, type JobRequest } from "../spec/spec.ts";

const UNKNOWN = latencySummary([]);

const spec = (part: Partial<JobRequest>): JobSpec =>
  JobSpec.parse({ endpoint: { url: "http://h/v1", model: "m" }, levels: [10, 50], ...part });
const finish = (plan: LevelPlan, part: Partial<LevelCounters> = {}): Pick<LevelEnd, "plan" | "counters"> => ({
  plan,
  counters: {
    ok: 20,
    failed: 0,
    medianE2eMs: 2000,
    inFlight: 1,
    outputTokensPerS: 1,
    ttftMs: UNKNOWN,
    tpotMs: UNKNOWN,
    e2eMs: UNKNOWN,
    isSaturated: false,
    steady: null,
    ...part,
  },
});

/** Follows a plan to its end and says which levels came in which order. */
function follow(job: JobSpec, part: Partial<LevelCounters> = {}): LevelPlan[] {
  const ended: ReturnType<typeof finish>[] = [];
  for (;;) {
    const next = plan(job, ended);
    if (next === null) return ended.map((level) => level.plan);
    ended.push(finish(next, part));
  }
}
const order = (job: JobSpec): string[] =>
  follow(job).map(
    (level) => `${level.id} r${level.repeat} ${level.load.kind === "concurrency" ? level.load.users : ""}`,
  );

describe("what runs next", () => {
  test("the warm-up comes first, then the levels as written", () =>
    expect(order(spec({}))).toEqual(["warmup r0 5", "l01 r0 10", "l02 r0 50"]));
  test("without a warm-up the levels start at once", () =>
    expect(order(spec({ warmup: false }))).toEqual(["l01 r0 10", "l02 r0 50"]));
  test("one user warms up alone", () =>
    expect(order(spec({ levels: [1] }))).toEqual(["warmup r0 1", "l01 r0 1"]));
  test("parts of levels that run until they are precise are interleaved, and end when each level is sure", () => {
    const job = spec({ precision: { percent: 3, withinS: 240 }, stop: { durationS: 60 }, warmup: false });
    const half = (percent: number) => ({ throughput: percent, ttftP50: percent, e2eP50: percent });
    const steady = { windowS: 60, due: 1, done: 1, ttftMs: null, tpotMs: null, e2eMs: null };
    const ended: ReturnType<typeof finish>[] = [];
    for (let next = plan(job, ended); next !== null; next = plan(job, ended))
      ended.push(finish(next, { steady: { ...steady, halfWidths: half(next.id === "l01" ? 4 : 40) } }));
    expect(ended.map(({ plan: { id, repeat } }) => `${id} r${repeat}`)).toEqual([
      "l01 r0",
      "l02 r0",
      "l01 r1",
      "l02 r1",
      "l02 r2",
      "l02 r3",
    ]);
  });
  test("a level that the endpoint cannot keep up with gets no further part", () => {
    const job = spec({ levels: [{ rate: 9 }], precision: { percent: 3 }, warmup: false });
    expect(follow(job, { isSaturated: true })).toHaveLength(1);
  });
  test("repeats are interleaved, so that drift is not taken for a difference", () =>
    expect(order(spec({ repeats: 2, warmup: false }))).toEqual([
      "l01 r0 10",
      "l02 r0 50",
      "l01 r1 10",
      "l02 r1 50",
    ]));
  test("a sweep doubles up to its maximum", () =>
    expect(
      loadsOf(spec({ levels: { sweep: { max: 20 } } })).map((load) =>
        load.kind === "concurrency" ? load.users : 0,
      ),
    ).toEqual([1, 2, 4, 8, 16, 20]));
  test("a rate is warmed up by one user", () =>
    expect(order(spec({ levels: [{ rate: 8 }] }))[0]).toBe("warmup r0 1"));
});

describe("how long a level by rate sends", () => {
  const measured = (part: Partial<JobRequest>, medianE2eMs: number | null) =>
    follow(spec({ levels: [{ rate: 4 }], rampS: 3, ...part }), { medianE2eMs }).at(-1);
  test.each([
    ["24 median latencies of the warm-up", {}, 2000, 48],
    ["at least 30 s", {}, null, 30],
    ["as asked", { stop: { durationS: 7 } }, 2000, 7],
    ["as long as its requests take", { stop: { requests: 100 } }, 2000, 25],
    ["whichever of the two is shorter", { stop: { durationS: 20, requests: 100 } }, 2000, 20],
  ])("%s", (_, part, medianE2eMs, durationS) =>
    expect(measured(part, medianE2eMs)).toMatchObject({
      load: rateLoad({ rate: 4 }),
      stop: { durationS, requests: null },
      rampS: 0,
    }),
  );
});

describe("how long a level sends", () => {
  const measured = (part: Partial<JobRequest>, medianE2eMs: number | null) =>
    follow(spec(part), { medianE2eMs }).at(-1);
  test.each([
    ["24 median latencies of the warm-up", {}, 2000, 48],
    ["long enough for one user to send 80 requests, which a P95 needs", { levels: [1] }, 2000, 160],
    ["as long for two users as each needs for 40", { levels: [2] }, 2000, 80],
    ["long enough for 80 requests at a low rate", { levels: [{ rate: 0.8 }] }, 2000, 100],
    ["at least 30 s", {}, 100, 30],
    ["at most 180 s", {}, 60_000, 180],
    ["at most 180 s for one user, too", { levels: [1] }, 3000, 180],
    ["30 s if the warm-up measured nothing", {}, null, 30],
    ["as asked", { stop: { durationS: 7 } }, 2000, 7],
    ["without a bound of time if requests are asked", { stop: { requests: 100 } }, 2000, null],
  ])("%s", (_, part, medianE2eMs, durationS) =>
    expect(measured(part, medianE2eMs)?.stop.durationS).toBe(durationS),
  );
  test("users start over one median latency, at most 30 s", () =>
    expect([
      measured({}, 2000)?.rampS,
      measured({}, 90_000)?.rampS,
      measured({ rampS: 3 }, 2000)?.rampS,
    ]).toEqual([2, 30, 3]));
  test("users start over what an answer will take at their load, as the loads before it say", () => {
    const ended: ReturnType<typeof finish>[] = [];
    const job = spec({ levels: [1, 4, 16, 4, { rate: 20 }, 32], warmup: { users: 1, requests: 4 } });
    for (let next = plan(job, ended); next !== null; next = plan(job, ended)) {
      // A request takes 1 s with one user, and twice as long with four times as many.
      const users = next.load.kind === "concurrency" ? next.load.users : 1000;
      ended.push(finish(next, { medianE2eMs: 1000 * Math.sqrt(users) }));
    }
    expect(ended.map(({ plan: { rampS } }) => Math.round(10 * rampS) / 10)).toEqual([0, 1, 1, 4, 2, 0, 5.7]);
  });
});
