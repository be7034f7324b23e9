import { unknown } from "@brimline/core/figure";
import { indexEntry } from "@brimline/core/report/entry";
import { known } from "@brimline/testkit/site/figure";
import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import { indexRows } from "./indexrow.ts";

const entry = { ...indexEntry(fixtures.single), simulated: false };
const rowsOf = (...entries: (typeof entry)[]) =>
  indexRows(entries.map((each) => ({ entry: each, rank: null })));

test.each<[string, Partial<typeof entry>, string[]]>([
  ["nothing where there is nothing to say", {}, []],
  ["what became of the objective", { status: "missed" }, ["missed"]],
  ["the worst alone", { status: "met", validity: "invalid" }, ["invalid"]],
  ["how the job ended before all else", { state: "partial", validity: "invalid" }, ["partial"]],
  ["that it is simulated", { status: "met", simulated: true }, ["met", "simulated"]],
])("a row says %s", (_, changed, pills) =>
  expect(rowsOf({ ...entry, ...changed })[0]?.pills.map(({ text }) => text)).toEqual(pills),
);

test("an invalid report has no bar and does not make those of others shorter", () => {
  const good = { ...entry, outputTokensPerS: known(500, 0) };
  const bad = { ...entry, validity: "invalid" as const, outputTokensPerS: known(50_000, 0) };
  expect(rowsOf(bad, good).map(({ bar }) => bar?.percent ?? null)).toEqual([null, 100]);
});

test("an empty cell says why", () => {
  const few = { ...unknown("too_few"), low: 20 };
  const [row] = rowsOf({ ...entry, ttftP95Ms: few, outputTokensPerS: null });
  expect(row?.ttftP95).toEqual({ text: "≥ 20\u00a0ms", why: "too few requests for this figure" });
  expect(row?.throughput).toEqual({ text: "—", why: "no level was measured" });
});
