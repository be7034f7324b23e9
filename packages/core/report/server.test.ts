import { scrapedLevel, type ScrapedOptions } from "@brimline/testkit/scraped";
import {
  CREATED_UNIX_MS,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withMerged,
  withRecords,
} from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import type { Series } from "../record/telemetry/telemetry.ts";
import { aggregate } from "./aggregate.ts";
import { SERVER_NAMES } from "./catalogue.ts";
import { levelsCsv } from "./shown/csv.ts";
import type { AggregateInput } from "./input.ts";
import type { Level, Report } from "./schema.ts";

const known = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    inputTokens: 100,
    durationS: 60,
    jitter: 0.4,
    t0UnixMs: CREATED_UNIX_MS + 5000,
    ...changes,
  });

/** The report of a level, with the scrapes of its server by the load generator and by an agent. */
function reported(
  scrapes: Series | null,
  {
    level = known(),
    ofAgent = null,
    metrics = { engine: "vLLM" },
  }: { level?: KnownLevel; ofAgent?: Series | null; metrics?: AggregateInput["metrics"] } = {},
): { report: Report; level: Level; codes: string[] } {
  const report = aggregate({
    ...syntheticJob([{ ...level, ...(scrapes !== null && { scrapes }) }]),
    metrics,
    telemetry: ofAgent === null ? null : { series: { server: ofAgent }, rejected: {} },
  });
  const [only] = report.levels;
  if (only === undefined) throw new Error("no level");
  return { report, level: only, codes: report.findings.map(({ code }) => code) };
}
const scraped = (options: ScrapedOptions = {}) => reported(scrapedLevel(known(), options));

describe("a server that served us alone", () => {
  const { report, level, codes } = scraped({ outsideMs: 5 });
  const { server } = level;

  test.each([
    ["serverRunning", 8, 0.001],
    ["serverWaiting", 2, 0.001],
    ["kvPercent", 100, 0.001],
    ["kvPeakPercent", 100, 0],
    ["preemptions", 5, 1],
    ["prefixHitPercent", 25, 1e-6],
    ["serverQueueMs", 50, 1e-6],
    ["serverTtftMs", 195, 3],
    ["ttftOutsideMs", 5, 3],
    ["serverRequestsPerS", 10 / 0.98, 0.2],
    ["serverOutputTokensPerS", 400 / 0.98, 8],
    ["serverInputTokensPerS", 1000 / 0.98, 20],
  ] as const)("says %s", (name, value, error) => {
    expect(Math.abs((server?.[name].value ?? Number.NaN) - value)).toBeLessThanOrEqual(error);
  });

  test("has intervals from slices of the window, but not for a peak", () => {
    expect(server?.serverOutputTokensPerS).toMatchObject({ method: "batch_means", validity: "valid" });
    const { low, high } = server?.serverOutputTokensPerS ?? {};
    expect([low, high].every((bound) => bound != null)).toBe(true);
    expect(server?.kvPeakPercent).toMatchObject({ low: null, reasons: ["no_interval"] });
  });

  test("does not say what it does not export", () => {
    for (const name of ["serverPrefillMs", "serverDecodeMs", "serverTpotMs", "draftAcceptedPercent"] as const)
      expect(server?.[name]).toMatchObject({ value: null, reasons: ["not_exported"] });
  });

  test("counts what we count, and its histogram agrees with ours", () => {
    const { ok, sent } = level.requests;
    expect(server).toMatchObject({
      engine: "vLLM",
      from: "load",
      requests: { least: ok, most: sent, counted: sent, reasons: [] },
    });
    expect(server?.outputTokens.counted).toBe(40 * ok);
    expect(Math.abs((server?.ttftAgreement?.shiftMs ?? 0) - 5)).toBeLessThan(1);
    expect(server?.ttftAgreement?.largestGapPercent).toBeLessThan(server?.ttftAgreement?.boundPercent ?? 0);
    expect(level.reasons).toEqual([]);
    expect(codes).toEqual(expect.arrayContaining(["server_metrics", "ttft_parts", "server_ttft_agrees"]));
    expect(codes.filter((code) => /exclusive|partial|disagrees|outside/.test(code))).toEqual([]);
  });

  test("says what its requests wait for", () => {
    expect(server?.queue).toMatchObject({ waitingPercent: 100, mostRunning: 8, kvFullPercent: 100 });
    expect(report.verdict.bottleneck).toMatchObject({ cause: "kv_full", levelId: "l01" });
  });

  test("stands in the timeline and in the CSV", () => {
    const at = Math.round(30 - report.timeline.startS);
    expect(report.timeline.columns["serverRunning"]?.[at]).toBe(8);
    expect(report.timeline.columns["kvPercent"]?.[at]).toBe(100);
    const [header = "", row = ""] = levelsCsv(report).split("\r\n");
    const column = header.split(",").indexOf("serverQueueMs");
    expect(Number(row.split(",")[column])).toBeCloseTo(50, 6);
  });
});

test("a proxy of 80 ms that nobody spoke of is seen, and the histograms agree but for it", () => {
  const { level, codes } = scraped({ outsideMs: 80 });
  expect(level.server?.ttftOutsideMs.value).toBeCloseTo(80, -1);
  expect(Math.abs((level.server?.ttftAgreement?.shiftMs ?? 0) - 80)).toBeLessThan(1);
  expect(level.server?.ttftAgreement?.largestGapPercent).toBeLessThan(1);
  expect(codes).toContain("ttft_outside_server");
});

test("a queue that grows changes nothing about the time outside the server", () => {
  // Each request waits a tenth longer than the time that has gone by, so the first tokens of a window are those of
  // requests that were due before most of it.
  const level = withRecords(known({ gapMs: 5, outputTokens: 5 }), (records) =>
    records.map((record) => {
      const waitMs = Math.round(record.sentMs / 10);
      const later = (atMs: number | null): number | null => (atMs === null ? null : atMs + waitMs);
      return {
        ...record,
        gapsUs: record.gapsUs.map((gapUs, i) => (i === 0 ? gapUs + 1000 * waitMs : gapUs)),
        firstByteMs: later(record.firstByteMs),
        firstMs: later(record.firstMs),
        firstVisibleMs: later(record.firstVisibleMs),
        lastMs: later(record.lastMs),
        doneMs: later(record.doneMs),
      };
    }),
  );
  const { server, ttftMs } = reported(scrapedLevel(level, { outsideMs: 5 }), { level }).level;
  expect((ttftMs.mean.value ?? 0) - (server?.serverTtftMs.value ?? 0)).toBeGreaterThan(100);
  expect(Math.abs((server?.ttftOutsideMs.value ?? Number.NaN) - 5)).toBeLessThan(4);
});

test("a time outside the server that seems negative is none", () => {
  const { ttftOutsideMs } = scraped({ outsideMs: -60 }).level.server ?? {};
  expect(ttftOutsideMs).toMatchObject({ value: null, reasons: ["implausible"] });
});

test("a load generator that may have read late blames nobody for the time outside the server", () => {
  const level = withMerged(known(), ({ gapsUs }) => [{ chunk: 0, chunks: gapsUs.length, earlierUs: 1000 }]);
  const { codes, level: judged } = reported(scrapedLevel(level, { outsideMs: 80 }), { level });
  expect(judged.reasons).toContain("client_limited");
  expect(codes.filter((code) => code.startsWith("ttft") || code.startsWith("server_ttft"))).toEqual([
    "ttft_parts",
  ]);
});

test("a foreign client is caught by the counts, and makes the level indicative", () => {
  const { level, report, codes } = scraped({ foreignShare: 0.1 });
  expect(level).toMatchObject({ validity: "indicative", reasons: ["endpoint_not_exclusive"] });
  expect(level.server?.ttftAgreement).toBeNull();
  expect(codes).toContain("endpoint_not_exclusive");
  expect(report.findings.find(({ code }) => code === "endpoint_not_exclusive")?.sentence).toMatch(
    /It counted [\d,]+ requests where we had at most [\d,]+ at 10 users/,
  );
});

test("a queue that is hardly ever there has no interval below 0", () => {
  const calm = known({ users: 8 });
  const scrapes = scrapedLevel(calm);
  const rare = scrapes.samples.map((sample, i) => ({
    ...sample,
    values: { ...sample.values, waiting: i === 30 ? 40 : 0 },
  }));
  const { level } = reported({ ...scrapes, samples: rare }, { level: calm });
  expect(level.server?.serverWaiting).toMatchObject({ low: 0, method: "batch_means" });
});

test("what is within the tolerance is not taken for somebody else's", () =>
  expect(scraped({ foreignShare: 0.005 }).level.reasons).toEqual([]));

test("the metrics of one of two replicas are called so, and are to be read with care", () => {
  const { level, codes } = scraped({ share: 0.5 });
  expect(level.reasons).toEqual([]);
  expect(codes).toContain("server_metrics_partial");
  expect(level.server?.serverOutputTokensPerS).toMatchObject({
    validity: "indicative",
    reasons: ["server_metrics_partial"],
  });
});

test("a restart leaves its counters unknown, and its gauges known", () => {
  const { level } = scraped({ restartMs: 30_000 });
  expect(level.server?.serverOutputTokensPerS).toMatchObject({ value: null, reasons: ["counter_reset"] });
  expect(level.server?.serverTtftMs).toMatchObject({ value: null, reasons: ["counter_reset"] });
  expect(level.server?.requests).toMatchObject({ counted: null, reasons: ["counter_reset"] });
  expect(level.server?.serverRunning.value).toBeCloseTo(8, 3);
});

test("scrapes that stop in the middle are a gap, and none at all is no server", () => {
  const whole = scrapedLevel(known());
  const cut = { ...whole, samples: whole.samples.filter((_, i) => i < 20) };
  const { level } = reported(cut);
  expect(level.server?.serverRunning).toMatchObject({ value: null, reasons: ["telemetry_gap"] });
  expect(level.server?.serverRequestsPerS).toMatchObject({ value: null, reasons: ["telemetry_gap"] });
  expect(reported({ ...whole, samples: [] }).level.server).toBeNull();
});

test("the load generator's scrapes count before an agent's, which count where it has none", () => {
  const ofAgent = scrapedLevel(known(), { engine: "SGLang" });
  expect(reported(scrapedLevel(known()), { ofAgent }).level.server).toMatchObject({
    engine: "vLLM",
    from: "load",
  });
  const { level, report } = reported(null, { ofAgent, metrics: { failure: "connect" } });
  expect(level.server).toMatchObject({ engine: "SGLang", from: "agent" });
  expect(report.findings.find(({ code }) => code === "server_metrics")?.sentence).toMatch(
    /^SGLang's own metrics were read by an agent on its host, in \d+ scrapes\.$/,
  );
});

test("two servers by two agents are one: requests add up, and the KV cache is the mean", () => {
  const half = scrapedLevel(known(), { share: 0.5 });
  const both: Series = {
    ...half,
    identities: [0, 1].map((index) => ({ index, id: `${index}`, name: "vLLM", facts: {} })),
    samples: half.samples.flatMap((sample) => [sample, { ...sample, identity: 1 }]),
  };
  const { level, codes } = reported(null, { ofAgent: both });
  expect(level.server?.serverRunning.value).toBeCloseTo(16, 3);
  expect(level.server?.kvPercent.value).toBeCloseTo(100, 3);
  expect(level.server?.requests.counted).toBe(level.requests.sent);
  expect(codes).not.toContain("server_metrics_partial");
});

test("without the server's metrics every figure of it is unknown, and the report says why and what to do", () => {
  const { report, level } = reported(null, { metrics: { failure: "not_found" } });
  expect(level.server).toBeNull();
  const [header = "", row = ""] = levelsCsv(report).split("\r\n");
  for (const name of SERVER_NAMES) expect(row.split(",")[header.split(",").indexOf(name)]).toBe("");
  expect(report.endpoint.metrics).toEqual({ engine: null, failure: "not_found" });
  expect(report.findings.find(({ code }) => code === "no_server_metrics")?.sentence).toContain(
    "endpoint.metricsUrl",
  );
  expect(reported(null, { metrics: null }).codes).not.toContain("no_server_metrics");
});
