import { aggregate } from "./aggregate.ts";
import { NAMES, SHOWN } from "./catalogue.ts";
import { levelsCsv } from "./shown/csv.ts";
import { inSentence, named, sloText, valueText } from "./names.ts";
import { figureAt, valueOf } from "./pick.ts";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";
import { describe, expect, test } from "vitest";

const measured = syntheticLevel({
  id: "l01",
  users: 10,
  ttftMs: 200,
  gapMs: 20,
  outputTokens: 40,
  durationS: 60,
  t0UnixMs: CREATED_UNIX_MS,
});
const report = aggregate(syntheticJob([measured]));
const [level] = report.levels;
if (level === undefined) throw new Error("no level");

test.each(NAMES)("a level has %s, and the CSV has a column of it", (name) => {
  expect("value" in valueOf(level, name) || "p95" in valueOf(level, name)).toBe(true);
  const [header = ""] = levelsCsv(report).split("\r\n");
  expect(header.split(",").filter((column) => column === name || column === `${name}_p95`)).toHaveLength(1);
});

test.each(Object.entries(SHOWN))("nothing stands twice in the %s", (_, keys) =>
  expect(new Set(keys).size).toBe(keys.length),
);

describe("a figure is picked by its key", () => {
  test("as a field of the level", () =>
    expect(figureAt(level, "outputTokensPerS")).toBe(level.outputTokensPerS));
  test("as a statistic of a spread", () => expect(figureAt(level, "ttftMs.p95")).toBe(level.ttftMs.p95));
  test("as a field of the GPU", () => {
    const gpu = { powerW: level.requestsPerS } as NonNullable<typeof level.gpu>;
    expect(figureAt({ ...level, gpu }, "powerW")).toBe(level.requestsPerS);
  });
  test("and is unknown with a reason if no agent sent samples", () =>
    expect(figureAt(level, "powerW")).toMatchObject({ value: null, reasons: ["no_telemetry"] }));
});

describe("the words of a figure", () => {
  test("a heading adds the unit, unless the name says it", () =>
    expect([named("outputTokensPerS").headUnit, named("tokensPerJ").headUnit]).toEqual(["tok/s", ""]));
  test("the label stands for names that are not given", () =>
    expect(named("mfuPercent")).toMatchObject({ label: "MFU", shortLabel: "MFU", headline: "MFU" }));
  test("a sentence has names in lower case, apart from abbreviations", () =>
    expect([inSentence("Throughput"), inSentence("MFU"), inSentence("$ per M output tokens")]).toEqual([
      "throughput",
      "MFU",
      "$ per M output tokens",
    ]));
  test("a sentence spells tokens out", () =>
    expect([valueText("outputTokensPerS", 1424.3), valueText("mfuPercent", 15.58)]).toEqual([
      "1,424 tokens/s",
      "15.6 %",
    ]));
  test("objectives are named by their columns", () =>
    expect(sloText({ ttftMs: 500, e2eMs: 2000, percentile: 95 })).toBe(
      "TTFT p95 ≤ 500 ms and E2E p95 ≤ 2,000 ms",
    ));
});
