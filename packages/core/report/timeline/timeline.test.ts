import { expect, test } from "vitest";
import type { GpuSample } from "../../record/telemetry/gpu-sample.ts";
import { collectChunks } from "../../metric/chunk/chunk.ts";
import { runsOf } from "../level.ts";
import type { Report } from "../schema.ts";
import {
  CREATED_AT,
  CREATED_UNIX_MS,
  type KnownLevel,
  levelInput,
  syntheticLevel,
} from "@brimline/testkit/synthetic";
import { createTimeline } from "./timeline.ts";

const level = (changes: Partial<Parameters<typeof syntheticLevel>[0]> = {}): KnownLevel =>
  syntheticLevel({
    id: "l01",
    users: 10,
    ttftMs: 200,
    gapMs: 20,
    outputTokens: 40,
    durationS: 20,
    t0UnixMs: CREATED_UNIX_MS + 10_000,
    ...changes,
  });

function timeline(levels: KnownLevel[], samples: GpuSample[] | null = null): Report["timeline"] {
  const runs = runsOf(levels.map(levelInput), { largestWarmupE2eMs: null }).map(({ input, run }) => ({
    users: input.plan.load.kind === "concurrency" ? input.plan.load.users : null,
    run,
  }));
  const telemetry = samples === null ? null : { gpus: [], samples, clockErrorMs: 1 };
  const idle = { startUnixMs: CREATED_UNIX_MS + 4000, endUnixMs: CREATED_UNIX_MS + 9000 };
  const made = createTimeline(runs, {
    createdAt: CREATED_AT,
    idle,
    telemetry,
    host: null,
    served: [],
    streams: true,
  });
  collectChunks(
    runs.map(({ run }) => run),
    [made],
  );
  return made.timeline();
}

const sample = (atS: number, gpu: number, powerW: number | null): GpuSample => ({
  unixMs: CREATED_UNIX_MS + 1000 * atS,
  gpu,
  powerW,
  energyJ: null,
  utilPercent: 50,
  memoryMiB: 1000,
  smMHz: 1500,
  memMHz: null,
  tempC: 40 + gpu,
  throttle: null,
});

test("there is a row for each second from the first level on", () => {
  const { startS, stepS, columns } = timeline([level()]);
  expect({ startS, stepS }).toEqual({ startS: 10, stepS: 1 });
  expect(columns["outputTokensPerS"]?.slice(5, 20).every((rate) => Math.abs((rate ?? 0) - 408) < 25)).toBe(
    true,
  );
  expect(columns["inFlight"]?.[10]).toBeCloseTo(10, 6);
  expect(columns["users"]?.[10]).toBe(10);
  expect(columns["ttftMs"]?.[10]).toBeCloseTo(200, 6);
  expect(
    columns["requestsPerS"]?.slice(5, 15).reduce<number>((sum, rate) => sum + (rate ?? 0), 0),
  ).toBeCloseTo(102, -1);
  expect(columns["failedPerS"]?.every((rate) => rate === 0)).toBe(true);
  expect(columns).not.toHaveProperty("powerW");
});

test("no token is lost between the rows", () => {
  const one = level();
  const sent = one.shards[0]?.records.reduce((sum, record) => sum + (record.tokens.output ?? 0), 0);
  expect(
    timeline([one]).columns["outputTokensPerS"]?.reduce<number>((sum, rate) => sum + (rate ?? 0), 0),
  ).toBeCloseTo(sent ?? 0, 3);
});

test("between levels nothing is in flight, and there is no TTFT", () => {
  const { columns } = timeline([level(), level({ id: "l02", t0UnixMs: CREATED_UNIX_MS + 50_000 })]);
  expect(columns["inFlight"]?.slice(25, 39)).toEqual(Array.from({ length: 14 }, () => 0));
  expect(columns["users"]?.slice(25, 39)).toEqual(Array.from({ length: 14 }, () => 0));
  expect(columns["ttftMs"]?.slice(25, 39)).toEqual(Array.from({ length: 14 }, () => null));
});

test("with telemetry it begins at the idle time: power is the sum over GPUs, and a missing GPU makes a gap", () => {
  const samples = [
    ...Array.from({ length: 30 }, (_, i) => sample(4.2 + i, 0, 100)),
    ...Array.from({ length: 20 }, (_, i) => sample(4.7 + i, 1, 50)),
  ];
  const { startS, columns } = timeline([level()], samples);
  expect(startS).toBe(4);
  expect(columns["powerW"]?.slice(0, 22)).toEqual([...Array.from({ length: 20 }, () => 150), null, null]);
  expect(columns["utilPercent"]?.[0]).toBe(50);
  expect(columns["tempC"]?.[0]).toBe(41);
  expect(columns["memoryMiB"]?.[0]).toBe(2000);
});

test("a long job has at most 1,000 rows", () => {
  const { stepS, columns } = timeline([level(), level({ id: "l02", t0UnixMs: CREATED_UNIX_MS + 3_600_000 })]);
  expect(stepS).toBe(5);
  expect(columns["outputTokensPerS"]?.[2]).toBeCloseTo(408, -1);
  expect(columns["requestsPerS"]?.[2]).toBeCloseTo(10, -1);
  expect(columns["inFlight"]?.length).toBeLessThanOrEqual(1000);
  expect(new Set(Object.values(columns).map((column) => column.length)).size).toBe(1);
});

test("without a run there are no rows", () =>
  expect(timeline([])).toEqual({ startS: 0, stepS: 1, columns: {} }));

test("a slow request among many shows in the most of its row, and not in the median", () => {
  const known = level();
  const [shard] = known.shards;
  const slow = shard?.records.find(({ sentMs }) => sentMs > 10_000 && sentMs < 10_900);
  if (shard === undefined || slow === undefined) throw new Error("no request was sent then");
  const late = { ...slow, firstMs: slow.sentMs + 5000 };
  const shards = [{ ...shard, records: shard.records.map((record) => (record === slow ? late : record)) }];
  const { columns } = timeline([{ ...known, shards }]);
  expect(
    [columns["ttftMinMs"], columns["ttftMs"], columns["ttftMaxMs"]].map((column) => column?.[10]),
  ).toEqual([200, 200, 5000]);
  expect(columns["ttftMaxMs"]?.at(-1)).toBe(null);
});
