import { describe, expect, test } from "vitest";
import { latencySummary } from "../../record/latencies.ts";
import type { AttemptStart, Learnt, LevelEnd, LevelCounters } from "../level/attempt.ts";
import { DEFAULT_CALIBRATION } from "../request/calibration.ts";
import { decide, type Decision, type LevelRules, type Snapshot } from "./decide.ts";
import { CANCELLED } from "./outcome.ts";
import { plan } from "./plan.ts";
import { problemOf } from "../state/problem.ts";
import { type JobRequest, JobSpec } from "../spec/spec.ts";

const NOW = 1_800_000_000_000;
const RULES: LevelRules = { leadMs: 600, maxShards: 4, usersPerShard: 250, maxUsers: 1000, maxLevelS: null };
const LEARNT: Learnt = {
  largestE2eMs: 20_000,
  calibration: { tokensPerWord: 1.3, overheadTokens: 20, source: "usage" },
};
const UNLEARNT: Learnt = { largestE2eMs: null, calibration: DEFAULT_CALIBRATION };

const UNKNOWN = latencySummary([]);

const COUNTERS: LevelCounters = {
  ok: 10,
  failed: 0,
  medianE2eMs: 1000,
  inFlight: 2,
  outputTokensPerS: 100,
  ttftMs: UNKNOWN,
  tpotMs: UNKNOWN,
  e2eMs: UNKNOWN,
  isSaturated: false,
  steady: null,
};

const specOf = (part: Partial<JobRequest> = {}): JobSpec =>
  JobSpec.parse({
    endpoint: { url: "http://h/v1", model: "m" },
    levels: [2, 4],
    stop: { durationS: 10 },
    rampS: 0,
    ...part,
  });

/** A job that was taken up a minute ago. */
const job = (part: Partial<Snapshot> = {}): Snapshot => ({
  spec: specOf(),
  isCancelled: false,
  startedUnixMs: NOW - 60_000,
  frozen: null,
  ended: [],
  open: [],
  learnt: UNLEARNT,
  ...part,
});

/** The ends of the first levels of a job; `last` is what is special about the last of them. */
function ended(spec: JobSpec, count: number, last: Partial<LevelEnd> = {}): LevelEnd[] {
  const ends: LevelEnd[] = [];
  while (ends.length < count) {
    const next = plan(spec, ends);
    if (next === null) throw new Error(`the job has no ${count} levels`);
    ends.push({
      schema: "brimline.level/1",
      plan: next,
      attempt: 1,
      t0UnixMs: NOW - 50_000 + ends.length,
      state: "completed",
      problem: null,
      shards: 1,
      missingShards: 0,
      counters: COUNTERS,
      used: { requests: 10, outputTokens: 100 },
      learnt: next.role === "warmup" ? LEARNT : null,
      ...(ends.length === count - 1 && last),
    });
  }
  return ends;
}

/** The first attempt at the level that comes after so many. */
function begun(spec: JobSpec, count: number): AttemptStart {
  const next = decide(job({ spec, ended: ended(spec, count) }), RULES, NOW - 30_000);
  if (!("run" in next)) throw new Error(`nothing runs after ${count} levels`);
  return next.run;
}

/** A decision in a few words. */
function said(next: Decision): string {
  if ("outcome" in next)
    return [next.outcome.state, next.outcome.problem?.code].filter((word) => word !== undefined).join(": ");
  const { plan: level, attempt } = "run" in next ? next.run : next.end;
  return `${"run" in next ? "run" : "end"} ${level.id} r${level.repeat} a${attempt}`;
}

const plain = specOf();
const unwarmed = specOf({ warmup: false });
const repeated = specOf({ warmup: false, repeats: 2 });
const rates = specOf({ levels: [{ rate: 10 }, { rate: 20 }] });
const few = specOf({ limits: { maxRequests: 25 } });
const stopped = (code: "endpoint_down" | "budget"): Partial<LevelEnd> => ({
  state: "stopped",
  problem: problemOf(code),
});
const saturated: Partial<LevelEnd> = {
  state: "stopped",
  counters: { ...COUNTERS, isSaturated: true },
};
const used = (requests: number) => ({ requests, outputTokens: 0 });

describe("what a job does next", () => {
  test.each<[string, Partial<Snapshot>, string]>([
    ["a fresh job warms up", {}, "run warmup r0 a1"],
    ["without a warm-up it starts with its first level", { spec: unwarmed }, "run l01 r0 a1"],
    ["after the warm-up comes the first level", { ended: ended(plain, 1) }, "run l01 r0 a1"],
    ["after the last level the job is completed", { ended: ended(plain, 3) }, "completed"],
    ["after all levels they are repeated", { spec: repeated, ended: ended(repeated, 2) }, "run l01 r1 a1"],
    ["after all repeats the job is completed", { spec: repeated, ended: ended(repeated, 4) }, "completed"],

    ["cancelled before its first level it ends", { isCancelled: true }, "cancelled: cancelled"],
    [
      "cancelled between two levels it ends",
      { isCancelled: true, ended: ended(plain, 2) },
      "cancelled: cancelled",
    ],
    [
      "cancelled in a level it ends",
      { ended: ended(plain, 2, { state: "cancelled", problem: problemOf("cancelled") }) },
      "cancelled: cancelled",
    ],

    [
      "a torn attempt is tried again",
      { ended: ended(plain, 1), open: [{ start: begun(plain, 1), torn: used(5) }] },
      "run l01 r0 a2",
    ],
    [
      "an attempt that is whole is ended, not run again",
      { ended: ended(plain, 1), open: [{ start: begun(plain, 1), torn: null }] },
      "end l01 r0 a1",
    ],
    [
      "an attempt that is whole is ended though the job has no time left: it is measured",
      {
        startedUnixMs: NOW - 7_300_000,
        ended: ended(plain, 1),
        open: [{ start: begun(plain, 1), torn: null }],
      },
      "end l01 r0 a1",
    ],
    [
      "an attempt at the same level of another repeat is another one",
      { spec: repeated, ended: ended(repeated, 2), open: [{ start: begun(repeated, 0), torn: null }] },
      "run l01 r1 a1",
    ],

    [
      "a measured level that was stopped ends the job in part",
      { ended: ended(plain, 2, stopped("endpoint_down")) },
      "partial: endpoint_down",
    ],
    [
      "a warm-up that was stopped ends it with nothing measured",
      { ended: ended(plain, 1, stopped("endpoint_down")) },
      "failed: endpoint_down",
    ],
    [
      "a measured level that lost all its shards measured nothing",
      { ended: ended(plain, 2, { state: "failed", problem: problemOf("shards_lost"), missingShards: 1 }) },
      "failed: shards_lost",
    ],
    [
      "a rate that the endpoint could not keep up with is an answer, so the job goes on",
      { spec: rates, ended: ended(rates, 2, saturated) },
      "run l02 r0 a1",
    ],
    [
      "after a last level that was saturated the job is completed",
      { spec: rates, ended: ended(rates, 3, saturated) },
      "completed",
    ],

    [
      "a job without a second left ends in part",
      { startedUnixMs: NOW - 7_199_500, ended: ended(plain, 2) },
      "partial: budget",
    ],
    ["a job that measured nothing by then has failed", { startedUnixMs: NOW - 7_199_500 }, "failed: budget"],
    [
      "what torn attempts used counts against the limits",
      { spec: few, ended: ended(few, 2), open: [{ start: begun(few, 2), torn: used(5) }] },
      "partial: budget",
    ],

    [
      "a report that is frozen decides, whatever comes later",
      {
        isCancelled: true,
        frozen: { state: "partial", problem: problemOf("budget") },
        ended: ended(plain, 3),
      },
      "partial: budget",
    ],
  ])("%s", (_, part, next) => expect(said(decide(job(part), RULES, NOW))).toBe(next));

  test("a cancel says the same whenever it comes", () =>
    expect(decide(job({ isCancelled: true }), RULES, NOW)).toEqual({ outcome: CANCELLED }));
});

describe("the attempt that is to run", () => {
  const run = (part: Partial<Snapshot>, rules: Partial<LevelRules> = {}): AttemptStart => {
    const next = decide(job(part), { ...RULES, ...rules }, NOW);
    return "run" in next ? next.run : expect.unreachable();
  };

  test("starts after the lead, and a shard is lost a minute after its longest drain", () => {
    const start = run({ ended: ended(plain, 1), learnt: LEARNT });
    expect([start.t0UnixMs - NOW, start.lostAfterUnixMs - start.t0UnixMs]).toEqual([600, 130_000]);
    const before = run({});
    expect(before.lostAfterUnixMs - before.t0UnixMs).toBe(1000 * (300 + 30 + 60));
  });

  test("knows what the warm-up found out", () =>
    expect(run({ ended: ended(plain, 1), learnt: LEARNT })).toMatchObject(LEARNT));

  test("is laid out over shards, which share what the service lets a level have", () => {
    const large = specOf({ levels: [600], warmup: false });
    expect(run({ spec: large })).toMatchObject({ shards: 3, maxOpen: 334, isShortened: false });
  });

  test.each([
    ["by the time that is left to the job", { startedUnixMs: NOW - 7_193_500 }, {}, 6],
    ["by the longest that a level may last", {}, { maxLevelS: 7 }, 7],
  ])("is cut short %s", (_, part, rules, durationS) =>
    expect(run({ spec: unwarmed, ...part }, rules)).toMatchObject({
      isShortened: true,
      plan: { stop: { durationS } },
    }),
  );

  test("gets what the limits leave after ended levels and torn attempts, and passes the latter on", () =>
    expect(
      run({ spec: few, ended: ended(few, 1), open: [{ start: begun(few, 1), torn: used(5) }] }),
    ).toMatchObject({ attempt: 2, torn: used(5), budget: { requests: 10, outputTokens: null } }));
});
