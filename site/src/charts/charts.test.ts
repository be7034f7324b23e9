import { Resvg } from "@resvg/resvg-js";
import { expect, test } from "vitest";
import { chartsOf } from "@brimline/core/report/shown/charts";
import type { Report } from "@brimline/core/report/schema";
import { aggregatedReport } from "@brimline/testkit/site/aggregated";
import { fixtures } from "@brimline/testkit/site/reports";
import { chartFiles, pageChart } from "./charts.ts";
import { png } from "./png.ts";

const reports: [string, Report][] = [
  ["of three levels", fixtures.three],
  ["of ten levels", fixtures.sweep],
  ["of one level", fixtures.single],
  ["with unknown levels", fixtures.tooShort],
  ["made by the aggregation", aggregatedReport([4, 16, 64])],
];

/** Reads XML strictly and throws when it is not well-formed. */
const readStrictly = (svg: string): unknown =>
  new Resvg(svg.replace("<svg viewBox", '<svg xmlns="http://www.w3.org/2000/svg" viewBox'), {
    font: { loadSystemFonts: false },
  });

/** All arrays of rows in a specification. */
function rowsIn(value: unknown): unknown[][] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...(key === "values" && Array.isArray(item) ? [item] : []),
    ...rowsIn(item),
  ]);
}

test.each(reports)(
  "charts of the report %s are whole pictures with their own colours, and specifications with their own data",
  async (_, report) => {
    for (const chart of chartsOf(report)) {
      const { svg, spec } = await chartFiles(report, chart);
      const { wide, narrow } = await pageChart(report, chart);
      for (const picture of [svg, wide, narrow]) {
        readStrictly(picture);
        expect(picture).not.toMatch(/NaN|undefined|null|Infinity|could not be drawn|style=/);
      }
      expect(svg).not.toContain("var(--");
      expect(spec).not.toMatch(/"url"|"href"|var\(--/);
      const sizes = rowsIn(JSON.parse(spec)).map((rows) => rows.length);
      expect(Math.max(...sizes)).toBeGreaterThan(0);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
    }
  },
);

test("the names of the hostile report are in no expression and in no tag", async () => {
  const charts = chartsOf(fixtures.hostile);
  expect(charts.length).toBeGreaterThan(5);
  for (const chart of charts) {
    const { svg, spec } = await chartFiles(fixtures.hostile, chart);
    expect(svg).not.toMatch(/<img|<\/script|<[^>]*onload=/);
    expect(svg).toContain("&lt;/script&gt;");
    expect(spec).not.toMatch(/"(?:expr|signal|calculate|filter)"[^,}]*(?:script|img)/);
  }
});

test("a second rendering gives the same bytes", async () => {
  for (const chart of ["timeline", "comprehensive_benchmark"] as const)
    expect(await chartFiles(fixtures.three, chart)).toEqual(await chartFiles(fixtures.three, chart));
});

test("a chart that cannot be drawn says so in its place", async () => {
  const broken: Report = {
    ...fixtures.three,
    get saturation(): Report["saturation"] {
      throw new Error("broken");
    },
  };
  expect((await pageChart(broken, "saturation")).wide).toContain("could not be drawn");
  expect((await pageChart(broken, "throughput")).wide).not.toContain("could not be drawn");
});

test("an infinite number never reaches a picture", async () => {
  const [warmup, first, ...rest] = fixtures.three.levels;
  if (warmup === undefined || first === undefined) throw new Error("no level");
  const broken = {
    ...fixtures.three,
    levels: [warmup, { ...first, outputTokensPerS: { ...first.outputTokensPerS, value: Infinity } }, ...rest],
  };
  expect((await pageChart(broken, "throughput")).wide).toContain("could not be drawn");
});

test("a picture is a PNG of 1,800 px with more than one colour in it", async () => {
  const bytes = Buffer.from(png((await chartFiles(fixtures.three, "comprehensive_benchmark")).svg));
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20) > 1000]).toEqual([1800, true]);
  // Text is drawn with our own font. Without the font the picture would be smaller.
  expect(bytes.length).toBeGreaterThan(80_000);
});
