import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gpuTelemetry } from "./gpu-sample.ts";
import { parseSegment } from "./segment.ts";
import { telemetryOf } from "./telemetry.ts";

const GPU = { index: 0, id: "GPU-aaaa", name: "NVIDIA A40", facts: { driver: "550.54", limitW: 300 } };
const HEADER = {
  schema: "brimline.sample/1",
  source: "gpu",
  writer: "agent-1",
  boot: "b1",
  host: "gpu-host",
  identities: [GPU],
  columns: [{ name: "powerW", unit: "W" }],
  probes: [],
};
const joined = (...texts: string[]) => telemetryOf(texts.map(parseSegment));
const gpusIn = (...texts: string[]) => gpuTelemetry(joined(...texts));
const segmentOf = (lines: string[], header: object = HEADER): string =>
  [JSON.stringify(header), ...lines, ""].join("\n");

describe("many segments", () => {
  const row = (monotonicMs: number, gpu = 0, powerW = 100): string => `[${monotonicMs},${gpu},${powerW}]`;
  const probesAt = (offsetMs: number): number[][] => [[10, offsetMs + 15, offsetMs + 15, 20]];
  const first = segmentOf([row(1000), row(1100)], { ...HEADER, probes: probesAt(5_000_000) });
  const second = segmentOf([row(1200), row(1300)], HEADER);
  const reboot = segmentOf([row(1000), row(1100)], { ...HEADER, boot: "b2", probes: probesAt(9_000_000) });

  test("probes of any segment of a boot place all of its samples; the next boot has a clock of its own", () => {
    const { samples, clockErrorMs } = gpusIn(first, second, reboot);
    expect(samples.map((sample) => sample.unixMs)).toEqual([
      5_001_000, 5_001_100, 5_001_200, 5_001_300, 9_001_000, 9_001_100,
    ]);
    // It is half of the 10 ms there and back, and the whole millisecond of the server's stamps.
    expect(clockErrorMs).toBe(6);
  });

  test("without a probe the writer's own clock places the samples, and its error is unknown", () => {
    const { samples, clockErrorMs } = gpusIn(segmentOf([row(1000)], { ...HEADER, startedUnixMs: 7_000_000 }));
    expect(samples[0]?.unixMs).toBe(7_001_000);
    expect(clockErrorMs).toBeNull();
  });

  test("samples that no clock can place are refused and counted", () => {
    expect(joined(second)).toMatchObject({
      series: { gpu: { samples: [], clockErrorMs: null } },
      rejected: { no_clock: 2 },
    });
  });

  test("GPUs of two hosts get numbers of their own", () => {
    const other = {
      ...HEADER,
      writer: "agent-2",
      host: "other-host",
      identities: [{ ...GPU, id: "GPU-bbbb" }],
      probes: probesAt(5_000_000),
    };
    const { gpus, samples } = gpusIn(segmentOf([row(1050)], other), first);
    expect(gpus.map((gpu) => [gpu.index, gpu.uuid])).toEqual([
      [0, "GPU-aaaa"],
      [1, "GPU-bbbb"],
    ]);
    expect(samples.map((sample) => sample.gpu)).toEqual([0, 1, 0]);
  });

  test("GPUs of one host are numbered in the order of their indices", () => {
    const identities = [10, 2].map((index) => ({ ...GPU, index, id: `GPU-${index}` }));
    const { gpus: numbered, samples } = gpusIn(
      segmentOf([row(1000, 10), row(1100, 2)], { ...HEADER, identities, probes: probesAt(5_000_000) }),
    );
    expect(numbered.map((gpu) => gpu.uuid)).toEqual(["GPU-2", "GPU-10"]);
    expect(samples.map((sample) => sample.gpu)).toEqual([1, 0]);
  });

  test("a GPU whose index changed with a reboot is still the same", () => {
    const moved = segmentOf([row(1000, 3)], {
      ...HEADER,
      boot: "b2",
      identities: [{ ...GPU, index: 3 }],
      probes: probesAt(9_000_000),
    });
    const { gpus, samples } = gpusIn(first, moved);
    expect(gpus).toHaveLength(1);
    expect(new Set(samples.map((sample) => sample.gpu))).toEqual(new Set([0]));
  });

  test("each source is a series of its own, and all that one boot wrote has one clock", () => {
    const server = segmentOf(["[1050,4,3]"], {
      ...HEADER,
      source: "server",
      identities: [{ index: 4, id: "http://127.0.0.1:8000", name: "vLLM", facts: {} }],
      columns: [{ name: "waiting", unit: "{request}" }],
    });
    const { series } = joined(first, server);
    expect(series.gpu?.samples).toHaveLength(2);
    expect(series.server).toEqual({
      identities: [{ index: 0, id: "http://127.0.0.1:8000", name: "vLLM", facts: {} }],
      samples: [{ unixMs: 5_001_050, identity: 0, values: { waiting: 3 } }],
      clockErrorMs: 6,
    });
    expect(gpusIn(server)).toEqual({ gpus: [], samples: [], clockErrorMs: null });
  });

  test("a GPU's sample has a null for each column that its segment did not have, and says whether its power is a mean", () => {
    const mean = segmentOf(["[1200,0,90,1000]", "[1300,0,91,0]"], {
      ...HEADER,
      columns: [...HEADER.columns, { name: "powerMeanMs", unit: "ms" }],
    });
    const { gpus, samples } = gpusIn(first, mean);
    expect(gpus).toEqual([{ index: 0, uuid: "GPU-aaaa", name: "NVIDIA A40", driver: "550.54", limitW: 300 }]);
    expect(samples[0]).toEqual({
      unixMs: 5_001_000,
      gpu: 0,
      powerW: 100,
      energyJ: null,
      utilPercent: null,
      memoryMiB: null,
      smMHz: null,
      memMHz: null,
      tempC: null,
      throttle: null,
    });
    expect(samples.map(({ powerMeanMs }) => powerMeanMs)).toEqual([undefined, undefined, 1000, undefined]);
  });

  test("a segment with a broken header is counted and left out", () => {
    expect(joined("junk", first)).toMatchObject({
      series: { gpu: { samples: [{}, {}] } },
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
    const expected = joined(...whole);
    expect(expected.series.gpu?.samples).toHaveLength(24);
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
          expect(joined(...[...order, ...again].map((index) => segments[index] ?? ""))).toEqual(expected);
        },
      ),
    );
  });

  const eitherOrder = (a: string, b: string) => [joined(a, b), joined(b, a)];
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
      segmentOf([row(1000, 0, 200)], { ...placed, writer: "agent-2" }),
    ],
    [
      "a driver that changed with a reboot",
      first,
      segmentOf([row(1000)], { ...placed, boot: "b2", identities: [{ ...GPU, facts: { driver: "560.1" } }] }),
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
        (text) => void joined(text),
      ),
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
