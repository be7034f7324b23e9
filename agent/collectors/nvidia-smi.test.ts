import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import type { SampleRow } from "../collector.ts";
import type { Sensor } from "../nvidia-smi/sensor.ts";
import { collectorOf } from "./nvidia-smi.ts";

test("of lines that arrive together, each has a later time than the one before", async () => {
  const gpus = [0, 1].map((index) => ({
    index,
    uuid: `GPU-${index}`,
    name: "NVIDIA A40",
    driver: "550",
    limitW: 300,
    powerMeanMs: index * 1000,
  }));
  const sensor: Sensor = {
    program: "/bin/sh",
    prefix: ["-c", String.raw`printf '0, 10\n1, 20\n0, 11\n0, 12\n'; sleep 30`],
    gpus,
    readings: [{ field: "power.draw.instant", column: "powerW", factor: 1 }],
  };
  const rows: SampleRow[] = [];
  const seen = new EventEmitter();
  const collector = collectorOf(sensor, () => {});
  const running = collector.start(
    (row) => {
      rows.push(row);
      if (rows.length === 4) seen.emit("all");
    },
    () => {},
  );
  await once(seen, "all");
  running.stop();
  expect(collector.columns).toEqual([
    { name: "powerW", unit: "W" },
    { name: "powerMeanMs", unit: "ms" },
  ]);
  expect(rows.map(([, gpu, powerW, meanMs]) => [gpu, powerW, meanMs])).toEqual([
    [0, 10, 0],
    [1, 20, 1000],
    [0, 11, 0],
    [0, 12, 0],
  ]);
  const timesMs = rows.flatMap(([atMs, gpu]) => (gpu === 0 ? (atMs ?? []) : []));
  expect(new Set(timesMs).size).toBe(3);
  expect(timesMs).toEqual(timesMs.toSorted((a, b) => a - b));
});
