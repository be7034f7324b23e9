import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answeredRequest, requestRow } from "@brimline/testkit/synthetic";
import { type KnownArrivals, mergedRequest } from "@brimline/testkit/merged";
import type { Reason } from "../../codes.ts";
import { type Figure, unknown } from "../../figure.ts";
import type { RequestRecord } from "../../record/record.ts";
import type { RequestRow } from "../../record/columns/table.ts";
import { tableOfRecords } from "../../record/columns/table-reader.ts";
import { bounded, valueBounds } from "./bounds.ts";
import { collectChunks, createGaps, stallsOf } from "../chunk/chunk.ts";
import { goodput } from "../goodput.ts";
import {
  e2eMs,
  perRequestTokensPerS,
  tpotMs,
  ttfoMs,
  ttftFromDueMs,
  ttftMs,
  userSpeedTokensPerS,
} from "./latency.ts";
import { judgedBounds, sloMet } from "../objective.ts";
import { requestPool, type SteadyRun } from "../window/run.ts";

const WINDOW = { startMs: 0, endMs: 10_000, slices: 10 };

const runOf = (records: RequestRecord[]): SteadyRun => ({
  t0UnixMs: 0,
  records: tableOfRecords(records),
  stopMs: 1e6,
  drainEndMs: 1e6,
  medianE2eMs: 500,
  tokensPerChunk: 1,
  isOpenLoop: false,
  window: WINDOW,
});

const PER_REQUEST = {
  ttftMs,
  ttftFromDueMs,
  ttfoMs,
  tpotMs,
  e2eMs,
  userSpeedTokensPerS,
  perRequestTokensPerS,
};
const SLO = { ttftMs: 200, tpotMs: 20, e2eMs: 400, percentile: 90 };

const CLOSED = { isOpenLoop: false, streams: true, isBunched: false };

const STATISTICS = ["mean", "p50", "p90", "p95", "p99", "p999"] as const;

/** Every figure that rests on when chunks came, by name, and every largest value. */
function figuresOf(records: RequestRecord[]) {
  const run = runOf(records);
  const gaps = createGaps([run]);
  collectChunks([run], [gaps]);
  const spreads = [
    ["chunkGapMs", gaps.spread()] as const,
    ...Object.entries(PER_REQUEST).map(
      ([name, valueOf]) => [name, requestPool([run], valueOf).spread()] as const,
    ),
  ];
  const { percent, requestsPerS } = goodput([run], SLO, CLOSED);
  return {
    figures: new Map<string, Figure>([
      ...spreads.flatMap(([name, of]) =>
        STATISTICS.map((statistic) => [`${name}.${statistic}`, of[statistic]] as const),
      ),
      ["goodPercent", percent],
      ["goodputRequestsPerS", requestsPerS],
    ]),
    largest: new Map(spreads.map(([name, { max }]) => [name, max])),
    sloMet: sloMet(judgedBounds([run], SLO, CLOSED)),
    stalls: stallsOf(gaps, 20).count,
  };
}

const arrivals = (chunks: number): fc.Arbitrary<KnownArrivals> =>
  fc.record({
    sentMs: fc.nat(9_900),
    atUs: fc
      .array(
        fc.oneof(
          fc.nat(40_000),
          fc.constant(0),
          fc.constant(300_000),
          fc.integer({ min: 15_000, max: 25_000 }),
        ),
        {
          minLength: chunks,
          maxLength: chunks,
        },
      )
      .map((gaps) => {
        let atUs = 120_000;
        return gaps.map((gap) => (atUs += gap));
      }),
    // Reads of a single chunk are frequent, so that some requests are exact.
    reads: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 5 })), {
      maxLength: chunks,
    }),
    slack: fc.constantFrom(0, 0.5, 1),
    hasTail: fc.boolean(),
  });

const exactOf = (known: KnownArrivals): KnownArrivals => ({
  ...known,
  reads: known.atUs.map(() => 1),
  hasTail: false,
});

const TINY = 1e-9;
const atMost = (a: number, b: number): boolean => a <= b + TINY * Math.max(1, Math.abs(b));

/** Why what a figure says of merged chunks does not hold the truth, or null if it does. */
function untrue(said: Figure, truth: Figure): string | null {
  const claimsNothing = said.value === null && said.low === null;
  if (truth.value === null || claimsNothing) return null;
  const isWithin = said.value !== null && atMost(Math.abs(said.value - truth.value), 0.01 * truth.value);
  if (said.value !== null && !said.reasons.includes("client_limited") && !isWithin)
    return "it is more than 1 % from the truth and does not say why";
  if (said.low !== null && !atMost(said.low, truth.value)) return "its low is above the truth";
  if (said.high !== null && !atMost(truth.value, said.high)) return "its high is below the truth";
  // The interval of a mean follows from how its slices vary, which does not grow with the values.
  if (said.value === null || said.nEff !== truth.nEff || truth.method === "batch_means") return null;
  if (said.low !== null && truth.low !== null && !atMost(said.low, truth.low))
    return "its low is above the truth's";
  if (said.high !== null && truth.high !== null && !atMost(truth.high, said.high))
    return "its high is below the truth's";
  return null;
}

describe("figures of merged chunks", () => {
  test("hold the truth, whatever came and however it was read", () => {
    let [held, withheld, exact] = [0, 0, 0];
    fc.assert(
      fc.property(
        fc.array(arrivals(12), { minLength: 4, maxLength: 10 }),
        fc.integer({ min: 0, max: 90 }),
        (open, exactOnes) => {
          // Exact requests make up most of a level, and give it enough requests for intervals.
          const known = [
            ...open,
            ...Array.from({ length: exactOnes }, (_, i) => i).flatMap((i) =>
              open
                .slice(i % open.length)
                .slice(0, 1)
                .map((one) => exactOf({ ...one, sentMs: 97 * i })),
            ),
          ];
          const both = known.map((one, index) =>
            mergedRequest(answeredRequest({ index, sentMs: 0, ttftMs: 1, gapMs: 1, outputTokens: 1 }), one),
          );
          const truth = figuresOf(both.map((one) => one.truth));
          const said = figuresOf(both.map((one) => one.read));
          for (const [name, figure] of said.figures) {
            const real = truth.figures.get(name);
            if (real === undefined) throw new Error(name);
            const why = untrue(figure, real);
            if (why !== null) throw new Error(`${name}: ${why}: ${JSON.stringify([figure, real])}`);
            if (!figure.reasons.includes("client_limited")) exact++;
            else if (figure.value === null) withheld++;
            else held++;
          }
          for (const [name, max] of said.largest)
            if (max !== null) expect(max, name).toBeCloseTo(truth.largest.get(name) ?? Number.NaN, 6);
          // The truth may be worth fewer independent requests, and then leave open what is said.
          if (said.sloMet !== null) expect(truth.sloMet).not.toBe(!said.sloMet);
          expect(said.stalls).toBeLessThanOrEqual(truth.stalls);
        },
      ),
      { numRuns: 20, endOnFailure: true },
    );
    // All three happen, and often.
    expect(Math.min(held, withheld, exact)).toBeGreaterThan(25);
  });
});

/** Sent at 1,000 ms, first after 200 ms and last after 400, with 11 tokens. `earlierUs` are of first and last. */
const open = (firstEarlierUs: number, lastEarlierUs: number): RequestRow => ({
  ...requestRow(answeredRequest({ sentMs: 1000, ttftMs: 200, gapMs: 20, outputTokens: 11 })),
  firstEarlierUs,
  firstVisibleEarlierUs: firstEarlierUs,
  lastEarlierUs,
});

describe("the value of one request", () => {
  test.each([
    ["TTFT may be shorter by what its chunk may be earlier", ttftMs, open(50_000, 0), [150, 200]],
    ["TTFT is never negative", ttftMs, open(900_000, 0), [0, 200]],
    ["TTFT does not rest on the last chunk", ttftMs, open(0, 50_000), [200, 200]],
    ["TPOT is longer where the first chunk was earlier", tpotMs, open(50_000, 0), [20, 25]],
    ["TPOT is shorter where the last chunk was earlier", tpotMs, open(0, 50_000), [15, 20]],
    ["TPOT takes both", tpotMs, open(50_000, 50_000), [15, 25]],
    ["the last chunk is never before the first", tpotMs, open(0, 900_000), [0, 20]],
    ["E2E may be shorter", e2eMs, open(50_000, 100_000), [300, 400]],
    [
      "a speed may be any where all chunks may have come at once",
      userSpeedTokensPerS,
      open(0, 200_000),
      [50, Infinity],
    ],
    ["a speed falls as a time grows", perRequestTokensPerS, open(0, 200_000), [27.5, 55]],
  ] as const)("%s", (_, valueOf, request, [low, high]) => {
    const bounds = valueBounds(request, valueOf);
    expect(bounds?.low).toBeCloseTo(low, 9);
    expect(bounds?.high).toBeCloseTo(high, 9);
  });

  test("hidden reasoning is unknown where the first output may be another than the first visible one", () => {
    const request = open(50_000, 0);
    const tokens = { ...request.tokens, output: 111, reasoning: 100 };
    // Hidden, 10 tokens took 200 to 250 ms. Streamed, 110 took 250, from the first output that was earlier.
    expect(valueBounds({ ...request, tokens }, tpotMs)).toEqual({ low: 250 / 110, high: 25 });
  });
});

describe("a figure", () => {
  const figure = (
    low: number | null,
    value: number | null,
    high: number | null,
    ...reasons: Reason[]
  ): Figure => ({
    ...unknown(...reasons),
    low,
    value,
    high,
    n: 100,
    nEff: 90,
    validity: value === null ? "invalid" : "valid",
  });
  test.each<[string, Figure, Figure, Figure, Partial<Figure>]>([
    [
      "that merged chunks cannot change stays as it is",
      figure(90, 100, 110),
      figure(90, 100, 110),
      figure(90, 100, 110),
      figure(90, 100, 110),
    ],
    [
      "reaches from the interval of the lows to that of the highs",
      figure(90, 100, 110),
      figure(80, 90, 99),
      figure(95, 105, 115),
      { low: 80, value: 100, high: 115, validity: "indicative", reasons: ["client_limited"] },
    ],
    [
      "that they change by 1 % at most is that much wider, and valid",
      figure(90, 100, 110),
      figure(89, 99.5, 109),
      figure(91, 100.4, 111),
      { low: 89, value: 100, high: 111, validity: "valid", reasons: [] },
    ],
    [
      "is never narrower than it was",
      figure(90, 100, 110),
      figure(91, 95, 99),
      figure(101, 103, 105),
      { low: 90, value: 100, high: 110 },
    ],
    [
      "is kept where the highs' value is twice the lows'",
      figure(90, 100, 110),
      figure(45, 50, 55),
      figure(90, 100, 110),
      { low: 45, value: 100 },
    ],
    [
      'is withheld beyond that, and reads "at least"',
      figure(90, 100, 110),
      figure(45, 49, 55),
      figure(90, 100, 110),
      { low: 45, value: null, high: null, validity: "invalid", reasons: ["client_limited"] },
    ],
    [
      "is withheld where the highs have no value",
      figure(90, 100, 110),
      figure(90, 100, 110),
      figure(90, null, null, "censored"),
      { low: 90, value: null, reasons: ["client_limited"] },
    ],
    [
      "that was null and has nearly the same lesser stays so",
      figure(90, null, null, "too_few"),
      figure(89.5, null, null, "too_few"),
      figure(90, null, null, "too_few"),
      { low: 89.5, value: null, reasons: ["too_few"] },
    ],
    [
      'that was null reads "at least" the lesser',
      figure(90, null, null, "too_few"),
      figure(70, null, null, "too_few"),
      figure(90, null, null, "too_few"),
      { low: 70, value: null, reasons: ["too_few", "client_limited"] },
    ],
  ])("%s", (_, recorded, low, high, expected) =>
    expect(bounded(recorded, low, high)).toMatchObject(expected),
  );
});

describe("chunk gaps", () => {
  /** 99 gaps of 20 ms that are certain, in nine requests, and the chunks of one request more. */
  function spreadOf(gapsUs: number[], merged: RequestRecord["merged"]) {
    const sure = answeredRequest({ sentMs: 0, ttftMs: 200, gapMs: 20, outputTokens: 12 });
    const run = runOf([...Array.from({ length: 9 }, () => sure), { ...sure, sentMs: 5000, gapsUs, merged }]);
    const gaps = createGaps([run]);
    collectChunks([run], [gaps]);
    return { ...gaps.spread(), stalls: stallsOf(gaps, 20) };
  }
  /** Two chunks came with one stamp, 40 ms after the chunk before: the first of them may have come at any time in between. */
  const two = [200_000, 40_000, 0];
  const earlier = (earlierUs: number) => [{ chunk: 1, chunks: 1, earlierUs }];

  test("of a merged chunk may be no gap, or two", () => {
    const { mean, p50, max } = spreadOf(two, earlier(40_000));
    // As recorded, 100 gaps take 2,020 ms. They may be 99 of 20 ms and two of 0, or two of 40.
    expect(mean.value).toBeCloseTo(20.2, 9);
    expect(p50).toMatchObject({ value: 20, reasons: [] });
    expect(max).toBeNull();
    expect(mean.reasons).toContain("client_limited");
  });
  test("end with the bound: a chunk that may have come 15 ms earlier had a gap of at least 25", () => {
    const { max, p999 } = spreadOf(two, earlier(15_000));
    expect(max).toBeNull();
    expect(p999.reasons).toContain("too_few");
  });
  test("that are certain have a largest, whatever a shorter one was", () =>
    expect(spreadOf([200_000, 19_000, 0], earlier(5_000)).max).toBe(20));
  test("are a stall only if they were one at the least", () => {
    const late = [200_000, 400_000, 0];
    expect(spreadOf(late, []).stalls).toMatchObject({ count: 1, longestMs: 400 });
    expect(spreadOf(late, earlier(100_000)).stalls).toMatchObject({ count: 1, longestMs: 300 });
    expect(spreadOf(late, earlier(300_000)).stalls).toMatchObject({ count: 0, longestMs: null });
  });
  test("after a chunk that may have been earlier may be longer, as those before it may be shorter", () => {
    const sure = answeredRequest({ sentMs: 0, ttftMs: 200, gapMs: 20, outputTokens: 3 });
    const run = runOf(Array.from({ length: 10 }, () => ({ ...sure, merged: earlier(5000) })));
    const gaps = createGaps([run]);
    collectChunks([run], [gaps]);
    expect(gaps.spread().p50).toMatchObject({ low: 15, value: 20, high: 25, reasons: ["client_limited"] });
  });
  test("that end where the window ends may be outside it", () => {
    // One gap of 50 to 65 ms ends between 9,985 and 10,000 ms, where the window ends. Two others take 10 ms.
    const known = answeredRequest({ sentMs: 9790, ttftMs: 145, gapMs: 65, outputTokens: 2 });
    const meanOf = (earlierUs: number): Figure => {
      const run = runOf([
        { ...known, merged: earlier(earlierUs) },
        { ...known, sentMs: 0, gapsUs: [200_000, 10_000, 10_000] },
      ]);
      const gaps = createGaps([run]);
      collectChunks([run], [gaps]);
      return gaps.spread().mean;
    };
    expect(meanOf(0)).toMatchObject({ value: 10, reasons: [] });
    expect(meanOf(15_000)).toMatchObject({ value: null, reasons: ["client_limited"] });
  });
});
