import type { RequestRecord } from "@brimline/core/record/record";
import { expect, test } from "vitest";
import { createTally } from "./tally.ts";

const record = (
  outcome: RequestRecord["outcome"],
  sentMs: number,
  lastMs: number | null,
  doneMs: number | null,
  output: number | null,
): RequestRecord => ({
  index: 0,
  user: 0,
  dueMs: sentMs,
  sentMs,
  connectMs: null,
  firstByteMs: null,
  firstMs: null,
  firstVisibleMs: null,
  lastMs,
  doneMs,
  gapsUs: [],
  merged: [],
  chunkTokens: null,
  status: 200,
  outcome,
  finishReason: null,
  tokens: { input: null, output, reasoning: null, cached: null, source: "usage" },
  usageInvalid: false,
  connectionReused: true,
  resent: false,
  closeLagMs: 0,
  closeCut: false,
  errorText: null,
});

const RULES = { slo: null, isOpenLoop: false, fromMs: 0, sliced: null, clock: "kernel" } as const;

test("every request ends as ok, failed or censored, and only ok ones have a latency", () => {
  const tally = createTally(RULES);
  tally.add(record("ok", 0, 90, 100, 10));
  tally.add(record("ok", 0, 110, 120, 10));
  tally.add(record("http_5xx", 0, null, 30, null));
  tally.add(record("truncated_stream", 0, 5000, 5000, 7));
  tally.add(record("censored", 0, 9000, null, 3));
  expect(tally.requests).toMatchObject({
    ok: 2,
    failed: 2,
    censored: 1,
    errors: { http_5xx: 1, truncated_stream: 1 },
  });
  expect([tally.medianE2eMs(), tally.largestE2eMs]).toEqual([100, 110]);
  expect([tally.okOutputTokens, tally.outputTokens]).toEqual([20, 30]);
  expect(tally.openMs).toBe(100 + 120 + 30 + 5000);
});

test("without an ok request there is no median", () => expect(createTally(RULES).medianE2eMs()).toBeNull());
