import { describe, expect, test } from "vitest";
import { parseSegment } from "./segment.ts";

const GPU = { index: 0, id: "GPU-aaaa", name: "NVIDIA A40", facts: { driver: "550.54", limitW: 300 } };
const HEADER = {
  schema: "brimline.sample/1",
  source: "gpu",
  writer: "agent-1",
  boot: "b1",
  host: "gpu-host",
  identities: [GPU],
  columns: [
    { name: "powerW", unit: "W" },
    { name: "energyJ", unit: "J" },
    { name: "utilPercent", unit: "%" },
    { name: "throttle", unit: "1" },
  ],
  probes: [],
};
const GOOD = "[1000,0,250.5,null,97,4]";
const segmentOf = (lines: string[], header: object = HEADER): string =>
  [JSON.stringify(header), ...lines, ""].join("\n");

describe("a line of a segment", () => {
  test("is one reading in the order of the columns, null where it could not be read", () => {
    expect(parseSegment(segmentOf([GOOD])).readings).toEqual([
      { monotonicMs: 1000, identity: 0, values: [250.5, null, 97, 4] },
    ]);
  });

  test.each([
    ["not JSON", "junk", "bad_json"],
    ["NaN", "[1000,0,NaN,null,97,1]", "bad_json"],
    ["half a line", GOOD.slice(0, -4), "bad_json"],
    ["an object", '{"gpu":0}', "not_an_array"],
    ["null", "null", "not_an_array"],
    ["a value short", "[1000,0,250.5,null,97]", "wrong_length"],
    ["a value too many", "[1000,0,250.5,null,97,4,1]", "wrong_length"],
    ["a number as text", '[1000,0,"250",null,97,1]', "not_a_number"],
    ["a number in a list", "[1000,0,[1],null,97,1]", "not_a_number"],
    ["true", "[1000,0,true,null,97,1]", "not_a_number"],
    ["infinite power", "[1000,0,1e999,null,97,1]", "out_of_range"],
    ["negative power", "[1000,0,-1,null,97,1]", "out_of_range"],
    ["101 % used", "[1000,0,250,null,101,1]", "out_of_range"],
    ["a time before the start", "[-1,0,250,null,97,1]", "out_of_range"],
    ["half a GPU", "[1000,1.5,250,null,97,1]", "not_whole"],
    ["half a bit mask", "[1000,0,250,null,97,1.5]", "not_whole"],
    ["no time", "[null,0,250,null,97,1]", "missing"],
    ["no GPU", "[1000,null,250,null,97,1]", "missing"],
    ["a GPU that the header does not list", "[1000,7,250,null,97,1]", "unknown_identity"],
    ["20,000 characters", `[1000,0,${" ".repeat(20_000)}1,null,97,1]`, "line_too_long"],
  ])("%s is refused and counted, and its neighbours stand", (_, line, reason) => {
    const { readings, rejected } = parseSegment(segmentOf([GOOD, line, GOOD]));
    expect(readings).toHaveLength(2);
    expect(rejected).toEqual({ [reason]: 1 });
  });

  test.each([
    ["a column that this version does not know", "gpu", { name: "fanPercent", unit: "%" }],
    ["a column with the name of what every object has", "gpu", { name: "constructor", unit: "1" }],
    ["a server's metric", "server", { name: "vllm:num_requests_waiting", unit: "{request}" }],
    ["a host's", "host", { name: "load", unit: "1" }],
  ])("%s may hold any number, but no infinite one", (_, source, column) => {
    const { readings, rejected } = parseSegment(
      segmentOf(["[1,0,-1e300]", "[2,0,1e999]"], { ...HEADER, source, columns: [column] }),
    );
    expect(readings).toEqual([{ monotonicMs: 1, identity: 0, values: [-1e300] }]);
    expect(rejected).toEqual({ out_of_range: 1 });
  });
});

const columns = (...names: string[]): object => ({ columns: names.map((name) => ({ name, unit: "W" })) });

test.each([
  ["an empty segment", ""],
  ["a header of another schema", segmentOf([GOOD], { ...HEADER, schema: "brimline.sample/2" })],
  ["a source that is none", segmentOf([GOOD], { ...HEADER, source: "disk" })],
  ["a column twice", segmentOf([GOOD], { ...HEADER, ...columns("powerW", "powerW") })],
  ["a column that is no name", segmentOf([GOOD], { ...HEADER, ...columns("__proto__") })],
  [
    "a known column in another unit",
    segmentOf([GOOD], { ...HEADER, columns: [{ name: "powerW", unit: "mW" }] }),
  ],
  ["two GPUs under one index", segmentOf([GOOD], { ...HEADER, identities: [GPU, GPU] })],
  [
    "a fact without a proper name",
    segmentOf([GOOD], { ...HEADER, identities: [{ ...GPU, facts: { "power limit": 300 } }] }),
  ],
  ["a boot with a slash", segmentOf([GOOD], { ...HEADER, boot: "../x" })],
  ["a writer with a slash", segmentOf([GOOD], { ...HEADER, writer: "../x" })],
])("%s gives no readings and is counted", (_, text) =>
  expect(parseSegment(text)).toEqual({ header: null, readings: [], rejected: { bad_header: 1 } }),
);
