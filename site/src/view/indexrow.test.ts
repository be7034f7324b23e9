import { unknown } from "@brimline/core/figure";
import { indexEntry } from "@brimline/core/report/entry";
import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import { indexNotes } from "./indexrow.ts";

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
