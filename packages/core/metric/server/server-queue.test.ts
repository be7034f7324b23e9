import { createModel, type ModelParams } from "@brimline/sim/model";
import { describe, expect, test } from "vitest";
import type { Sample } from "../../record/telemetry/telemetry.ts";
import { queueOf } from "./server-queue.ts";

const PARAMS: ModelParams = {
  iterationMs: 10,
  iterationPerRequestMs: 0.1,
  prefillTokensPerS: 20_000,
  slots: 8,
  kvTokens: 100_000,
};
const REQUEST = { promptTokens: 100, outputTokens: 60 };
const SECONDS = 60;

/** The scrapes, a second apart, of an engine that serves users who ask again at once. */
function scrapes(users: number, params: Partial<ModelParams>): Sample[] {
  const own = { ...PARAMS, ...params };
  const model = createModel(own);
  let sent = 0;
  const send = (atMs: number): void => model.submit(atMs, { ...REQUEST, id: `${sent++}` });
  for (let user = 0; user < users; user++) send(37 * user);
  return Array.from({ length: SECONDS }, (_, second) => {
    for (let atMs = model.nextEventMs(); atMs !== null && atMs <= 1000 * second; atMs = model.nextEventMs())
      for (const event of model.advance(atMs)) if (event.last) send(atMs);
    const { running, waiting, kvTokens } = model.counts();
    const values = { running, waiting, kvPercent: (100 * kvTokens) / own.kvTokens };
    return { unixMs: 1000 * second, identity: 0, values };
  });
}

const run = { t0UnixMs: 0, window: { startMs: 5000, endMs: 55_000, slices: 20 } };
const stateOf = (samples: Sample[]) => queueOf([{ run, servers: [samples] }]);

describe("while requests wait, scrapes tell what they wait for", () => {
  test("a batch of 8 is at its ceiling, and the cache has room", () =>
    expect(stateOf(scrapes(20, {}))).toMatchObject({
      scrapes: 51,
      waitingPercent: 100,
      mostRunning: 8,
      atMostPercent: 100,
      kvFullPercent: 0,
    }));
  test("a cache with room for 5 is full, though it is never used above 95 %", () => {
    const state = stateOf(scrapes(20, { slots: 64, kvTokens: 900 }));
    expect(state).toMatchObject({ waitingPercent: 100, mostRunning: 5 });
    // Now and then a request has just ended.
    expect(state?.kvFullPercent).toBeGreaterThan(80);
  });
  test("and full whenever the most run, though many requests that end at once leave room for a moment", () => {
    const at = (second: number): Sample["values"] =>
      second % 5 < 2
        ? { running: 125, waiting: 75, kvPercent: 100 }
        : { running: 114, waiting: 86, kvPercent: 91.2 };
    const state = stateOf(Array.from({ length: SECONDS }, (_, second) => sample(second, at(second))));
    expect(state?.kvFullPercent).toBeCloseTo(41.2, 1);
    expect(state).toMatchObject({ kvFullAtMostPercent: 100, mostRunning: 125 });
  });
  test("and where all fit, none waits for longer than a step", () =>
    expect(stateOf(scrapes(6, {}))?.waitingPercent).toBeLessThan(20));
});

const sample = (second: number, values: Sample["values"], identity = 0): Sample => ({
  unixMs: 1000 * second,
  identity,
  values,
});

test("a server without a gauge of its cache leaves that open", () =>
  expect(stateOf([sample(10, { running: 4, waiting: 3 })])).toMatchObject({
    mostRunning: 4,
    kvFullPercent: null,
    meanKvPercent: null,
    meanWaiting: 3,
  }));

test("scrapes outside the window, and those that do not tell of a queue, do not count", () => {
  const telling = sample(10, { running: 4, waiting: 0 });
  expect(stateOf([sample(2, { running: 4, waiting: 9 }), telling, sample(12, { running: 4 })])).toMatchObject(
    {
      scrapes: 1,
      waitingPercent: 0,
    },
  );
  expect(stateOf([sample(2, { running: 4, waiting: 9 })])).toBeNull();
});

test("each server has a ceiling of its own", () =>
  expect(
    queueOf([
      {
        run,
        servers: [
          [8, 8, 7, 6].map((running, i) => sample(10 + i, { running, waiting: 1 })),
          [2, 2, 2, 1].map((running, i) => sample(10 + i, { running, waiting: 1 }, 1)),
        ],
      },
    ]),
  ).toMatchObject({ mostRunning: 8, atMostPercent: 75 }));
