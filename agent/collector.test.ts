import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { type SampleRow, startCollector } from "./collector.ts";
import type { Sensor } from "./sensor.ts";

test("of lines that arrive together, each has a later time than the one before", async () => {
  const gpus = [0, 1].map((index) => ({
    index,
    uuid: `GPU-${index}`,
    name: "NVIDIA A40",
    driver: "550",
    limitW: 300,
  }));
  const sensor: Sensor = {
    program: "/bin/sh",
    prefix: ["-c", String.raw`printf '0, 10\n1, 20\n0, 11\n0, 12\n'; sleep 30`],
    gpus,
    readings: [{ field: "power.draw.instant", column: "powerW", factor: 1 }],
  };
  const rows: SampleRow[] = [];
  const seen = new EventEmitter();
  const collector = startCollector(
    sensor,
    (row) => {
      rows.push(row);
      if (rows.length === 4) seen.emit("all");
    },
    () => {},
  );
  await once(seen, "all");
  collector.stop();
  expect(rows.map(([, gpu, powerW]) => [gpu, powerW])).toEqual([
    [0, 10],
    [1, 20],
    [0, 11],
    [0, 12],
  ]);
  const timesMs = rows.flatMap(([atMs, gpu]) => (gpu === 0 ? (atMs ?? []) : []));
  expect(new Set(timesMs).size).toBe(3);
  expect(timesMs).toEqual(timesMs.toSorted((a, b) => a - b));
});
