import { describe, expect, test } from "vitest";
import type { RequestRow } from "../../record/columns/table.ts";
import { answeredRequest, failedRequest, requestRow } from "@brimline/testkit/synthetic";
import {
  e2eMs,
  isOneArrival,
  perRequestTokensPerS,
  sendLagMs,
  streamedTokens,
  tpotMs,
  ttfoMs,
  ttftFromDueMs,
  ttftMs,
  userSpeedTokensPerS,
} from "./latency.ts";

const answered = (answer: Parameters<typeof answeredRequest>[0]): RequestRow =>
  requestRow(answeredRequest(answer));

/**
 * A request that was due 30 ms before it was sent at 1,000 ms. Its first output comes after 200 ms, and it
 * has ten tokens in ten chunks, 20 ms apart.
 */
const plain: RequestRow = {
  ...answered({ sentMs: 1000, ttftMs: 200, gapMs: 20, outputTokens: 10 }),
  dueMs: 970,
};
const withTokens = (tokens: Partial<RequestRow["tokens"]>): RequestRow => ({
  ...plain,
  tokens: { ...plain.tokens, ...tokens },
});

const doneLater: RequestRow = { ...plain, doneMs: 9999 };

describe("one answered request", () => {
  test.each([
    ["TTFT is first − sent", ttftMs(plain), 200],
    ["TTFT from due counts our own delay", ttftFromDueMs(plain), 230],
    ["TTFO is the first visible output", ttfoMs({ ...plain, firstVisibleMs: 1260 }), 260],
    ["E2E is last − sent, whatever closes the connection later", e2eMs(doneLater), 380],
    ["send lag is sent − due", sendLagMs(plain), 30],
    ["TPOT leaves the first chunk out: 180 ms over nine tokens", tpotMs(plain), 20],
    ["a first chunk of four tokens leaves six", tpotMs({ ...plain, firstChunkTokens: 4 }), 30],
    ["user speed is 1000 ÷ TPOT", userSpeedTokensPerS(plain), 50],
    ["speed per request is tokens ÷ E2E", perRequestTokensPerS(plain), 10_000 / 380],
  ])("%s", (_, value, expected) => expect(value).toBeCloseTo(expected, 9));
});

describe("an answer in one arrival", () => {
  const atOnce: RequestRow = { ...plain, lastMs: plain.firstMs };
  test("shows no time between its tokens", () => {
    expect([tpotMs(atOnce), userSpeedTokensPerS(atOnce)]).toEqual([null, null]);
    expect(isOneArrival(atOnce)).toBe(true);
  });
  test("of one token has none either, but hides nothing", () =>
    expect(isOneArrival({ ...atOnce, tokens: { ...plain.tokens, output: 1 } })).toBe(false));
  test("is not meant where a late read merged its chunks", () =>
    expect(isOneArrival({ ...atOnce, firstEarlierUs: 9000 })).toBe(false));
});

describe("reasoning", () => {
  test("that was counted but never streamed is not in TPOT", () => {
    expect(streamedTokens(withTokens({ output: 110, reasoning: 100 }))).toBe(10);
    expect(tpotMs(withTokens({ output: 110, reasoning: 100 }))).toBe(20);
  });
  test("that was streamed before the visible output is in TPOT", () =>
    expect(streamedTokens({ ...withTokens({ output: 110, reasoning: 100 }), firstVisibleMs: 1300 })).toBe(
      110,
    ));
  test("alone makes no first visible output", () =>
    expect(ttfoMs({ ...plain, firstVisibleMs: null })).toBeNull());
});

describe("what does not apply is null, never 0", () => {
  test.each([
    ["TPOT of a single token", tpotMs(answered({ sentMs: 0, ttftMs: 200, gapMs: 0, outputTokens: 1 }))],
    ["TPOT without a token count", tpotMs(withTokens({ output: null }))],
    [
      "user speed of a single token",
      userSpeedTokensPerS(answered({ sentMs: 0, ttftMs: 200, gapMs: 0, outputTokens: 1 })),
    ],
    [
      "user speed of tokens that came all at once",
      userSpeedTokensPerS(answered({ sentMs: 0, ttftMs: 200, gapMs: 0, outputTokens: 9 })),
    ],
    ["TTFT of a failed request", ttftMs({ ...plain, outcome: "truncated_stream" })],
    ["E2E of a failed request", e2eMs({ ...plain, outcome: "truncated_stream" })],
    ["TPOT of a failed request", tpotMs({ ...plain, outcome: "idle_timeout" })],
  ])("%s", (_, value) => expect(value).toBeNull());
});

describe("a request that was cut", () => {
  const cut: RequestRow = { ...plain, outcome: "censored", doneMs: null };
  test("keeps the TTFT it had", () => expect(ttftMs(cut)).toBe(200));
  test("has a TTFT beyond all others without output", () =>
    expect(ttftMs(requestRow(failedRequest(0, "censored", 0)))).toBe(Infinity));
  test("has an E2E and a TPOT beyond all others", () =>
    expect([e2eMs(cut), tpotMs(cut)]).toEqual([Infinity, Infinity]));
  test("has no speed", () =>
    expect([userSpeedTokensPerS(cut), perRequestTokensPerS(cut)]).toEqual([null, null]));
});
