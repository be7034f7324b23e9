import { describe, expect, test } from "vitest";
import {
  CREATED_UNIX_MS,
  knownCertificate,
  type KnownLevel,
  NO_ARRIVALS,
  syntheticJob,
  syntheticLevel,
  withMerged,
  withSummary,
} from "@brimline/testkit/synthetic";
import type { JobRequest } from "../job/spec/spec.ts";
import type { RequestRecord, ShardSummary } from "../record/record.ts";
import { aggregate } from "./aggregate.ts";
import type { Level, Report } from "./schema.ts";

/** TTFT 200 ms, gaps of 20, so the first output and the last are 780 ms apart and E2E is 980. */
const level = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 60,
    t0UnixMs: CREATED_UNIX_MS + 5000,
    ...changes,
  });

const reported = (of: KnownLevel, request: Partial<JobRequest> = {}): Report =>
  aggregate(syntheticJob([of], request));

function levelOf(report: Report): Level {
  const [only] = report.levels;
  if (only === undefined) throw new Error("no level");
  return only;
}

const sentenceOf = ({ findings }: Report): string | undefined =>
  findings.find(({ code }) => code === "client_limited")?.sentence;

/** What counts rest on is right however late a byte is read. */
function expectLoadIsTold(report: Report): void {
  const one = levelOf(report);
  for (const name of ["outputTokensPerS", "requestsPerS", "inFlight", "tokensPerSPerUser"] as const)
    expect(one[name], name).toMatchObject({ validity: "valid", reasons: [] });
  expect(report.verdict).toMatchObject({
    levelId: "l01",
    capacity: { value: 10, validity: "valid", reasons: [] },
  });
}

const NAMES = [
  "ttftMs",
  "ttfoMs",
  "chunkGapMs",
  "itlMs",
  "tpotMs",
  "userSpeedTokensPerS",
  "e2eMs",
  "perRequestTokensPerS",
] as const;
type Name = (typeof NAMES)[number];

/** Which of the figures are not valid, by what they are. */
function notValid(of: Level): Partial<Record<"indicative" | "invalid", Name[]>> {
  const named = (validity: "indicative" | "invalid"): Name[] =>
    NAMES.filter((name) => of[name]?.p50.validity === validity);
  const [indicative, invalid] = [named("indicative"), named("invalid")];
  return { ...(indicative.length > 0 && { indicative }), ...(invalid.length > 0 && { invalid }) };
}

describe("the process's clock", () => {
  const quiet = knownCertificate();
  const own = { ...NO_ARRIVALS, clock: "process" } as const;
  const client = (certificate: ShardSummary["certificate"], delayP99Ms = 0.1): Partial<ShardSummary> => ({
    certificate,
    arrivals: own,
    eventLoop: { delayP99Ms, readDelayP99Ms: 0, utilisation: 0.3 },
  });
  const gaps = ["chunkGapMs", "itlMs"] as const;

  test.each<[string, Partial<ShardSummary>, ReturnType<typeof notValid>]>([
    ["that adds 0.4 and 0.3 ms bends nothing", client(quiet), {}],
    [
      "that adds 20 ms to a TTFT of 200 makes that indicative, and not an E2E of 980",
      client({ ...quiet, addedTtftP99Ms: 20 }),
      { indicative: ["ttftMs", "ttfoMs"] },
    ],
    [
      "that adds 50 ms makes a TTFT of 200 invalid and an E2E of 980 indicative",
      client({ ...quiet, addedTtftP99Ms: 50 }),
      { indicative: ["e2eMs", "perRequestTokensPerS"], invalid: ["ttftMs", "ttfoMs"] },
    ],
    [
      "that adds 2 ms to a gap of 20 makes that indicative, and not a TPOT over 780 ms",
      client({ ...quiet, addedGapP99Ms: 2 }),
      { indicative: [...gaps] },
    ],
    [
      "that adds 50 ms to the distance of two chunks makes a TPOT over 780 ms indicative",
      client({ ...quiet, addedGapP99Ms: 50 }),
      { indicative: ["tpotMs", "userSpeedTokensPerS"], invalid: [...gaps] },
    ],
    [
      "whose event loop was late by 2 ms makes gaps of 20 indicative",
      client(quiet, 2),
      { indicative: [...gaps] },
    ],
    ["whose event loop was late by 5 ms makes gaps of 20 invalid", client(quiet, 5), { invalid: [...gaps] }],
    ["without a certificate has no bound", client(null, 5), {}],
  ])("%s", (_, changes, expected) => {
    const report = reported(withSummary(level(), changes));
    const only = levelOf(report);
    expect(notValid(only)).toEqual(expected);
    expect(only).toMatchObject(
      Object.keys(expected).length === 0
        ? { validity: "valid", reasons: [] }
        : { validity: "indicative", reasons: ["client_limited"] },
    );
    for (const name of Object.values(expected).flat())
      expect(only[name]?.p50, name).toMatchObject({ value: expect.any(Number), reasons: ["client_limited"] });
    expectLoadIsTold(report);
    expect(report.certificate.arrivalClock).toBe("process");
  });

  test("in several runs bends those figures of each run", () => {
    const late = client({ ...quiet, addedTtftP99Ms: 50 });
    const report = aggregate(
      syntheticJob([0, 1].map((repeat) => withSummary(level({ repeat, jitter: 0.01 }), late))),
    );
    for (const run of levelOf(report).runs) {
      expect(run.ttftP95Ms).toMatchObject({ validity: "invalid", reasons: ["client_limited"] });
      expect(run.outputTokensPerS.reasons).not.toContain("client_limited");
    }
  });

  test.each(["addedTtftP99Ms", "addedGapP99Ms"])(
    "without a window is judged against the latency: %s of 100 ms against a second",
    (added) => {
      const short = withSummary(level({ durationS: 3 }), client({ ...quiet, [added]: 100 }));
      expect(levelOf(reported(short))).toMatchObject({
        validity: "indicative",
        reasons: ["too_short", "client_limited"],
      });
    },
  );

  test.each([
    ["within 5 % of it the objective is judged", 5, true, "valid", []],
    ["above, it is judged with care", 20, true, "indicative", ["client_limited"]],
    ["above 20 %, it is not", 50, null, "invalid", ["client_limited"]],
  ] as const)("and a TTFT: %s", (_, addedTtftP99Ms, met, validity, reasons) => {
    const report = reported(withSummary(level(), client({ ...quiet, addedTtftP99Ms })), {
      slo: { ttftMs: 250 },
    });
    const { sloMet, goodPercent } = levelOf(report);
    expect(sloMet).toBe(met);
    expect(goodPercent).toMatchObject({ value: met === null ? null : 100, validity, reasons: [...reasons] });
    expect(report.verdict.capacity).toMatchObject({
      value: met === null ? null : 10,
      reasons: [...reasons],
    });
    if (met === null)
      expect(report.verdict.sentence).toBe(
        "Whether a level met TTFT p95 ≤ 250 ms cannot be told: the load generator may have read too late to time it; give it a core of its own.",
      );
  });

  test("does not touch an objective on another latency", () => {
    const late = withSummary(level(), client({ ...quiet, addedTtftP99Ms: 45 }));
    expect(levelOf(reported(late, { slo: { tpotMs: 30 } }))).toMatchObject({
      sloMet: true,
      goodPercent: { validity: "valid" },
    });
  });

  test("is named with what it can bend, and what to do", () =>
    expect(sentenceOf(reported(withSummary(level(), client(quiet, 2))))).toBe(
      "The load generator stamps chunks by its own clock and may be late by more than 5 % of the median TTFT or chunk gap at 10 users. That can bend chunk gap. Throughput, capacity, energy and cost are not touched. Give the load generator a core of its own, or a faster machine.",
    ));
});

describe("the kernel's clock", () => {
  /** The first chunk of each request (one in 40 chunks) may have come so much earlier. */
  const firsts = (earlierUs: number) => (): RequestRecord["merged"] => [{ chunk: 0, chunks: 1, earlierUs }];

  test("makes nothing late on a starved machine, after a hiccup before the load", () => {
    const starved: Partial<ShardSummary> = {
      certificate: knownCertificate({ addedTtftP99Ms: 300, addedGapP99Ms: 300 }),
      eventLoop: { delayP99Ms: 500, readDelayP99Ms: 500, utilisation: 1 },
    };
    const report = reported(withSummary(level(), starved));
    expect(levelOf(report)).toMatchObject({ validity: "valid", reasons: [], mergedPercent: null });
    expect(report.certificate).toMatchObject({
      arrivalClock: "kernel",
      addedTtftMs: { value: 300 },
      addedGapMs: { value: 300 },
    });
    expectLoadIsTold(report);
  });

  test.each([
    ["none", 0, "valid"],
    ["one in a hundred", 10, "valid"],
    ["more", 11, "indicative"],
    ["all", 1000, "indicative"],
  ] as const)("with %s of a level's chunks merged", (_, merged, validity) => {
    const report = reported(withSummary(level(), { arrivals: { ...NO_ARRIVALS, chunks: 1000, merged } }));
    expect(levelOf(report)).toMatchObject({
      validity,
      reasons: validity === "valid" ? [] : ["client_limited"],
      mergedPercent: merged / 10,
    });
    expectLoadIsTold(report);
  });

  test("widens what merged chunks can change, and that alone", () => {
    const report = reported(withMerged(level(), firsts(20_000)));
    const only = levelOf(report);
    expect(only.ttftMs.p50).toMatchObject({
      value: 200,
      low: expect.closeTo(180, 6),
      high: expect.closeTo(200, 6),
      validity: "indicative",
      reasons: ["client_limited"],
    });
    // The first output was up to 20 ms earlier, so 39 tokens took 780 to 800 ms.
    expect(only.tpotMs.p95).toMatchObject({ low: 20, high: expect.closeTo(800 / 39, 4) });
    expect(only.e2eMs.p50).toMatchObject({ value: 980, reasons: [] });
    expect(only.ttftMs.max).toBeNull();
    expect(only.mergedPercent).toBe(2.5);
    expectLoadIsTold(report);
  });

  test("withholds what they leave open by more than twice, with its curve", () => {
    const report = reported(withMerged(level(), firsts(150_000)));
    expect(levelOf(report)).toMatchObject({
      ttftMs: { p50: { value: null, low: expect.closeTo(50, 6), reasons: ["client_limited"] }, max: null },
      ecdf: null,
      validity: "indicative",
    });
    expectLoadIsTold(report);
  });

  test.each([
    ["met whenever the chunks came", 250, true],
    ["met only if they came earlier", 190, null],
    ["missed whenever they came", 170, false],
  ] as const)("leaves an objective that is %s: TTFT within %d ms", (_, ttftMs, met) => {
    const merged = withMerged(level(), firsts(20_000));
    const report = reported(merged, { slo: { ttftMs } });
    const { sloMet, goodPercent, goodputRequestsPerS } = levelOf(report);
    expect(sloMet).toBe(met);
    if (met === null) {
      expect([goodPercent, goodputRequestsPerS]).toMatchObject([
        { value: null, low: 0, reasons: ["client_limited"] },
        { value: null, low: 0, reasons: ["client_limited"] },
      ]);
      expect(report.verdict.sentence).toMatch(/^Whether a level met TTFT p95 ≤ 190 ms cannot be told: /);
    } else expect(goodPercent).toMatchObject({ value: met ? 100 : 0, reasons: [] });
    if (met === true) expectLoadIsTold(report);
  });

  test("leaves the capacity open above what is met, where a higher level cannot be told", () => {
    const higher = level({ id: "l02", users: 20, ttftMs: 200, t0UnixMs: CREATED_UNIX_MS + 100_000 });
    const report = aggregate(
      syntheticJob([level({ ttftMs: 100 }), withMerged(higher, firsts(20_000))], { slo: { ttftMs: 190 } }),
    );
    expect(report.verdict).toMatchObject({
      levelId: "l01",
      capacity: { value: 10, high: null },
      limit: null,
    });
    expect(report.verdict.sentence).toMatch(
      /^10 users met .*; whether 20 users met it cannot be told: the load generator may have read late/,
    );
  });

  test("compares two levels by all that either may be", () => {
    const report = aggregate(
      syntheticJob([
        withMerged(level(), firsts(20_000)),
        level({ id: "l02", users: 20, ttftMs: 400, t0UnixMs: CREATED_UNIX_MS + 100_000 }),
      ]),
    );
    // 400 ms are 100 % more than 200 and 122 % more than 180.
    expect(report.versusFirst?.rows[0]?.ttftP95Percent).toMatchObject({
      value: 100,
      low: expect.closeTo(100, 3),
      high: expect.closeTo(122.222, 2),
      reasons: ["client_limited"],
    });
  });

  test("is told with the share of merged chunks, what it can bend, and what to do", () =>
    expect(sentenceOf(reported(withMerged(level(), firsts(20_000))))).toBe(
      "The load generator read so late that the kernel merged chunks (2.5 % at 10 users), and when those came is known only to within a bound. It concerns TTFT, TTFO, chunk gap, TPOT, speed for one user: intervals are that much wider, and a value that could be more than twice as large is withheld. Throughput, capacity, energy and cost are not touched. Give the load generator a core of its own, or a faster machine.",
    ));
});

test("one shard with the process's clock is judged by it beside others", () => {
  const two = level({ shards: 2 });
  const [first, second] = two.shards;
  if (first === undefined || second === undefined) throw new Error("no shards");
  const own = {
    ...second,
    summary: {
      ...second.summary,
      certificate: knownCertificate({ addedGapP99Ms: 2 }),
      arrivals: { ...NO_ARRIVALS, clock: "process" as const },
    },
  };
  const report = reported({ ...two, shards: [first, own] });
  expect(levelOf(report)).toMatchObject({ validity: "indicative", reasons: ["client_limited"] });
  expect(report.certificate.arrivalClock).toBe("process");
});
