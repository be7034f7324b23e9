import { HOST_COLUMNS, type HostColumn } from "@brimline/core/record/telemetry/host-columns";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Collector, CollectorFinder } from "../collector.ts";

/** A tick is 10 ms, so that a core is known to 2 % of such a time. */
const EVERY_MS = 500;
const FILE = "/proc/stat";

export const finder: CollectorFinder = {
  options: {},
  usage: "",
  find: () => Promise.resolve(collectorOf(FILE)),
};

/** The times of all cores together and of each, in ticks since the host started. */
interface Ticks {
  all: Core;
  cores: Core[];
}
interface Core {
  total: number;
  idle: number;
  stolen: number;
}

/** Samples the CPU of this host. It is null where there is no such file, as on other systems than Linux. */
export function collectorOf(file: string, everyMs = EVERY_MS): Collector | null {
  const first = read(file);
  if (first === null) return null;
  const columns = Object.keys(HOST_COLUMNS) as HostColumn[];
  return {
    source: "host",
    identities: [{ index: 0, id: "", name: hostname().slice(0, 100), facts: { cores: first.cores.length } }],
    columns: columns.map((name) => ({ name, unit: HOST_COLUMNS[name].unit })),
    description: `the CPU of the host every ${everyMs} ms`,
    isBeside: true,
    start(onRow) {
      let before = { atMs: performance.now(), ticks: read(file) };
      const timer = setInterval(() => {
        const now = { atMs: performance.now(), ticks: read(file) };
        const shares = before.ticks === null || now.ticks === null ? null : sharesOf(before.ticks, now.ticks);
        const middleMs = Math.round(500 * (before.atMs + now.atMs)) / 1000;
        if (shares !== null) onRow([middleMs, 0, ...columns.map((name) => shares[name])]);
        before = now;
      }, everyMs);
      return { stop: () => clearInterval(timer) };
    },
  };
}

function read(file: string): Ticks | null {
  try {
    return ticksOf(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

/**
 * The lines of `/proc/stat` that begin with `cpu` (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq and
 * steal. What guests take is in user and nice already. It is null without such lines.
 */
export function ticksOf(text: string): Ticks | null {
  const lines = [...text.matchAll(/^cpu(\d*) +(\d+(?: \d+){3,})/gm)];
  const coreOf = ([, , times = ""]: RegExpExecArray): Core => {
    const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, stolen = 0] = times
      .split(" ")
      .map(Number);
    const total = user + nice + system + idle + ioWait + irq + softIrq + stolen;
    return { total, idle: idle + ioWait, stolen };
  };
  const all = lines.find(([, core]) => core === "");
  const cores = lines.filter(([, core]) => core !== "").map(coreOf);
  return all === undefined || cores.length === 0 ? null : { all: coreOf(all), cores };
}

/**
 * How the time between two readings was spent. It is null where no time went by. A core that was switched on or off
 * in between would be taken for another, so the busiest is not known then.
 */
export function sharesOf(before: Ticks, after: Ticks): Record<HostColumn, number | null> | null {
  const all = spent(before.all, after.all);
  if (all === null) return null;
  const isSame = before.cores.length === after.cores.length;
  const busy = after.cores.flatMap((core, i) => spent(before.cores[i] ?? core, core)?.busyPercent ?? []);
  return {
    cpuPercent: all.busyPercent,
    busiestPercent: isSame && busy.length > 0 ? Math.max(...busy) : null,
    stealPercent: all.stolenPercent,
  };
}

/** The kernel's count of idle time may fall by a tick, so that shares are kept between 0 and 100. */
function spent(before: Core, after: Core): { busyPercent: number; stolenPercent: number } | null {
  const total = after.total - before.total;
  if (total <= 0) return null;
  const percent = (ticks: number): number =>
    Math.round(10 * Math.min(100, Math.max(0, (100 * ticks) / total))) / 10;
  const stolen = after.stolen - before.stolen;
  return {
    busyPercent: percent(total - (after.idle - before.idle) - stolen),
    stolenPercent: percent(stolen),
  };
}
