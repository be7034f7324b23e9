import { expect, test } from "vitest";
import { aggregate } from "../aggregate.ts";
import { levelsCsv } from "./csv.ts";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "@brimline/testkit/synthetic";

const level = syntheticLevel({
  id: "l01",
  users: 10,
  ttftMs: 200,
  gapMs: 20,
  outputTokens: 40,
  durationS: 60,
  t0UnixMs: CREATED_UNIX_MS,
});
const report = aggregate(syntheticJob([level, { ...level, plan: { ...level.plan, id: "l02" } }]));
const lines = levelsCsv(report).split("\r\n");
const header = lines[0]?.split(",") ?? [];
const cell = (name: string): string | undefined => lines[1]?.split(",")[header.indexOf(name)];

test("there is a line for the names and one for each level", () => {
  expect(lines).toHaveLength(4);
  expect(lines[3]).toBe("");
  expect(new Set(lines.slice(0, 3).map((line) => line.split(",").length)).size).toBe(1);
  expect(new Set(header).size).toBe(header.length);
});

test("figures stand with their low and high", () => {
  expect(cell("users")).toBe("10");
  expect(Number(cell("outputTokensPerS"))).toBe(report.levels[0]?.outputTokensPerS.value);
  expect(Number(cell("outputTokensPerSLow"))).toBe(report.levels[0]?.outputTokensPerS.low);
  expect(Number(cell("ttftMs_p95"))).toBeCloseTo(200, 6);
});

test("what is unknown is empty, not 0", () => {
  expect(cell("ttftMs_p999")).toBe("");
  expect(cell("joulePerOutputToken")).toBe("");
});

test.each(["=HYPERLINK(1)", "+1", "-1", "@x"])("a text that a spreadsheet would run is quoted: %s", (id) => {
  const [first] = report.levels;
  const hostile = levelsCsv({ ...report, levels: first === undefined ? [] : [{ ...first, id }] });
  expect(hostile.split("\r\n")[1]).toMatch(new RegExp(`^'\\${id.charAt(0)}`));
});

test("commas and quotes stay in their cell", () => {
  const [first] = report.levels;
  expect(levelsCsv({ ...report, levels: first === undefined ? [] : [{ ...first, id: 'a,"b' }] })).toContain(
    '\r\n"a,""b",',
  );
});

test("a report without levels has a header only", () =>
  expect(levelsCsv({ ...report, levels: [] })).toBe("id\r\n"));
