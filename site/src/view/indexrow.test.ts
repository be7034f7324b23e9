import { unknown } from "@brimline/core/figure";
import { indexEntry } from "@brimline/core/report/entry";
import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import { indexNotes, indexRows } from "./indexrow.ts";

test("a row of the index says what became of the objective", () => {
  const entry = { ...indexEntry(fixtures.single), simulated: false };
  const pills = (status: typeof entry.status): (string | undefined)[] =>
    indexRows([{ ...entry, status }]).flatMap((row) => row.pills.map(({ text }) => text));
  expect(pills("missed")).toEqual(["objective missed", "valid"]);
  expect(pills(null)).toEqual(["valid"]);
});

test("every empty cell of the index has its reason below it, once", () => {
  const entry = indexEntry(fixtures.single);
  const few = { ...unknown("too_few"), low: 20 };
  expect(
    indexNotes([
      { ...entry, ttftP95Ms: few, tokensPerJ: unknown("no_telemetry") },
      { ...entry, tokensPerJ: unknown("no_telemetry") },
    ]),
  ).toEqual(["≥ TTFT P95: too few requests for this percentile", "— Tokens/J: no agent sent GPU samples"]);
  expect(indexNotes([{ ...entry, outputTokensPerS: null, ttftP95Ms: null, tokensPerJ: null }])).toEqual([
    "— Output, tok/s, — TTFT P95, — Tokens/J: no level was measured",
  ]);
});
