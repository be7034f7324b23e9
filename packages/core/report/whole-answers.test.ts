import {
  CREATED_UNIX_MS,
  type KnownLevel,
  syntheticJob,
  syntheticLevel,
  withRecords,
} from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";
import { aggregate } from "./aggregate.ts";
import { CATALOGUE, type FigureKey, LEVEL_NAMES } from "./catalogue.ts";
import { figureAt } from "./pick.ts";
import type { Level, Report } from "./schema.ts";

// A request takes 100 ms, so 10 users get 100 requests/s, and as many prompts of 100 tokens.
const vectors = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  withRecords(
    syntheticLevel({
      id: "l01",
      users: 10,
      ttftMs: 100,
      gapMs: 1,
      outputTokens: 1,
      inputTokens: 100,
      durationS: 20,
      t0UnixMs: CREATED_UNIX_MS + 5000,
      ...changes,
    }),
    (records) =>
      records.map((record) => ({
        ...record,
        finishReason: null,
        chunkTokens: null,
        tokens: { input: 100, output: null, reasoning: null, cached: null, source: "usage" },
      })),
  );
const endpoint = { url: "http://127.0.0.1:8000/v1", model: "bge", api: "embeddings" as const };
const reportOf = (slo?: object): Report =>
  aggregate(
    syntheticJob([vectors()], {
      endpoint,
      workload: { inputTokens: 100 },
      ...(slo !== undefined && { slo }),
    }),
  );
const levelOf = (report: Report): Level => {
  const [level] = report.levels;
  if (level === undefined) throw new Error("no level");
  return level;
};

describe("a level of answers in one piece", () => {
  const report = reportOf();
  const level = levelOf(report);

  test.each<[FigureKey, number]>([
    ["requestsPerS", 100],
    ["inputTokensPerS", 10_000],
    ["inFlight", 10],
    ["e2eMs.p50", 100],
    ["e2eMs.p95", 100],
    ["inputTokensPerRequest.p50", 100],
  ])("has %s", (key, value) => {
    const figure = figureAt(level, key);
    expect(Math.abs(Number(figure.value) / value - 1)).toBeLessThan(0.01);
    expect(figure).toMatchObject({ validity: "valid", reasons: [] });
  });

  test.each(LEVEL_NAMES.filter((name) => CATALOGUE[name].streamed === true))(
    "has no %s, and says why",
    (name) => {
      const found = level[name];
      const figures = "value" in found ? [found] : [found.mean, found.p50, found.p95];
      for (const figure of figures) expect(figure).toMatchObject({ value: null, reasons: ["not_streamed"] });
    },
  );

  test("says nothing else of a stream or of output tokens", () => {
    expect(level).toMatchObject({
      validity: "valid",
      reasons: [],
      itlMs: null,
      ecdf: null,
      ttftFromDueMs: null,
    });
    expect(level.tokens).toMatchObject({ output: null, askedOutput: null, source: "usage" });
    expect(report).toMatchObject({ saturation: null, versusFirst: null });
    expect(report.findings.map(({ code }) => code)).toEqual(["cache_unknown", "not_measured"]);
  });

  test.each([
    ["on latency is judged", { e2eMs: 150 }, true, 100],
    ["on latency is missed", { e2eMs: 50 }, false, 0],
    ["on TTFT is not met, however wide", { ttftMs: 10_000 }, null, null],
    ["on TPOT is not met, however wide", { tpotMs: 10_000, e2eMs: 150 }, null, null],
  ])("an objective %s", (_fact, slo, sloMet, goodPercent) => {
    const judged = levelOf(reportOf(slo));
    expect(judged).toMatchObject({ sloMet, goodPercent: { value: goodPercent } });
    if (sloMet === null) {
      expect(judged.goodPercent.reasons).toEqual(["not_streamed"]);
      expect(judged.objectives.find(({ met }) => met === null)?.reasons).toEqual(["not_streamed"]);
    }
  });
});
