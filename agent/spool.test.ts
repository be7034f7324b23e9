import { parseSegment } from "@brimline/core/record/telemetry/segment";
import type { SampledSource, SegmentHeader } from "@brimline/core/record/telemetry/sample";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SampleRow } from "./collector.ts";
import { type About, SPOOL_LIMITS, openSpool, type Spool, type SpoolLimits } from "./spool.ts";

let folder = "";
let said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spool-"));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const about = (boot: string): About => ({
  schema: "brimline.sample/1",
  writer: "agent",
  boot,
  host: "host",
  startedUnixMs: 1_790_000_000_000,
});
const GPU: SampledSource & Pick<SegmentHeader, "columns"> = {
  source: "gpu",
  identities: [{ index: 0, id: "GPU-0", name: "NVIDIA A40", facts: { driver: "550", limitW: 300 } }],
  columns: [{ name: "powerW", unit: "W" }],
};
/** A spool with a collector of one GPU, whose rows it takes by `append`. */
function open(boot = "b1", limits: Partial<SpoolLimits> = {}): Spool & { append(row: SampleRow): void } {
  const spool = openSpool(folder, about(boot), { ...SPOOL_LIMITS, ...limits }, (line) => said.push(line));
  const taking = spool.taking(GPU);
  return { ...spool, append: (row) => taking.take(row) };
}
const readSealed = (spool: Spool) =>
  spool.sealed().map(({ path }) => parseSegment(gunzipSync(readFileSync(path)).toString()));
const times = (spool: Spool): number[] =>
  readSealed(spool).flatMap(({ readings }) => readings.map(({ monotonicMs }) => monotonicMs));

test("samples are sealed as one segment with the probes so far", () => {
  const spool = open();
  spool.addProbe([10, 1_790_000_000_115, 1_790_000_000_115, 20]);
  spool.append([100, 0, 250]);
  spool.addProbe([30_010, 1_790_000_030_115, 1_790_000_030_115, 30_020]);
  spool.append([30_100, 0, null]);
  spool.seal();
  expect(spool.sealed()).toMatchObject([
    {
      source: "gpu",
      boot: "b1",
      sequence: 0,
      samples: 2,
      firstUnixMs: 1_790_000_000_200,
      lastUnixMs: 1_790_000_030_200,
    },
  ]);
  const [segment] = readSealed(spool);
  expect(segment?.header?.probes).toHaveLength(2);
  expect(segment?.readings.map(({ values }) => values[0])).toEqual([250, null]);
  expect(segment?.rejected).toEqual({});
});

test("the next segment has the next number and all probes since the start", () => {
  const spool = open();
  spool.addProbe([10, 1_790_000_000_015, 1_790_000_000_015, 20]);
  for (const atMs of [100, 200]) {
    spool.append([atMs, 0, 250]);
    spool.seal();
  }
  expect(spool.sealed().map((segment) => segment.sequence)).toEqual([0, 1]);
  expect(readSealed(spool).map((segment) => segment.header?.probes.length)).toEqual([1, 1]);
});

test("each collector has segments of its own, in one sequence, and every one of them carries the probes", () => {
  const spool = open();
  const host = spool.taking({
    source: "host",
    identities: [{ index: 0, id: "", name: "host", facts: {} }],
    columns: [{ name: "cpuPercent", unit: "%" }],
  });
  spool.append([100, 0, 250]);
  host.take([150, 0, 42]);
  spool.addProbe([160, 1_790_000_000_265, 1_790_000_000_265, 170]);
  spool.append([200, 0, 251]);
  spool.seal();
  expect(
    spool
      .sealed()
      .map(({ source, sequence, firstUnixMs, samples }) => [source, sequence, firstUnixMs, samples]),
  ).toEqual([
    ["gpu", 0, 1_790_000_000_200, 2],
    ["host", 1, 1_790_000_000_250, 1],
  ]);
  expect(readSealed(spool).map(({ header }) => [header?.source, header?.probes.length])).toEqual([
    ["gpu", 1],
    ["host", 1],
  ]);
});

test("rows with other columns than those before them are a segment of their own", () => {
  const spool = open();
  const host = spool.taking({ source: "host", identities: [], columns: [] });
  const identities = [{ index: 0, id: "", name: "host", facts: {} }];
  host.change({ identities, columns: [{ name: "cpuPercent", unit: "%" }] });
  host.take([100, 0, 42]);
  host.change({
    identities,
    columns: [
      { name: "cpuPercent", unit: "%" },
      { name: "load", unit: "1" },
    ],
  });
  host.take([200, 0, 43, 1.5]);
  host.take([300, 0, 44, 1.6]);
  spool.seal();
  expect(readSealed(spool).map(({ readings }) => readings.map(({ values }) => values))).toEqual([
    [[42]],
    [
      [43, 1.5],
      [44, 1.6],
    ],
  ]);
});

test("where neither this host's clock nor the service tells the time, a part waits for a probe", () => {
  const spool = openSpool(folder, { ...about("b1"), startedUnixMs: 0 }, SPOOL_LIMITS, (line) =>
    said.push(line),
  );
  spool.taking(GPU).take([100, 0, 250]);
  spool.seal();
  expect([spool.sealed(), said[0]]).toEqual([[], expect.stringContaining("this host's clock is wrong")]);
  spool.addProbe([110, 1_790_000_000_115, 1_790_000_000_115, 120]);
  spool.seal();
  expect(spool.sealed()).toMatchObject([{ firstUnixMs: 1_790_000_000_100, samples: 1 }]);
});

test("without samples there is nothing to seal", () => {
  const spool = open();
  spool.addProbe([10, 1_790_000_000_015, 1_790_000_000_015, 20]);
  spool.seal();
  expect(spool.sealed()).toEqual([]);
});

test("a part is sealed when it is large, and when it is old", async () => {
  const large = open("b1", { partBytes: 1000 });
  for (let atMs = 0; atMs < 100; atMs++) large.append([atMs, 0, 250]);
  expect(large.sealed().length).toBeGreaterThan(0);
  const old = open("b2");
  old.append([1, 0, 250]);
  await sleep(30);
  old.sealAfter(60_000);
  old.sealOld();
  expect(old.sealed().map((segment) => segment.boot)).not.toContain("b2");
  old.sealAfter(20);
  old.sealOld();
  expect(old.sealed().map((segment) => segment.boot)).toContain("b2");
});

test("a header never grows beyond the bound of a line, however long the agent runs", () => {
  const spool = open();
  for (let turn = 0; turn < 1000; turn++)
    spool.addProbe([
      turn * 30_000.123,
      1_790_000_000_000 + turn,
      1_790_000_000_000 + turn,
      turn * 30_000.123 + 5,
    ]);
  spool.append([100, 0, 250]);
  spool.seal();
  expect(readSealed(spool)[0]?.header?.probes).toHaveLength(60);
});

test("a header has no probe from more than half an hour before the last one", () => {
  const spool = open();
  for (const atMs of [0, 300_000, 3_000_000, 3_300_000])
    spool.addProbe([atMs, 1_790_000_000_000 + atMs, 1_790_000_000_000 + atMs, atMs + 5]);
  spool.append([3_400_000, 0, 250]);
  spool.seal();
  expect(readSealed(spool)[0]?.header?.probes.map(([sentMs]) => sentMs)).toEqual([3_000_000, 3_300_000]);
});

test("the next start after a kill seals the written rows, without the cut last line", () => {
  const killed = open();
  killed.append([100, 0, 250]);
  killed.append([200, 0, 251]);
  appendFileSync(join(folder, "b1-00000000.part"), "[300,0,25");
  const next = open("b2");
  expect(next.sealed()).toMatchObject([{ boot: "b1", sequence: 0, samples: 2 }]);
  expect(times(next)).toEqual([100, 200]);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a kill between sealing and removing the part leaves one segment", () => {
  const killed = open();
  killed.append([100, 0, 250]);
  const part = readFileSync(join(folder, "b1-00000000.part"));
  killed.seal();
  expect(killed.sealed()).toHaveLength(1);
  writeFileSync(join(folder, "b1-00000000.part"), part);
  expect(open("b2").sealed()).toHaveLength(1);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("the next start after a kill while sealing removes the half-written file and seals the part again", () => {
  const killed = open();
  killed.append([100, 0, 250]);
  writeFileSync(join(folder, "1790000000100-1790000000100-gpu-b0-00000000.1.ndjson.gz.tmp"), "half");
  expect(times(open("b2"))).toEqual([100]);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("a part with nothing but its header, or with a partial one, is removed", () => {
  writeFileSync(
    join(folder, "b0-00000000.part"),
    `${JSON.stringify({ ...about("b0"), ...GPU, probes: [] })}\n`,
  );
  writeFileSync(join(folder, "b1-00000000.part"), '{"schema":"brim');
  expect(open("b2").sealed()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("above the bound of the spool the oldest segments are dropped, and their samples are counted", () => {
  const spool = open("b1", { diskBytes: 1000 });
  for (let turn = 0; turn < 10; turn++) {
    spool.append([turn * 100, 0, 250]);
    spool.append([turn * 100 + 50, 0, 250]);
    spool.seal();
    expect(spool.sealed().length).toBeGreaterThan(turn === 0 ? 0 : 1);
  }
  const kept = spool.sealed();
  expect(kept.reduce((sum, segment) => sum + segment.bytes, 0)).toBeLessThanOrEqual(1000);
  expect(kept.at(-1)?.sequence).toBe(9);
  expect(spool.lostSamples()).toBe(20 - 2 * kept.length);
  expect(said[0]).toContain("dropped the oldest");
});

test("only the owner can read samples", () => {
  const spool = open();
  spool.append([100, 0, 250]);
  expect(statSync(join(folder, "b1-00000000.part")).mode & 0o077).toBe(0);
  spool.seal();
  expect(statSync(spool.sealed()[0]?.path ?? "").mode & 0o077).toBe(0);
});
