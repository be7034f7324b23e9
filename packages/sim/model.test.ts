import { describe, expect, test } from "vitest";
import { aloneTtftMs, saturationOf, tokensPerS } from "./formula.ts";
import { createModel, type ModelParams, type TokenEvent } from "./model.ts";
import { PRESETS } from "./presets.ts";

const { params } = PRESETS["a40-8b"];
const LENGTHS = { promptTokens: 8, outputTokens: 40 };
const SIMPLE: ModelParams = {
  iterationMs: 10,
  iterationPerRequestMs: 1,
  prefillTokensPerS: 1000,
  slots: 2,
  kvTokens: 100,
};

/**
 * Runs N users, started 7 ms apart, that send again `turnaroundMs` after their last token. Returns tokens/s
 * over the second half of the time.
 */
function closedLoop(users: number, durationMs: number, turnaroundMs: number): number {
  const model = createModel(params);
  const due: { atMs: number; user: number }[] = Array.from({ length: users }, (_, user) => ({
    atMs: user * 7,
    user,
  }));
  let sent = 0;
  let tokens = 0;
  for (;;) {
    const nextSend = due[0]?.atMs ?? Number.POSITIVE_INFINITY;
    const atMs = Math.min(nextSend, model.nextEventMs() ?? Number.POSITIVE_INFINITY);
    if (atMs > durationMs) return (1000 * tokens) / (durationMs / 2);
    for (const event of model.advance(atMs)) {
      if (event.atMs > durationMs / 2) tokens += 1;
      if (event.last) due.push({ atMs: event.atMs + turnaroundMs, user: 0 });
    }
    if (nextSend === atMs && due.shift() !== undefined)
      model.submit(atMs, { id: String(sent++), ...LENGTHS });
  }
}

const timesOf = (events: TokenEvent[], id: string): number[] =>
  events.filter((event) => event.id === id).map((event) => event.atMs);

describe("the batching model", () => {
  test.each([1, 10, 50, 100, 256, 512])("%i closed-loop users get N / (a + b′N) tokens a second", (users) => {
    const expected = tokensPerS(params, LENGTHS, users);
    const measured = closedLoop(users, 120_000, 0);
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.01);
  });

  test("a client that takes less than the fixed part of an iteration to answer loses no iteration", () => {
    expect(closedLoop(100, 120_000, 20) / tokensPerS(params, LENGTHS, 100)).toBeGreaterThan(0.995);
    expect(closedLoop(100, 120_000, 60) / tokensPerS(params, LENGTHS, 100)).toBeLessThan(0.99);
  });

  test("more users than slots only queue", () => {
    expect(closedLoop(700, 120_000, 0) / tokensPerS(params, LENGTHS, 700)).toBeCloseTo(1, 2);
  });

  test("the A40 preset reaches half of 5,193 tokens/s at 249 users, within the card's 149.7 TFLOPS", () => {
    const { maxTokensPerS, halfLoadUsers } = saturationOf(params, LENGTHS);
    expect(maxTokensPerS).toBeCloseTo(5193.4, 0);
    expect(halfLoadUsers).toBeCloseTo(249.3, 0);
    expect((2 * 8e9 * maxTokensPerS * 1.2) / 149.7e12).toBeLessThan(0.7);
    expect([10, 50, 100, 512].map((users) => Math.round(tokensPerS(params, LENGTHS, users)))).toEqual([
      200, 868, 1487, 3493,
    ]);
  });

  test("alone, the first token comes after a + b + P/R and the others every a + b", () => {
    const model = createModel(SIMPLE);
    model.submit(1000, { id: "x", promptTokens: 50, outputTokens: 3 });
    expect(model.nextEventMs()).toBe(1010);
    expect(model.advance(2000)).toEqual([
      { id: "x", atMs: 1000 + aloneTtftMs(SIMPLE, 50), index: 0, last: false },
      { id: "x", atMs: 1072, index: 1, last: false },
      { id: "x", atMs: 1083, index: 2, last: true },
    ]);
    expect(model.nextEventMs()).toBeNull();
  });

  test("a prompt delays the tokens of everybody else", () => {
    const model = createModel(SIMPLE);
    model.submit(0, { id: "x", promptTokens: 1, outputTokens: 3 });
    model.submit(15, { id: "y", promptTokens: 50, outputTokens: 1 });
    expect(timesOf(model.advance(1000), "x")).toEqual([12, 74, 85]);
  });

  test("a request that comes during the work of an iteration waits for the next one", () => {
    const model = createModel(SIMPLE);
    model.submit(0, { id: "x", promptTokens: 20, outputTokens: 2 });
    model.submit(20, { id: "y", promptTokens: 0, outputTokens: 1 });
    expect(timesOf(model.advance(1000), "y")).toEqual([43]);
  });

  test("with all slots taken the third request waits until one ends", () => {
    const model = createModel(SIMPLE);
    for (const id of ["x", "y", "z"]) model.submit(0, { id, promptTokens: 1, outputTokens: 2 });
    const events = model.advance(1000);
    expect(timesOf(events, "x")).toEqual([14, 26]);
    expect(timesOf(events, "z")).toEqual([38, 49]);
  });

  test("a full KV cache holds back the head of the queue, and whoever stands behind it", () => {
    const model = createModel(SIMPLE);
    model.submit(0, { id: "x", promptTokens: 50, outputTokens: 10 });
    model.submit(0, { id: "y", promptTokens: 40, outputTokens: 10 });
    model.submit(0, { id: "z", promptTokens: 1, outputTokens: 1 });
    model.advance(61);
    expect(model.counts()).toMatchObject({ running: 1, waiting: 2, kvTokens: 60 });
    const events = model.advance(10_000);
    expect(Math.min(...timesOf(events, "y"))).toBeGreaterThan(Math.max(...timesOf(events, "x")));
    expect(model.counts()).toMatchObject({ running: 0, waiting: 0, kvTokens: 0 });
  });

  test("a request that could never fit is refused", () => {
    expect(() => createModel(SIMPLE).submit(0, { id: "x", promptTokens: 91, outputTokens: 10 })).toThrow(
      RangeError,
    );
  });

  test("a cancelled request gives no more tokens and frees its slot at once", () => {
    const model = createModel(SIMPLE);
    for (const id of ["x", "y", "z"]) model.submit(0, { id, promptTokens: 1, outputTokens: 20 });
    model.advance(14);
    expect(model.cancel("x")).toBe(true);
    expect(model.counts()).toMatchObject({ running: 1, waiting: 1, kvTokens: 21 });
    const events = model.advance(40);
    expect(timesOf(events, "x")).toEqual([]);
    expect(timesOf(events, "z")).toEqual([27, 39]);
    expect(model.cancel("x")).toBe(false);
  });

  test("a request that is cancelled within an iteration gives no token, and the iteration takes as long as before", () => {
    const model = createModel(SIMPLE);
    for (const id of ["x", "y"]) model.submit(0, { id, promptTokens: 1, outputTokens: 2 });
    model.advance(12);
    model.cancel("x");
    const events = model.advance(1000);
    expect(timesOf(events, "x")).toEqual([]);
    expect(timesOf(events, "y")).toEqual([14, 25]);
  });

  test("a cancelled waiting request leaves the queue", () => {
    const model = createModel(SIMPLE);
    model.submit(0, { id: "x", promptTokens: 1, outputTokens: 1 });
    expect(model.cancel("x")).toBe(true);
    expect(model.advance(100)).toEqual([]);
    expect(model.nextEventMs()).toBeNull();
  });

  test("busy time and mean batch are counted over iterations, not over idle time", () => {
    const model = createModel(SIMPLE);
    model.submit(0, { id: "x", promptTokens: 1, outputTokens: 1 });
    model.advance(5000);
    expect(model.counts().busyMs).toBe(12);
    expect(model.counts().batchMs).toBe(2);
  });
});
