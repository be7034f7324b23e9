import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SAMPLE_COLUMNS } from "./sample.ts";
import { parseSegment, telemetryOf } from "./segment.ts";

const GPU = { index: 0, uuid: "GPU-aaaa", name: "NVIDIA A40", driver: "550.54", limitW: 300 };
const HEADER = {
  schema: "brimline.sample/1",
  agent: "agent-1",
  boot: "b1",
  host: "gpu-host",
  gpus: [GPU],
  columns: [...SAMPLE_COLUMNS],
  probes: [],
};
const GOOD = "[1000,0,250.5,null,97,40123,1740,7251,64,4]";
const segmentOf = (lines: string[], header: object = HEADER): string =>
  [JSON.stringify(header), ...lines, ""].join("\n");

describe("a line of a segment", () => {
  test("is one reading in the order of the columns, null where it could not be read", () => {
    expect(parseSegment(segmentOf([GOOD])).samples).toEqual([
      {
        monotonicMs: 1000,
        gpu: 0,
        powerW: 250.5,
        energyJ: null,
        utilPercent: 97,
        memoryMiB: 40123,
        smMHz: 1740,
        memMHz: 7251,
        tempC: 64,
        throttle: 4,
      },
    ]);
  });

  test.each([
    ["not JSON", "junk", "bad_json"],
    ["NaN", "[1000,0,NaN,null,97,1,1,1,1,1]", "bad_json"],
    ["half a line", GOOD.slice(0, -4), "bad_json"],
    ["an object", '{"gpu":0}', "not_an_array"],
    ["null", "null", "not_an_array"],
    ["a value short", "[1000,0,250.5,null,97,40123,1740,7251,64]", "wrong_length"],
    ["a value too many", "[1000,0,250.5,null,97,40123,1740,7251,64,4,1]", "wrong_length"],
    ["a number as text", '[1000,0,"250",null,97,1,1,1,1,1]', "not_a_number"],
    ["a number in a list", "[1000,0,[1],null,97,1,1,1,1,1]", "not_a_number"],
    ["true", "[1000,0,true,null,97,1,1,1,1,1]", "not_a_number"],
    ["infinite power", "[1000,0,1e999,null,97,1,1,1,1,1]", "out_of_range"],
    ["negative power", "[1000,0,-1,null,97,1,1,1,1,1]", "out_of_range"],
    ["101 % used", "[1000,0,250,null,101,1,1,1,1,1]", "out_of_range"],
    ["a time before the start", "[-1,0,250,null,97,1,1,1,1,1]", "out_of_range"],
    ["half a GPU", "[1000,1.5,250,null,97,1,1,1,1,1]", "not_whole"],
    ["no time", "[null,0,250,null,97,1,1,1,1,1]", "missing"],
    ["no GPU", "[1000,null,250,null,97,1,1,1,1,1]", "missing"],
    ["a GPU that the header does not list", "[1000,7,250,null,97,1,1,1,1,1]", "unknown_gpu"],
    ["20,000 characters", `[1000,0,${" ".repeat(20_000)}1,null,97,1,1,1,1,1]`, "line_too_long"],
  ])("%s is refused and counted, and its neighbours stand", (_, line, reason) => {
    const { samples, rejected } = parseSegment(segmentOf([GOOD, line, GOOD]));
    expect(samples).toHaveLength(2);
    expect(rejected).toEqual({ [reason]: 1 });
  });

  test("a column that this version does not know is skipped, and one that is missing is null", () => {
    const columns = ["monotonicMs", "gpu", "fanPercent", "powerW"];
    const { samples } = parseSegment(segmentOf(['[1000,0,"fast",250]'], { ...HEADER, columns }));
    expect(samples).toMatchObject([{ powerW: 250, utilPercent: null, tempC: null }]);
  });

  test("power that is a trailing mean says so on every reading", () => {
    expect(
      parseSegment(segmentOf([GOOD], { ...HEADER, gpus: [{ ...GPU, powerMeanMs: 1000 }] })).samples,
    ).toMatchObject([{ powerMeanMs: 1000 }]);
  });
});

test.each([
  ["an empty segment", ""],
  ["a header of another schema", segmentOf([GOOD], { ...HEADER, schema: "brimline.sample/2" })],
  ["columns in another order", segmentOf([GOOD], { ...HEADER, columns: ["gpu", "monotonicMs"] })],
  ["a column twice", segmentOf([GOOD], { ...HEADER, columns: ["monotonicMs", "gpu", "powerW", "powerW"] })],
  ["two GPUs under one index", segmentOf([GOOD], { ...HEADER, gpus: [GPU, GPU] })],
  ["a boot with a slash", segmentOf([GOOD], { ...HEADER, boot: "../x" })],
])("%s gives no samples and is counted", (_, text) =>
  expect(parseSegment(text)).toEqual({ header: null, samples: [], rejected: { bad_header: 1 } }),
);

describe("many segments", () => {
  const row = (monotonicMs: number, gpu = 0, powerW = 100): string =>
    `[${monotonicMs},${gpu},${powerW},null,50,1,1,1,40,0]`;
  const probesAt = (offsetMs: number): number[][] => [[10, offsetMs + 15, offsetMs + 15, 20]];
  const first = segmentOf([row(1000), row(1100)], { ...HEADER, probes: probesAt(5_000_000) });
  const second = segmentOf([row(1200), row(1300)], HEADER);
  const reboot = segmentOf([row(1000), row(1100)], { ...HEADER, boot: "b2", probes: probesAt(9_000_000) });

  test("probes of any segment of a boot place all of its samples; the next boot has a clock of its own", () => {
    const { samples, clockErrorMs } = telemetryOf([first, second, reboot].map(parseSegment));
    expect(samples.map((sample) => sample.unixMs)).toEqual([
      5_001_000, 5_001_100, 5_001_200, 5_001_300, 9_001_000, 9_001_100,
    ]);
    // It is half of the 10 ms there and back, and the whole millisecond of the server's stamps.
    expect(clockErrorMs).toBe(6);
  });

  test("without a probe the agent's own clock places the samples, and its error is unknown", () => {
    const { samples, clockErrorMs } = telemetryOf([
      parseSegment(segmentOf([row(1000)], { ...HEADER, startedUnixMs: 7_000_000 })),
    ]);
    expect(samples[0]?.unixMs).toBe(7_001_000);
    expect(clockErrorMs).toBeNull();
  });

  test("samples that no clock can place are refused and counted", () => {
    expect(telemetryOf([parseSegment(second)])).toMatchObject({
      samples: [],
      clockErrorMs: null,
      rejected: { no_clock: 2 },
    });
  });

  test("GPUs of two hosts get numbers of their own", () => {
    const other = {
      ...HEADER,
      agent: "agent-2",
      host: "other-host",
      gpus: [{ ...GPU, uuid: "GPU-bbbb" }],
      probes: probesAt(5_000_000),
    };
    const { gpus, samples } = telemetryOf([parseSegment(segmentOf([row(1050)], other)), parseSegment(first)]);
    expect(gpus.map((gpu) => [gpu.index, gpu.uuid])).toEqual([
      [0, "GPU-aaaa"],
      [1, "GPU-bbbb"],
    ]);
    expect(samples.map((sample) => sample.gpu)).toEqual([0, 1, 0]);
  });

  test("GPUs of one host are numbered in the order of their indices", () => {
    const gpus = [10, 2].map((index) => ({ ...GPU, index, uuid: `GPU-${index}` }));
    const { gpus: numbered, samples } = telemetryOf([
      parseSegment(
        segmentOf([row(1000, 10), row(1100, 2)], { ...HEADER, gpus, probes: probesAt(5_000_000) }),
      ),
    ]);
    expect(numbered.map((gpu) => gpu.uuid)).toEqual(["GPU-2", "GPU-10"]);
    expect(samples.map((sample) => sample.gpu)).toEqual([1, 0]);
  });

  test("a GPU whose index changed with a reboot is still the same", () => {
    const moved = segmentOf([row(1000, 3)], {
      ...HEADER,
      boot: "b2",
      gpus: [{ ...GPU, index: 3 }],
      probes: probesAt(9_000_000),
    });
    const { gpus, samples } = telemetryOf([first, moved].map(parseSegment));
    expect(gpus).toHaveLength(1);
    expect(new Set(samples.map((sample) => sample.gpu))).toEqual(new Set([0]));
  });

  test("a segment with a broken header is counted and left out", () => {
    expect(telemetryOf([parseSegment("junk"), parseSegment(first)])).toMatchObject({
      samples: [{}, {}],
      rejected: { bad_header: 1 },
    });
  });

  test("segments and lines in any order, some of them twice, give the identical result", () => {
    const rows = Array.from({ length: 12 }, (_, index) => row(1000 + 100 * index, 0, 100 + index));
    const headers = [
      { ...HEADER, probes: probesAt(5_000_000) },
      { ...HEADER, probes: [[30_010, 5_030_016, 5_030_016, 30_022]] },
      { ...HEADER, boot: "b2", probes: probesAt(5_003_000) },
    ];
    const whole = headers.map((header) => segmentOf(rows, header));
    const expected = telemetryOf(whole.map(parseSegment));
    expect(expected.samples).toHaveLength(24);
    const shuffledRows = fc
      .shuffledSubarray(rows, { minLength: rows.length })
      .chain((all) => fc.tuple(fc.constant(all), fc.subarray(rows)));
    const segment = fc
      .tuple(shuffledRows, shuffledRows, shuffledRows)
      .map((each) => each.map(([all, again], index) => segmentOf([...all, ...again], headers[index])));
    fc.assert(
      fc.property(
        segment,
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        fc.subarray([0, 1, 2]),
        (segments, order, again) => {
          expect(
            telemetryOf([...order, ...again].map((index) => parseSegment(segments[index] ?? ""))),
          ).toEqual(expected);
        },
      ),
    );
  });

  const eitherOrder = (a: string, b: string) => [
    telemetryOf([a, b].map(parseSegment)),
    telemetryOf([b, a].map(parseSegment)),
  ];
  const placed = { ...HEADER, probes: probesAt(5_000_000) };

  test.each([
    [
      "two contradicting readings of one moment",
      segmentOf([row(1000, 0, 100)], placed),
      segmentOf([row(1000, 0, 200)], placed),
    ],
    [
      "two agents that read one GPU in the same moment",
      segmentOf([row(1000, 0, 100)], placed),
      segmentOf([row(1000, 0, 200)], { ...placed, agent: "agent-2" }),
    ],
    [
      "a driver that changed with a reboot",
      first,
      segmentOf([row(1000)], { ...placed, boot: "b2", gpus: [{ ...GPU, driver: "560.1" }] }),
    ],
  ])("%s: the result does not depend on the order of the segments", (_, a, b) => {
    const [one, other] = eitherOrder(a, b);
    expect(one).toEqual(other);
  });

  test("any text at all is read without an error", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((line) => segmentOf([line])),
        ),
        (text) => void telemetryOf([parseSegment(text)]),
      ),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
