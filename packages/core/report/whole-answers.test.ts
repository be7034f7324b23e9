import { wholeReport } from "@brimline/testkit/whole-answers";
import { describe, expect, test } from "vitest";
import { CATALOGUE, type FigureKey, LEVEL_NAMES } from "./catalogue.ts";
import { figureAt } from "./pick.ts";
import { chartsOf } from "./shown/charts.ts";
import { levelsCsv } from "./shown/csv.ts";
import { headlineLevel } from "./entry.ts";
import type { Level, Report } from "./schema.ts";

const levelOf = (report: Report): Level => {
  const [level] = report.levels;
  if (level === undefined) throw new Error("no level");
  return level;
};

describe("a level of answers in one piece", () => {
  const report = wholeReport();
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
    const judged = levelOf(wholeReport(slo));
    expect(judged).toMatchObject({ sloMet, goodPercent: { value: goodPercent } });
    if (sloMet === null) {
      expect(judged.goodPercent.reasons).toEqual(["not_streamed"]);
      expect(judged.objectives.find(({ met }) => met === null)?.reasons).toEqual(["not_streamed"]);
    }
  });

  test("is judged by its requests", () => {
    expect(report.verdict).toMatchObject({ capacity: { value: 20 }, levelId: "l02" });
    expect(report.verdict.sentence).toBe(
      "20 users gave the most, 200 requests/s; throughput still grew there, so the maximum lies higher.",
    );
    expect(headlineLevel(report)?.id).toBe("l02");
  });

  test("has no chart and no column of output tokens", () => {
    expect(chartsOf(report)).toEqual(["latency", "timeline"]);
    const [header = ""] = levelsCsv(report).split("\r\n");
    expect(header).toContain("requestsPerS");
    expect(header).toContain("e2eMs_p95");
    expect(header).not.toMatch(/ttft|tpot|outputTokensPerS|chunkGap/i);
    expect(Object.keys(report.timeline.columns)).toEqual(["users", "inFlight", "requestsPerS", "failedPerS"]);
  });
});
