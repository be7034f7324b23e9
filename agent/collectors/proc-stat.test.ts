import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { SampleRow } from "../collector.ts";
import { collectorOf, sharesOf, ticksOf } from "./proc-stat.ts";

/** user nice system idle iowait irq softirq steal guest guest_nice, in ticks. */
const stat = (all: number[], ...cores: number[][]): string =>
  [
    `cpu  ${all.join(" ")}`,
    ...cores.map((core, i) => `cpu${i} ${core.join(" ")}`),
    "intr 12 0 1",
    "cpufreq 1 2 3 4 5",
    "",
  ].join("\n");

const BEFORE = stat([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], Array(10).fill(0), Array(10).fill(0));
const between = (after: string) => {
  const [a, b] = [ticksOf(BEFORE), ticksOf(after)];
  return a === null || b === null ? null : sharesOf(a, b);
};

test("busy is what neither idles nor waits for a disk nor was stolen, and guests count once", () =>
  expect(
    between(
      stat(
        [40, 2, 10, 20, 10, 3, 5, 10, 30, 0],
        [40, 0, 4, 0, 0, 1, 5, 0, 30, 0],
        [0, 2, 6, 20, 10, 2, 0, 10, 0, 0],
      ),
    ),
  ).toEqual({ cpuPercent: 60, busiestPercent: 100, stealPercent: 10 }));

test.each([
  [
    "a count of idle time that fell",
    stat([50, 0, 0, -1, 0, 0, 0, 0], Array(8).fill(1), Array(8).fill(1)),
    null,
  ],
  ["no time between two readings", BEFORE, null],
  ["no line of the CPU", "intr 1 2 3 4\n", null],
])("%s tells nothing that cannot be", (_, after, shares) => expect(between(after)).toEqual(shares));

test("the busiest of other cores than before is not known", () =>
  expect(between(stat([50, 0, 0, 50, 0, 0, 0, 0], [50, 0, 0, 50, 0, 0, 0, 0]))).toEqual({
    cpuPercent: 50,
    busiestPercent: null,
    stealPercent: 0,
  }));

test("an old kernel has neither steal nor guests", () =>
  expect(between(stat([10, 0, 0, 30], [10, 0, 0, 10], [0, 0, 0, 20]))).toEqual({
    cpuPercent: 25,
    busiestPercent: 50,
    stealPercent: 0,
  }));

test("rows stand in the middle of the time that they tell of, and a file that is gone is waited for", async () => {
  const folder = mkdtempSync(join(tmpdir(), "proc-stat-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "stat");
  expect(collectorOf(file, 10)).toBeNull();
  writeFileSync(file, BEFORE);
  const collector = collectorOf(file, 10);
  expect(collector).toMatchObject({ source: "host", identities: [{ facts: { cores: 2 } }] });
  const rows: SampleRow[] = [];
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"], now: 0 });
  onTestFinished(() => void vi.useRealTimers());
  const running = collector?.start(
    (row) => rows.push(row),
    () => {},
  );
  rmSync(file);
  vi.advanceTimersByTime(30);
  expect(rows).toEqual([]);
  writeFileSync(file, BEFORE);
  vi.advanceTimersByTime(30);
  expect(rows).toEqual([]);
  writeFileSync(
    file,
    stat([30, 0, 0, 70, 0, 0, 0, 0], [30, 0, 0, 20, 0, 0, 0, 0], [0, 0, 0, 50, 0, 0, 0, 0]),
  );
  vi.advanceTimersByTime(30);
  running?.stop();
  expect(rows).toEqual([[65, 0, 30, 60, 0]]);
});
