import { answeredRequest, failedRequest } from "@brimline/testkit/synthetic";
import { latencyAt } from "@brimline/core/record/latencies";
import type { RequestRecord } from "@brimline/core/record/record";
import { expect, test } from "vitest";
import { createLatencies, type LatencyRules } from "./latencies.ts";

const answered = (known: Partial<Parameters<typeof answeredRequest>[0]> = {}): RequestRecord =>
  answeredRequest({ sentMs: 1000, ttftMs: 200, gapMs: 20, outputTokens: 11, ...known });

function counted(records: RequestRecord[], rules: Partial<LatencyRules> = {}) {
  const latencies = createLatencies({ slo: null, isOpenLoop: false, fromMs: 0, sliced: null, ...rules });
  for (const record of records) latencies.add(record);
  return latencies.counts();
}

test("an answer has a TTFT, a TPOT and an E2E", () => {
  const { ttftMs, tpotMs, e2eMs } = counted([answered()]);
  expect(Math.abs((latencyAt(ttftMs.histogram, 0.5) ?? 0) - 200)).toBeLessThan(2);
  expect(Math.abs((latencyAt(tpotMs.histogram, 0.5) ?? 0) - 20)).toBeLessThan(0.2);
  expect(Math.abs((latencyAt(e2eMs.histogram, 0.5) ?? 0) - 400)).toBeLessThan(4);
});

test("requests of the level's start are left out", () => {
  const { ttftMs } = counted([answered({ sentMs: 999 }), answered()], { fromMs: 1000 });
  expect(ttftMs.histogram.counts).toEqual([1]);
});

test("an objective counts who is within its bound; a failed or a cut request is not, and neither is left out", () => {
  const slo = { ttftMs: 250, tpotMs: 10, percentile: 95 };
  const { ttftMs, tpotMs, e2eMs } = counted(
    [
      answered(),
      answered({ ttftMs: 300 }),
      failedRequest(1000, "http_5xx", 5),
      failedRequest(1000, "censored", 5),
    ],
    { slo },
  );
  expect(ttftMs.judged).toEqual({ good: 1, open: 0, total: 4 });
  expect(tpotMs.judged).toEqual({ good: 0, open: 0, total: 4 });
  expect(e2eMs.judged).toBeNull();
  expect([ttftMs.histogram.cut, ttftMs.histogram.counts.reduce((a, b) => a + b)]).toEqual([1, 2]);
});

test("an answer whose tokens came at once leaves open whether it met a bound on TPOT", () => {
  const { ttftMs, tpotMs } = counted([answered({ gapMs: 0 }), answered()], {
    slo: { ttftMs: 250, tpotMs: 30, percentile: 95 },
  });
  expect(ttftMs.judged).toEqual({ good: 2, open: 0, total: 2 });
  expect(tpotMs.judged).toEqual({ good: 1, open: 1, total: 2 });
});

test("an answer that was cut is not good, however soon it began", () => {
  const cut: RequestRecord = { ...answered(), outcome: "censored", doneMs: null };
  const { ttftMs } = counted([cut], { slo: { ttftMs: 250, percentile: 95 } });
  expect(ttftMs.judged).toEqual({ good: 0, open: 0, total: 1 });
});

test.each([
  [250, { good: 1, open: 0, total: 1 }],
  [200, { good: 1, open: 0, total: 1 }],
  [199, { good: 0, open: 1, total: 1 }],
  [150, { good: 0, open: 1, total: 1 }],
  [149, { good: 0, open: 0, total: 1 }],
])("a TTFT of 150 to 200 ms against %d ms is good, open or neither", (ttftMs, judged) => {
  const merged = { ...answered(), merged: [{ chunk: 0, chunks: 1, earlierUs: 50_000 }] };
  expect(counted([merged], { slo: { ttftMs, percentile: 95 } }).ttftMs.judged).toEqual(judged);
});

test("an answer of one token has no TPOT to judge", () => {
  const { tpotMs } = counted([answered({ outputTokens: 1 })], { slo: { tpotMs: 10, percentile: 95 } });
  expect(tpotMs.judged).toEqual({ good: 0, open: 0, total: 0 });
});

test("where a job asks how sure a level is, its slices count tokens and latencies that no objective bounds", () => {
  const sliced = { startMs: 0, endMs: 60_000 };
  const latencies = createLatencies({ slo: null, isOpenLoop: false, fromMs: 0, sliced, isPrecise: true });
  latencies.add(answered({ sentMs: 1700 }));
  const slices = latencies.slices();
  expect(slices?.ttftMs?.[1]).toMatchObject({ good: 0, histogram: { counts: [1], cut: 0 } });
  expect(slices?.e2eMs?.[1]?.histogram.counts).toEqual([1]);
  expect(slices?.outputTokens?.reduce((sum, tokens) => sum + tokens, 0)).toBeGreaterThan(0);
});

test("in an open loop TTFT counts from due", () => {
  const late = { ...answered(), dueMs: 900 };
  const slo = { ttftMs: 250, percentile: 95 };
  expect(counted([late], { slo }).ttftMs.judged).toEqual({ good: 1, open: 0, total: 1 });
  expect(counted([late], { slo, isOpenLoop: true }).ttftMs.judged).toEqual({ good: 0, open: 0, total: 1 });
});

test("a search's level counts by slice when requests were due and done, and what its objective judged", () => {
  const slo = { ttftMs: 250, percentile: 95 };
  const latencies = createLatencies({
    slo,
    isOpenLoop: false,
    fromMs: 5000,
    sliced: { startMs: 0, endMs: 60_000 },
  });
  // It is due in the second slice of 1 s and done in the third. No slice has the later one.
  for (const record of [answered({ sentMs: 1700 }), answered({ sentMs: 61_000 })]) latencies.add(record);
  latencies.add(failedRequest(1500, "http_5xx", 5));
  const slices = latencies.slices();
  expect([slices?.due.slice(0, 3), slices?.done.slice(0, 3)]).toEqual([
    [0, 2, 0],
    [0, 0, 1],
  ]);
  expect(slices?.ttftMs?.[1]).toMatchObject({ good: 1, open: 0, histogram: { counts: [1], cut: 1 } });
  expect(slices?.tpotMs).toBeNull();
});
