import { describe, expect, test } from "vitest";
import { anyEndpoint, boundaryOf, type Endpoint, requestsPerS } from "./endpoints.ts";
import { bisection, doublingSweep } from "./peers.ts";
import { searched } from "./searched.ts";

/** Its batch has six slots and takes 20 ms a token, so that a seventh user waits for most of an answer of 0.4 s. */
const SLOTS: Endpoint = {
  params: { iterationMs: 20, iterationPerRequestMs: 0, prefillTokensPerS: 1e6, slots: 6, kvTokens: 1e9 },
  prompt: 32,
  answer: 20,
  meanPrompt: 32,
  meanAnswer: 20,
  bound: { latency: "e2eMs", ms: 450 },
};

describe("an endpoint in virtual time", () => {
  test("of six slots serves six users and makes the seventh wait", () => expect(boundaryOf(SLOTS)).toBe(6));

  test("is asked as many requests in a second as its formula says", () =>
    expect(requestsPerS(SLOTS, 6)).toBeCloseTo(15, 1));

  test("is the same for the same number", () => expect(anyEndpoint(7)).toEqual(anyEndpoint(7)));
});

test("the product's search finds its boundary, and the report agrees with what it took for told", () => {
  const found = searched(SLOTS, 300, "a");
  expect([found.met, found.missed, found.unclear]).toEqual([6, 7, 0]);
  expect(found.seconds).toBeLessThan(300);
});

test("a sweep ends at the first load beyond the boundary, and a bisection beside it", () => {
  expect(doublingSweep(SLOTS, 6).seconds).toBeGreaterThan(4 * 30);
  // 1, 2, 4 and 8, then 6 and 7.
  expect(bisection(SLOTS, 6, 1000).requests).toBe(6000);
});
