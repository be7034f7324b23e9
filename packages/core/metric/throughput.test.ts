import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import type { RequestRecord } from "../record/record.ts";
import { tableOfRecords } from "../record/columns/table-reader.ts";
import type { Figure } from "../figure.ts";
import { answeredRequest, failedRequest, requestRow } from "@brimline/testkit/synthetic";
import type { Window } from "./statistics/mean.ts";
import type { SteadyRun } from "./window/run.ts";
import { collectChunks, eachStretch } from "./chunk/chunk.ts";
import {
  createOutputTokensPerS,
  fullRunOutputTokensPerS,
  inFlight,
  inputTokensPerS,
  requestsPerS,
} from "./throughput.ts";
import { outputTokensOf, placedTokens, tokensPerChunk } from "./window/tokens.ts";

const runWith = (
  records: RequestRecord[],
  window: Window = { startMs: 1000, endMs: 2000, slices: 1 },
): SteadyRun => ({
  t0UnixMs: 0,
  records: tableOfRecords(records),
  stopMs: 2000,
  drainEndMs: 4000,
  medianE2eMs: 500,
  tokensPerChunk: tokensPerChunk(tableOfRecords(records)),
  isOpenLoop: false,
  window,
});

function outputTokensPerS(runs: SteadyRun[]): Figure {
  const output = createOutputTokensPerS(runs);
  collectChunks(runs, [output]);
  return output.figure();
}

/** Its chunks arrive at 900, 1000, 1100 … 1800 ms, and it is done at 1800 ms. */
const across = answeredRequest({ sentMs: 700, ttftMs: 200, gapMs: 100, outputTokens: 10 });

describe("what arrives in the window", () => {
  test("tokens count by the arrival of their chunk, not by the end of their request", () => {
    // Nine of the first request's 10 chunks are in the window, and one of the second's (1900, 2000 …).
    const late = answeredRequest({ sentMs: 1800, ttftMs: 100, gapMs: 100, outputTokens: 10 });
    expect(outputTokensPerS([runWith([across, late])]).value).toBeCloseTo(10, 9);
  });

  test("a chunk of several tokens counts them all", () => {
    const wide: RequestRecord = { ...across, tokens: { ...across.tokens, output: 40 } };
    expect(outputTokensPerS([runWith([wide])]).value).toBeCloseTo(36, 9);
  });

  test("output of a request that failed later counts by the level's tokens per chunk and is called estimated", () => {
    const failed: RequestRecord = {
      ...across,
      outcome: "truncated_stream",
      tokens: { ...across.tokens, output: null, source: "chunks" },
    };
    const figure = outputTokensPerS([
      runWith([{ ...across, tokens: { ...across.tokens, output: 20 } }, failed]),
    ]);
    expect(figure.value).toBeCloseTo(36, 9);
    expect(figure.reasons).toContain("estimated");
  });

  test("requests count when they end, and only if they ended ok", () =>
    expect(
      requestsPerS([
        runWith([across, across, failedRequest(1500, "http_5xx", 10), failedRequest(1500, "censored", 0)]),
      ]).value,
    ).toBe(2));

  test("prompt tokens count at the first output", () => {
    expect(
      inputTokensPerS([
        runWith([
          answeredRequest({ sentMs: 900, ttftMs: 200, gapMs: 1, outputTokens: 2, inputTokens: 300 }),
          across,
        ]),
      ]).value,
    ).toBe(300);
    expect(inputTokensPerS([runWith([failedRequest(1500, "http_5xx", 10)])])).toMatchObject({
      value: null,
      reasons: ["no_usage"],
    });
  });

  test("in flight is weighted by time: 800 ms and 200 ms of a second", () => {
    const late = answeredRequest({ sentMs: 1800, ttftMs: 100, gapMs: 100, outputTokens: 10 });
    expect(inFlight([runWith([across, late])]).value).toBeCloseTo(0.8 + 0.2, 9);
  });

  test("a request cut without an end was in flight until the drain ended", () =>
    expect(inFlight([runWith([failedRequest(1500, "censored", 0)])]).value).toBeCloseTo(0.5, 9));

  test("the full run is all tokens over all the time", () =>
    expect(fullRunOutputTokensPerS([runWith([across])]).value).toBe(2.5));
});

describe("the tokens of a request", () => {
  test("come from usage, not from the chunks", () =>
    expect(outputTokensOf(requestRow({ ...across, tokens: { ...across.tokens, output: 12 } }), 7)).toEqual({
      tokens: 12,
      estimated: false,
    }));
  test("without usage are its chunks times the tokens of a chunk", () =>
    expect(
      outputTokensOf(
        requestRow({ ...across, tokens: { ...across.tokens, output: 10, source: "chunks" } }),
        1.5,
      ),
    ).toEqual({
      tokens: 15,
      estimated: true,
    }));
  test("are one in a chunk if nothing counts them", () => {
    expect(
      tokensPerChunk(
        tableOfRecords([{ ...across, tokens: { ...across.tokens, output: 10, source: "chunks" } }]),
      ),
    ).toBe(1);
    expect(tokensPerChunk(tableOfRecords([{ ...across, tokens: { ...across.tokens, output: 35 } }]))).toBe(
      3.5,
    );
  });

  test("placed in time add up, in order and within the request, each in the cell of its arrival", () => {
    const Chunks = fc.array(fc.record({ gapUs: fc.nat(1e6), tokens: fc.nat(5) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        Chunks,
        fc.nat(1000),
        fc.boolean(),
        fc.integer({ min: 1, max: 3000 }),
        (chunks, tokens, perChunk, cellMs) => {
          const gapsUs = chunks.map((chunk) => chunk.gapUs);
          const chunkTokens = perChunk ? chunks.map((chunk) => chunk.tokens) : null;
          const record: RequestRecord = { ...across, gapsUs, chunkTokens };
          const total = chunkTokens?.reduce((sum, count) => sum + count, 0) ?? 0;
          const expected = new Map<number, number>();
          let atUs = 0;
          for (const { gapUs, tokens: weight } of chunks) {
            atUs += gapUs;
            const cell = Math.floor((record.sentMs + atUs / 1000) / cellMs);
            expected.set(
              cell,
              (expected.get(cell) ?? 0) + (total > 0 ? (tokens * weight) / total : tokens / chunks.length),
            );
          }
          const found = new Map<number, number>();
          tableOfRecords([record]).eachChunks((_, placed) => {
            const tokensIn = placedTokens(placed, tokens);
            eachStretch(
              placed,
              (atMs) => Math.floor(atMs / cellMs),
              (cell, from, to) => found.set(cell, tokensIn(from, to)),
            );
          });
          expect([...found.keys()]).toEqual([...expected.keys()]);
          for (const [cell, amount] of expected) expect(found.get(cell)).toBeCloseTo(amount, 6);
        },
      ),
    );
  });
});

describe("requests/s at a rate", () => {
  const WINDOW: Window = { startMs: 10_000, endMs: 70_000, slices: 60 };
  /** Requests that take 2.5 s each, and are due at these times. */
  const dueAt = (times: number[]): RequestRecord[] =>
    times.map((sentMs, index) =>
      answeredRequest({ index, sentMs, ttftMs: 500, gapMs: 1000, outputTokens: 3 }),
    );
  /** Requests per second from 0 to 80 s, and more in the second half of a minute's window. */
  const due = (ratePerS: number, more = 0): number[] => [
    ...Array.from({ length: 80 * ratePerS }, (_, i) => (1000 * i) / ratePerS),
    ...Array.from({ length: more }, (_, i) => 40_000 + (28_000 * i) / Math.max(1, more)),
  ];
  const excessOf = (times: number[], ratePerS: number): number[] =>
    Array.from(
      { length: 60 },
      (_, slice) => times.filter((ms) => Math.floor((ms - 10_000) / 1000) === slice).length - ratePerS,
    );
  const figureAt = (records: RequestRecord[], window: Window): Figure =>
    requestsPerS([{ ...runWith(records, window), isOpenLoop: true }]);

  test("constant arrivals and answers leave nothing open", () => {
    const { value, low, high } = figureAt(dueAt(due(4)), WINDOW);
    expect([value, low, high]).toEqual([4, 4, 4]);
  });

  test("what the draw brought more lies in the interval and does not widen its other side", () => {
    const times = due(4, 20);
    const { value, low, high } = figureAt(dueAt(times), { ...WINDOW, excess: excessOf(times, 4) });
    expect(value).toBeCloseTo((4 * 60 + 20) / 60, 9);
    expect(low).toBeLessThan(4);
    expect(low).toBeGreaterThan(3.9);
    expect(high).toBe(value);
  });

  test("requests that fail by chance widen it by what their share varies, and by nothing else", () => {
    const failing = (every: (i: number) => boolean): Figure =>
      figureAt(
        dueAt(due(4)).map((request, i) =>
          every(i) ? { ...request, outcome: "http_5xx" as const } : request,
        ),
        WINDOW,
      );
    const regular = failing((i) => i % 4 === 0);
    expect([regular.value, regular.low, regular.high]).toEqual([3, 3, 3]);
    // Of 240 requests in batches of 48 a quarter fails: √(240 × ¼ × ¾) = 6.7 of them, 0.27/s in 95 of 100.
    const random = randomFrom(7);
    const byChance = failing(() => random() < 0.25);
    expect((byChance.high ?? 0) - (byChance.value ?? 0)).toBeGreaterThan(0.1);
    expect((byChance.high ?? 0) - (byChance.value ?? 0)).toBeLessThan(0.5);
  });

  test("a queue that comes and goes widens it, because it may have stood at an end", () => {
    const held = dueAt(due(4)).map((request) =>
      request.sentMs >= 30_000 && request.sentMs < 40_000
        ? answeredRequest({
            index: request.index,
            sentMs: request.sentMs,
            ttftMs: 500 + 40_000 - request.sentMs,
            gapMs: 1000,
            outputTokens: 3,
          })
        : request,
    );
    const { value, low, high } = figureAt(held, WINDOW);
    expect(value).toBe(4);
    expect((high ?? 0) - (low ?? 0)).toBeGreaterThan(0.5);
  });
});
