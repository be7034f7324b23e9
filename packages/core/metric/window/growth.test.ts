import { createModel, type ModelParams } from "@brimline/sim/model";
import { describe, expect, test } from "vitest";
import { dueTimes, rateDemand, type RateLoad, rateLoad } from "../../load/rate.ts";
import { onlyGrows, type Traffic } from "./growth.ts";

/**
 * 40 slices in which 100 requests are sent. The number of the slice gives how many end in it and how long
 * their TTFT is.
 */
const slices = (ended: (i: number) => number, ttftMs: (i: number) => number | null): Traffic[] =>
  Array.from({ length: 40 }, (_, i) => ({ sent: 100, ended: ended(i), ttftMs: ttftMs(i) }));
const rising = (i: number): number => 100 + 500 * i;
const grows = (series: Traffic[]): boolean => onlyGrows(series, 1, 1000);

describe("a queue that only grows", () => {
  const growing = slices(() => 50, rising);
  test("is seen if half is served while TTFT rises", () => expect(grows(growing)).toBe(true));
  test.each<[string, Traffic[]]>([
    ["there are fewer than 16 slices", growing.slice(0, 15)],
    ["all is served", slices(() => 100, rising)],
    ["in flight grows, but no more than by chance", slices((i) => (i % 2 === 0 ? 80 : 100), rising)],
    [
      "TTFT stays",
      slices(
        () => 50,
        () => 5000,
      ),
    ],
    [
      "TTFT rises, but stays below what a whole request took in an idle endpoint",
      slices(
        () => 50,
        (i) => 100 + 10 * i,
      ),
    ],
    ["in flight grew early on, and little since", slices((i) => (i < 20 ? 0 : 60), rising)],
    ["more and more is served", slices((i) => 2 * i, rising)],
    [
      "nothing was answered",
      slices(
        () => 0,
        () => null,
      ),
    ],
  ])("is not seen if %s", (_, series) => expect(grows(series)).toBe(false));
});

interface Engine {
  params: ModelParams;
  promptTokens: number;
  outputTokens: number;
}

const kvTokens = 2_000_000;
const ENGINES: Record<string, Engine> = {
  "of 256 slots": {
    params: { iterationMs: 20, iterationPerRequestMs: 0.15, prefillTokensPerS: 20_000, slots: 256, kvTokens },
    promptTokens: 256,
    outputTokens: 128,
  },
  "of 8 slots": {
    params: { iterationMs: 20, iterationPerRequestMs: 1, prefillTokensPerS: 5000, slots: 8, kvTokens },
    promptTokens: 50,
    outputTokens: 20,
  },
  "that serves one at a time": {
    params: { iterationMs: 10, iterationPerRequestMs: 1, prefillTokensPerS: 5000, slots: 1, kvTokens },
    promptTokens: 50,
    outputTokens: 20,
  },
};

/**
 * The requests/s with every slot taken. In the model an iteration over N requests takes a + b′·N, and a
 * request takes as many iterations as it has tokens.
 */
function capacityPerS({ params, promptTokens, outputTokens }: Engine): number {
  const perRequestMs =
    params.iterationPerRequestMs + (1000 * promptTokens) / params.prefillTokensPerS / outputTokens;
  return (1000 * params.slots) / (params.iterationMs + perRequestMs * params.slots) / outputTokens;
}

/** When a level at this rate would be stopped, ms. It is null if the level runs to its end. */
function stoppedAtMs(
  { params, promptTokens, outputTokens }: Engine,
  load: RateLoad,
  seed: number,
  durationMs: number,
): number | null {
  const idleE2eMs =
    outputTokens * (params.iterationMs + params.iterationPerRequestMs) +
    (1000 * promptTokens) / params.prefillTokensPerS;
  const startMs = Math.max(2000, idleE2eMs);
  const model = createModel(params);
  const sentMs = new Map<string, number>();
  const ttfts = new Map<string, number>();
  const sums: { sent: number; ended: number; ttftMs: number }[] = [];
  const sumsAt = (atMs: number) => {
    const number = Math.floor((atMs - startMs) / 1000);
    while (sums.length <= number) sums.push({ sent: 0, ended: 0, ttftMs: 0 });
    return sums[number];
  };
  const advance = (toMs: number): void => {
    for (const { id, atMs, index, last } of model.advance(toMs)) {
      if (index === 0) ttfts.set(id, atMs - (sentMs.get(id) ?? 0));
      const slice = sumsAt(atMs);
      if (!last || slice === undefined) continue;
      slice.ended++;
      slice.ttftMs += ttfts.get(id) ?? 0;
    }
  };
  let nextMs = startMs + 1000;
  let count = 0;
  for (const dueMs of dueTimes({ seed: `s${seed}`, levelId: "l01", repeat: 0 }, load, durationMs)) {
    for (; nextMs <= dueMs; nextMs += 1000) {
      advance(nextMs);
      sumsAt(nextMs - 1);
      const done = sums.slice(0, Math.round((nextMs - startMs) / 1000));
      const traffic = done.map(({ sent, ended, ttftMs }) => ({
        sent,
        ended,
        ttftMs: ended === 0 ? null : ttftMs / ended,
      }));
      if (onlyGrows(traffic, rateDemand(load).dispersion, idleE2eMs)) return nextMs;
    }
    advance(dueMs);
    const id = String(count++);
    sentMs.set(id, dueMs);
    model.submit(dueMs, { id, promptTokens, outputTokens });
    const slice = sumsAt(dueMs);
    if (slice !== undefined) slice.sent++;
  }
  return null;
}

describe.each(Object.entries(ENGINES))("an engine %s", (_, engine) => {
  const rateOf = (share: number, seed: number): RateLoad =>
    rateLoad({
      rate: share * capacityPerS(engine),
      // Every other level has arrivals in bursts.
      ...(seed % 2 === 1 && { arrival: "gamma", burstiness: 0.5 }),
    });
  const stopped = (share: number, seeds: number, durationMs: number): (number | null)[] =>
    Array.from({ length: seeds }, (__, seed) => stoppedAtMs(engine, rateOf(share, seed), seed, durationMs));

  test("at 95 % of its capacity is never stopped, over many seeds", () =>
    expect(stopped(0.95, 20, 60_000).filter((atMs) => atMs !== null)).toEqual([]));
  test("at 95 % of its capacity for three minutes is never stopped", () =>
    expect(stopped(0.95, 4, 180_000).filter((atMs) => atMs !== null)).toEqual([]));
  test("at 2.5 times its capacity is stopped before half of two minutes are over", () =>
    expect(stopped(2.5, 4, 120_000).every((atMs) => atMs !== null && atMs < 60_000)).toBe(true));
});
