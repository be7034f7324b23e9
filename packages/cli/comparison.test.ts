import type { Comparison, GateFigure } from "@brimline/core/compare/schema";
import type { Figure } from "@brimline/core/figure";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gateTable, markdown, tell } from "./comparison.ts";
import { junit } from "./junit.ts";

const figure = (value: number): Figure => ({
  value,
  low: value - 10,
  high: value + 10,
  n: 100,
  nEff: null,
  method: "batch_means",
  validity: "valid",
  reasons: [],
});
const gate = (verdict: GateFigure["verdict"], more: Partial<GateFigure> = {}): GateFigure => ({
  load: { kind: "concurrency", users: 8 },
  levels: { a: "l01", b: "l01" },
  figure: "ttftMs.p95",
  a: figure(300),
  b: figure(345),
  pairing: "twins",
  unit: "percent",
  change: { value: 15, low: 12, high: 18 },
  smallest: 4,
  reasons: [],
  verdict,
  p: 0.001,
  ...more,
});
const side = (id: string): Comparison["a"] => ({
  id,
  name: `<${id}> & "co"`,
  createdAt: "2026-11-30T00:00:00.000Z",
  model: "m",
  tags: [],
});
const comparison = (verdict: Comparison["verdict"], ...figures: GateFigure[]): Comparison => ({
  schema: "brimline.comparison/1",
  a: side("first"),
  b: side("second"),
  marginPercent: 3,
  verdict,
  sentence: "Worse: a | b.",
  next: "Run longer.",
  differs: [],
  whyIndependent: null,
  gate: figures,
  detail: [],
});
const PAGE = { shown: "http://h/c/second/", url: "http://h/c/second/" };
const WORSE = comparison(
  "worse",
  gate("worse"),
  gate("inconclusive", { change: null, smallest: null }),
  gate("same"),
);

test("as Markdown has a row for each figure with both intervals, and no text of a job breaks it", () => {
  const text = markdown(WORSE, PAGE.url);
  expect(text).toContain(
    "| 8 users | TTFT p95, ms | 300 \\(290 – 310\\) | 345 \\(335 – 355\\) | \\+15 % | \\+12 to \\+18 | worse | 4 % |",
  );
  expect(text).toContain("**Worse: a \\| b.**");
  expect(text).toContain("\\<second\\>");
  expect(text.match(/^\|/gm)).toHaveLength(5);
  expect(text).toContain("[comparison](http://h/c/second/)");
  expect(markdown(WORSE, null)).not.toContain("[comparison]");
});

test.each([
  [
    130,
    "load     figure        before           after            change  95 %        verdict       found from",
  ],
  [100, "load     figure        before  after  change  95 %        verdict       found from"],
  [80, "load     figure        before  after  change  95 %        verdict"],
  [70, "load     figure        change  95 %        verdict"],
  [60, "load     figure        change  95 %        verdict"],
  [50, "load     figure        change  verdict"],
  [20, "load     figure        change  verdict"],
])("in a terminal of %d columns leaves out what does not fit", async (columns, head) => {
  const lines = await gateTable(WORSE.gate, columns);
  expect(lines[0]).toBe(`  ${head}`);
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toMatch(/ {2}same/);
});

test("as JUnit's XML fails what got worse, skips what is not known, and escapes texts", () => {
  const xml = junit(WORSE, PAGE.url);
  expect(xml).toContain('tests="3" failures="1" errors="0" skipped="1"');
  expect(xml).toContain('<failure message="worse: 15 percent">Worse: a | b.</failure>');
  expect(xml).toContain('<skipped message="inconclusive: not known">');
  expect(xml).toContain("&lt;second&gt; &amp; &quot;co&quot; beside first");
  expect(xml).toContain('<property name="page" value="http://h/c/second/"/>');
  expect(junit(WORSE, null)).not.toContain("<propert");
});

test.each([
  ["same", 0],
  ["better", 0],
  ["worse", 1],
  ["inconclusive", 3],
] as const)("%s exits with %d", async (verdict, code) => {
  const none = { junit: undefined, summary: undefined, page: null };
  expect(await tell(comparison(verdict, gate(verdict)), { format: "none", ...none })).toBe(code);
});

test("is written where a build reads it, and added to the summary of a step", async () => {
  const folder = await mkdtemp(join(tmpdir(), "brimline-comparison-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [xml, summary] = [join(folder, "junit.xml"), join(folder, "summary.md")];
  await tell(WORSE, { format: "none", junit: xml, summary, page: PAGE });
  await tell(WORSE, { format: "none", junit: undefined, summary, page: PAGE });
  expect(await readFile(xml, "utf8")).toBe(junit(WORSE, PAGE.url));
  expect(await readFile(summary, "utf8")).toBe(`${markdown(WORSE, PAGE.url)}\n`.repeat(2));
  await expect(
    tell(WORSE, { format: "none", junit: join(folder, "none/j.xml"), summary: undefined, page: null }),
  ).rejects.toThrow(/cannot write .* \(ENOENT\)/);
});
