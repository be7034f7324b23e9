import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelDims } from "./flops.ts";
import { collectChunks, createGaps } from "./chunk.ts";
import { levelEnergy } from "./energy.ts";
import { goodput } from "./goodput.ts";
import { cellAt, isInWindow, lengthMsOf, slicedWindow, sliceLengthsMs, type Span } from "./mean.ts";
import { createMfuPercent } from "./mfu.ts";
import { runOf, steadyRuns, type SteadyRun } from "./run.ts";
import { inFlightBySlice, createOutputTokensPerS, inFlight, requestsPerS } from "./throughput.ts";
import { seamsOf, withoutSeams } from "./window.ts";
import type { RequestRecord, ShardSummary } from "../record/record.ts";
import type { Sample } from "../record/sample.ts";
import { tableOfRecords } from "../record/table.ts";
import { aggregate } from "../report/aggregate.ts";
import { answeredRequest, type KnownLevel, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";

/** A window in parts: what was cut out of a level must be in none of its figures, and the rest must count as one. */

const Seams = fc
  .array(fc.tuple(fc.nat(20_000), fc.nat(4000)), { maxLength: 5 })
  .map((pairs) =>
    pairs
      .map(([startMs, lengthMs]) => ({ startMs, endMs: startMs + lengthMs }))
      .toSorted((a, b) => a.startMs - b.startMs),
  );
const WINDOW = { startMs: 2000, endMs: 18_000 };

describe("a window without its seams", () => {
  test("holds exactly the moments that are in no seam, in order", () =>
    fc.assert(
      fc.property(Seams, fc.array(fc.nat(20_000)), (seams, moments) => {
        const stretches = withoutSeams(WINDOW, seams);
        for (const atMs of moments) {
          const isSteady =
            atMs >= WINDOW.startMs &&
            atMs < WINDOW.endMs &&
            !seams.some(({ startMs, endMs }) => atMs >= startMs && atMs < endMs);
          expect(stretches.some(({ startMs, endMs }) => atMs >= startMs && atMs < endMs)).toBe(isSteady);
        }
        for (const [i, { startMs, endMs }] of stretches.entries())
          expect([startMs < endMs, startMs >= (stretches[i - 1]?.endMs ?? 0)]).toEqual([true, true]);
      }),
    ));

  test("has slices that lie in one part each, fill it, and are no shorter than a median E2E where the part is not", () =>
    fc.assert(
      fc.property(Seams, fc.integer({ min: 1, max: 3000 }), (seams, medianE2eMs) => {
        const window = slicedWindow(withoutSeams(WINDOW, seams), medianE2eMs);
        const lengths = sliceLengthsMs(window);
        expect(lengths.reduce((sum, length) => sum + length, 0)).toBeCloseTo(lengthMsOf(window), 6);
        expect(lengths.length).toBeLessThanOrEqual(30 + window.length);
        for (const { startMs, endMs, slices } of window)
          if (slices > 1) expect((endMs - startMs) / slices).toBeGreaterThanOrEqual(medianE2eMs - 1e-3);
      }),
    ));

  test("has cells that never fall as time goes on, whole numbers exactly inside it", () =>
    fc.assert(
      fc.property(
        Seams,
        fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { minLength: 2, maxLength: 60 }),
        (seams, moments) => {
          const window = slicedWindow(withoutSeams(WINDOW, seams), 500);
          const count = sliceLengthsMs(window).length;
          const times = moments.toSorted((a, b) => a - b);
          const cells = times.map((atMs) => cellAt(atMs, window));
          expect(cells).toEqual(cells.toSorted((a, b) => a - b));
          for (const [i, atMs] of times.entries()) {
            const cell = cells[i] ?? Number.NaN;
            expect(Number.isInteger(cell) && cell < count).toBe(isInWindow(atMs, window));
          }
        },
      ),
    ));
});

test.each([
  [
    "until the old requests have ended",
    { drainEndMs: 13_000, allInFlightMs: 11_000 },
    { startMs: 10_000, endMs: 13_500 },
  ],
  [
    "until the new users are all in flight",
    { drainEndMs: 10_100, allInFlightMs: 12_000 },
    { startMs: 10_000, endMs: 12_500 },
  ],
])("a seam lasts %s, and one median E2E", (_, { drainEndMs, allInFlightMs }, seam) => {
  const old = { beginMs: 0, allInFlightMs: 500, stopMs: 10_050, drainEndMs };
  expect(seamsOf([old, { beginMs: 10_000, allInFlightMs, stopMs: 20_000, drainEndMs: 20_500 }], 500)).toEqual(
    [seam],
  );
});

const requests = fc.array(
  fc
    .record({
      sentMs: fc.nat(20_000),
      ttftMs: fc.integer({ min: 1, max: 2000 }),
      gapMs: fc.integer({ min: 1, max: 200 }),
      outputTokens: fc.integer({ min: 1, max: 20 }),
    })
    .map((dims) => answeredRequest(dims)),
  { maxLength: 40 },
);
const steady = (records: RequestRecord[], stretches: Span[], shiftMs = 0): SteadyRun => ({
  t0UnixMs: 0,
  records: tableOfRecords(records.map((record) => shifted(record, shiftMs))),
  stopMs: 20_000,
  drainEndMs: 60_000,
  medianE2eMs: 500,
  tokensPerChunk: 1,
  window: slicedWindow(stretches, 500),
  seams: [],
});
function shifted(record: RequestRecord, byMs: number): RequestRecord {
  const moved = (atMs: number | null): number | null => (atMs === null ? null : atMs + byMs);
  return {
    ...record,
    dueMs: record.dueMs + byMs,
    sentMs: record.sentMs + byMs,
    firstByteMs: moved(record.firstByteMs),
    firstMs: moved(record.firstMs),
    firstVisibleMs: moved(record.firstVisibleMs),
    lastMs: moved(record.lastMs),
    doneMs: moved(record.doneMs),
  };
}

describe("every figure of a window in parts sums over the parts", () => {
  const dims = modelDims({ params: 1e9 });
  const figuresOf = (run: SteadyRun) => {
    const output = createOutputTokensPerS([run]);
    const mfu = createMfuPercent([run], dims, 1e-3);
    const gaps = createGaps([run]);
    collectChunks([run], [output, mfu, gaps]);
    return {
      outputTokensPerS: output.figure().value ?? 0,
      mfuPercent: mfu.figure().value ?? 0,
      requestsPerS: requestsPerS([run]).value ?? 0,
      inFlight: inFlight([run]).value ?? 0,
      goodPerS: goodput([run], { ttftMs: 800, percentile: 95 }, false).requestsPerS.value ?? 0,
      gapsPerS: gaps.inWindows.length / (lengthMsOf(run.window) / 1000),
    };
  };

  test("a rate over the parts is the rates over each part, by their lengths", () =>
    fc.assert(
      fc.property(requests, Seams, (records, seams) => {
        const stretches = withoutSeams(WINDOW, seams);
        if (lengthMsOf(stretches) < 100) return;
        const whole = figuresOf(steady(records, stretches));
        const parts = stretches.map((stretch) => ({
          seconds: lengthMsOf([stretch]) / 1000,
          figures: figuresOf(steady(records, [stretch])),
        }));
        for (const name of [
          "outputTokensPerS",
          "requestsPerS",
          "inFlight",
          "goodPerS",
          "gapsPerS",
        ] as const) {
          const summed =
            parts.reduce((sum, { seconds, figures }) => sum + seconds * figures[name], 0) /
            (lengthMsOf(stretches) / 1000);
          expect(whole[name], name).toBeCloseTo(summed, 5);
        }
      }),
      { numRuns: 25 },
    ));

  test("in flight counts no moment of a seam, slice by slice", () =>
    fc.assert(
      fc.property(requests, Seams, (records, seams) => {
        const run = steady(records, withoutSeams(WINDOW, seams));
        const expected = run.window.flatMap(({ startMs, endMs, slices }) =>
          Array.from({ length: slices }, (_, i) => {
            const lengthMs = (endMs - startMs) / slices;
            const [fromMs, toMs] = [startMs + i * lengthMs, startMs + (i + 1) * lengthMs];
            return (
              records.reduce(
                (sum, { sentMs, doneMs }) =>
                  sum + Math.max(0, Math.min(doneMs ?? 0, toMs) - Math.max(sentMs, fromMs)),
                0,
              ) / lengthMs
            );
          }),
        );
        const found = inFlightBySlice(run);
        expect(found).toHaveLength(expected.length);
        for (const [i, mean] of expected.entries()) expect(found[i]).toBeCloseTo(mean, 6);
      }),
      { numRuns: 25 },
    ));

  test("whatever happens in a seam changes nothing", () =>
    fc.assert(
      fc.property(requests, requests, (records, noise) => {
        const seam = { startMs: 8000, endMs: 30_000 };
        const stretches = [
          { startMs: 2000, endMs: 8000 },
          { startMs: 30_000, endMs: 34_000 },
        ];
        const quiet = records.filter(({ doneMs }) => (doneMs ?? 0) < 40_000);
        const within = noise
          .map((record) => shifted(record, seam.startMs))
          .filter(({ doneMs }) => (doneMs ?? Infinity) < seam.endMs);
        expect(figuresOf(steady([...quiet, ...within], stretches))).toEqual(
          figuresOf(steady(quiet, stretches)),
        );
      }),
      { numRuns: 25 },
    ));
});

test("energy, power and dynamic energy are those of the parts, by the counter and by the integral", () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 9000 }),
      fc.integer({ min: 500, max: 5000 }),
      fc.boolean(),
      (cutMs, lengthMs, hasCounter) => {
        // 300 W, but 900 W in the seam, which no figure may know of.
        const seam = { startMs: 10_000 + cutMs, endMs: 10_000 + cutMs + lengthMs };
        const powerAt = (atMs: number): number => (atMs > seam.startMs && atMs < seam.endMs ? 900 : 300);
        let energyJ = 0;
        const samples: Sample[] = [];
        for (let unixMs = 0; unixMs <= 40_000; unixMs += 10) {
          energyJ += powerAt(unixMs - 5) / 100;
          samples.push({
            unixMs,
            gpu: 0,
            powerW: powerAt(unixMs),
            energyJ: hasCounter ? energyJ : null,
            utilPercent: 50,
            memoryMiB: null,
            smMHz: null,
            memMHz: null,
            tempC: null,
            throttle: null,
          });
        }
        const parts = [
          { startUnixMs: 10_000, endUnixMs: seam.startMs },
          { startUnixMs: seam.endMs, endUnixMs: 30_000 },
        ];
        const energy = levelEnergy(samples, parts, null, { clockErrorMs: 1 });
        expect(energy.energySource).toBe(hasCounter ? "counter" : "integral");
        expect(Math.abs((energy.powerW.value ?? 0) - 300)).toBeLessThan(3);
        expect((energy.energyJ.value ?? 0) / (energy.powerW.value ?? 0)).toBeCloseTo(20 - lengthMs / 1000, 6);
        expect(energy.coveragePercent).toBeCloseTo(100, 3);
      },
    ),
    { numRuns: 20 },
  ));

describe("a level of 20 users and 120 s that was handed over after 60 s", () => {
  const LEVEL = {
    id: "l01",
    users: 20,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 41,
    durationS: 119,
    t0UnixMs: Date.parse("2026-01-02T03:05:00.000Z"),
    jitter: 0.2,
  };
  const E2E_MS = 1000;
  const HANDOVER_MS = 60_000;

  /** Users of the old leg send until the hand-over; those of the new one begin over one E2E and so are twice as many for a while. */
  function handedOver(level: KnownLevel): KnownLevel {
    const [whole] = level.shards;
    if (whole === undefined) throw new Error("no shard");
    const old = whole.records.filter(({ sentMs }) => sentMs < HANDOVER_MS);
    const next =
      syntheticLevel({ ...LEVEL, durationS: 59 }).shards[0]?.records.map((record) => ({
        ...shifted(record, HANDOVER_MS),
        index: record.index + 1e9,
      })) ?? [];
    const legOf = (
      number: number,
      records: RequestRecord[],
      startMs: number,
      endMs: number,
    ): { summary: ShardSummary; records: RequestRecord[] } => ({
      summary: {
        ...whole.summary,
        shard: number,
        shards: 2,
        leg: { number, startMs, endMs, rampMs: E2E_MS },
        stopMs: endMs,
        drainEndMs: Math.max(...records.map(({ doneMs }) => doneMs ?? 0)),
        requests: {
          ...whole.summary.requests,
          due: records.length,
          sent: records.length,
          ok: records.length,
        },
      },
      records,
    });
    return { ...level, shards: [legOf(0, old, 0, HANDOVER_MS), legOf(1, next, HANDOVER_MS, 120_000)] };
  }

  const one = syntheticLevel(LEVEL);
  const parted = handedOver(one);
  const reportOf = (level: KnownLevel) => aggregate(syntheticJob([level]));

  test("loses the seam: from the hand-over until the last old answer and all new users, and one median E2E", () => {
    const shards = parted.shards.map(({ summary, records }) => ({
      summary,
      records: tableOfRecords(records),
    }));
    const run = runOf(shards, {
      load: { kind: "concurrency", users: 20 },
      durationMs: 119_000,
      largestWarmupE2eMs: null,
    });
    expect(steadyRuns([run])).toHaveLength(1);
    const [first, second] = run.window ?? [];
    expect(run.window).toHaveLength(2);
    expect(first?.endMs).toBe(HANDOVER_MS);
    const drainEndMs = parted.shards[0]?.summary.drainEndMs ?? 0;
    expect(second?.startMs).toBeCloseTo(Math.max(drainEndMs, HANDOVER_MS + 950) + (run.medianE2eMs ?? 0), 0);
    expect(second?.endMs).toBe(120_000);
  });

  test("has the figures of the level that was not", () => {
    const [whole, inParts] = [reportOf(one).levels[0], reportOf(parted).levels[0]];
    for (const figure of ["outputTokensPerS", "requestsPerS", "inFlight", "inputTokensPerS"] as const) {
      expect(
        Math.abs((inParts?.[figure].value ?? 0) / (whole?.[figure].value ?? 1) - 1),
        figure,
      ).toBeLessThan(0.01);
    }
    expect(inParts?.inFlight.value).toBeCloseTo(20, 1);
    expect(inParts?.validity).toBe(whole?.validity);
  });

  test("is no longer loaded by what the old leg cut at the end of its drain", () => {
    const [old, next] = parted.shards;
    if (old === undefined || next === undefined) throw new Error("no legs");
    const records = old.records.map((record) =>
      (record.doneMs ?? 0) < HANDOVER_MS ? record : { ...record, outcome: "censored" as const, doneMs: null },
    );
    expect(records.filter(({ doneMs }) => doneMs === null).length).toBeGreaterThan(10);
    expect(
      reportOf({ ...parted, shards: [{ ...old, records }, next] }).levels[0]?.inFlight.value,
    ).toBeCloseTo(20, 1);
  });

  test("says so, with the seconds it lost", () => {
    const { levels, findings } = reportOf(parted);
    const [handover] = levels[0]?.runs[0]?.handovers ?? [];
    expect(handover).toMatchObject({ cutS: expect.closeTo(2.1, 0) });
    expect(findings.find(({ code }) => code === "handed_over")?.sentence).toMatch(
      /20 users once, 2(\.\d+)? s cut out of its window\.$/,
    );
    expect(reportOf(one).levels[0]?.runs[0]).not.toHaveProperty("handovers");
  });

  test("ends where its second leg was ended early, and a third that only looked took nothing over", () => {
    const [first, second] = parted.shards;
    if (first === undefined || second === undefined) throw new Error("no legs");
    const stopped = {
      ...second,
      summary: { ...second.summary, ended: "endpoint_down" as const, stopMs: 90_000 },
    };
    const idle = {
      summary: {
        ...second.summary,
        shard: 2,
        ended: "endpoint_down" as const,
        leg: { number: 2, startMs: 120_000, endMs: 180_000, rampMs: 0 },
        stopMs: 91_000,
        drainEndMs: 91_000,
      },
      records: [],
    };
    const shards = [first, stopped, idle].map(({ summary, records }) => ({
      summary,
      records: tableOfRecords(records),
    }));
    const run = runOf(shards, {
      load: { kind: "concurrency", users: 20 },
      durationMs: 179_000,
      largestWarmupE2eMs: null,
    });
    expect(run.window?.at(-1)?.endMs).toBe(90_000);
    expect(run.seams).toHaveLength(1);
  });
});
