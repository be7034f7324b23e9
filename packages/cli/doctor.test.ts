import { availableParallelism } from "node:os";
import { expect, test, vi } from "vitest";
import { doctorText, run } from "./commands/doctor.ts";
import { checksOf, type Machine } from "./doctor.ts";

const GOOD: Machine = {
  node: "24.21.0",
  platform: "linux x64",
  arrivalClock: { clock: "kernel", whyNot: null },
  openFiles: 1_048_576,
  cores: 8,
  loadAverage: 0.4,
  clockReadNs: 41.6,
  clockSource: "tsc",
  gpus: ["NVIDIA A40", "NVIDIA A40"],
};
const textOf = (machine: Machine): string => doctorText(checksOf(machine), 80);

test("a machine that has what a load generator needs gets its facts and no advice", () =>
  expect(textOf(GOOD)).toBe(`  Node           24.21.0 on linux x64
  Arrival clock  the kernel's: each chunk has the time at which it came in
  Open files     1,048,576 in each process, for 10,000 users
  Cores          8, with a process for each 250 users, load average 0.4
  Clock          tsc, 42 ns a reading
  GPU            NVIDIA A40, NVIDIA A40

Nothing here stands in the way of a good measurement.
`));

test.each([60, 80])("what it says fits a terminal of %d columns", (columns) => {
  const text = doctorText(checksOf({ ...GOOD, cores: 2, loadAverage: 21.7, gpus: [] }), columns);
  expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
});

test.each<[string, Partial<Machine>, string, RegExp | null]>([
  [
    "no kernel's clock",
    { arrivalClock: { clock: "process", whyNot: "it has no driver for darwin on arm64" } },
    "Arrival clock  the load generator's own: it has no driver for darwin on arm64",
    /^Arrival clock: send load from Linux/m,
  ],
  [
    "few files on two cores",
    { openFiles: 1024, cores: 2 },
    "1,024 in each process, for 1,848 users",
    /^Open files: .*ulimit/m,
  ],
  ["few files on many cores", { openFiles: 1024, cores: 64 }, "for 10,000 users", null],
  ["no known limit of files", { openFiles: null }, "Open files     no limit is known", null],
  ["others at work", { loadAverage: 4.1 }, "load average 4.1", /^Cores: end other programs/m],
  ["no count of who works", { loadAverage: null }, "each 250 users\n", null],
  [
    "a slow clock",
    { clockSource: "hpet", clockReadNs: 1820 },
    "hpet, 1,820 ns a reading",
    /^Clock: reading the time is slow/m,
  ],
  ["no GPU", { gpus: [] }, "GPU            none here", null],
])("with %s it says so, and what to do", (_, less, fact, advice) => {
  const text = textOf({ ...GOOD, ...less });
  expect(text).toContain(fact);
  if (advice === null) expect(text).toContain("Nothing here stands in the way");
  else expect(text).toMatch(advice);
});

test("this machine is looked at", async () => {
  let text = "";
  const out = vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    text += String(part);
    return true;
  });
  const code = await run({ json: true }).finally(() => out.mockRestore());
  expect(code).toBe(0);
  const told = JSON.parse(text) as Machine & { checks: unknown[] };
  expect(told).toMatchObject({ node: process.versions.node, cores: availableParallelism() });
  expect(told.arrivalClock.clock === "kernel").toBe(told.arrivalClock.whyNot === null);
  expect(told.clockReadNs).toBeGreaterThan(0);
  expect(told.checks.length).toBe(6);
});
