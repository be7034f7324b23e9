import { localGpus } from "@brimline/functions/local-agent";
import { tryKernel } from "@brimline/load/kernel/trial";
import { readFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { type Check, checksOf, type Machine } from "../doctor.ts";
import type { DoctorFlags } from "../arguments/machine.ts";
import { table, wrap } from "../terminal/table.ts";

const READINGS = 100_000;
const CLOCK_SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource";

export async function run(flags: DoctorFlags): Promise<number> {
  const machine = await look();
  const checks = checksOf(machine);
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify({ ...machine, checks }, null, 2)}\n`
      : doctorText(checks, process.stdout.columns || 100),
  );
  return 0;
}

const FINE = "Nothing here stands in the way of a good measurement.";
/** What stands before the text of a check: an indent, the longest name and a gap. */
const BESIDE = 2 + "Arrival clock".length + 2;

/** A line for each check, and below them what to do. */
export function doctorText(checks: Check[], columns: number): string {
  const remedies = checks.flatMap(({ name, remedy }) => (remedy === null ? [] : [`${name}: ${remedy}.`]));
  return [
    ...table(
      checks.flatMap(({ name, says }) =>
        wrap(says, columns - BESIDE).map((line, i) => [i === 0 ? name : "", line]),
      ),
      "left",
    ),
    "",
    ...(remedies.length > 0 ? remedies : [FINE]).flatMap((sentence) => wrap(sentence, columns)),
    "",
  ].join("\n");
}

async function look(): Promise<Machine> {
  const [{ kernel, whyNot }, gpus, source] = await Promise.all([
    tryKernel(),
    localGpus(),
    readFile(CLOCK_SOURCE, "utf8").catch(() => null),
  ]);
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    arrivalClock: { clock: kernel === null ? "process" : "kernel", whyNot },
    openFiles: openFiles(),
    cores: availableParallelism(),
    // Windows counts nothing, and Node then says 0.
    loadAverage: process.platform === "win32" ? null : (loadavg()[0] ?? null),
    clockReadNs: clockReadNs(),
    clockSource: source?.trim() ?? null,
    gpus,
  };
}

/** Node raises its soft limit to the hard one when it starts. */
function openFiles(): number | null {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : null;
}

function clockReadNs(): number {
  const startMs = performance.now();
  for (let i = 0; i < READINGS; i++) performance.now();
  return ((performance.now() - startMs) * 1e6) / READINGS;
}
