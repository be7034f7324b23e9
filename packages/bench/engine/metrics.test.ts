import type { Scrape } from "@brimline/core/scrape/scrape";
import { expect, test } from "vitest";
import { between } from "./metrics.ts";

const scrape = (requests: number, tokens: number, ttftS: number): Scrape => ({
  engine: "vLLM",
  values: {
    requests,
    promptTokens: 2 * tokens,
    outputTokens: tokens,
    ttftS,
    ttftCount: requests,
    tpotS: ttftS / 10,
    tpotCount: requests,
    e2eS: 3 * ttftS,
  },
});

test("what an engine did between two scrapes is the growth of its counters, and means are over that growth", () => {
  const figures = between(scrape(10, 1000, 2), scrape(14, 1200, 2.2));
  expect(figures).toMatchObject({ requests: 4, inputTokens: 400, outputTokens: 200 });
  expect(figures.ttftMs).toBeCloseTo(50, 9);
  expect(figures.tpotMs).toBeCloseTo(5, 9);
  expect(figures.e2eSumS).toBeCloseTo(0.6, 9);
});

test("there is no mean where no request ended between the scrapes", () =>
  expect(between(scrape(1, 1, 1), scrape(1, 1, 1))).toMatchObject({ requests: 0, ttftMs: null }));
