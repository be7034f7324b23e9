import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 10;

/**
 * How many connections this machine's kernel has seen fail so far. It is null where the kernel does not tell.
 */
export function failedConnections(snmp: string): number | null {
  const [names, values] = snmp.split("\n").filter((line) => line.startsWith("Tcp:"));
  const at = names?.split(" ").indexOf("AttemptFails") ?? -1;
  return at < 0 ? null : Number(values?.split(" ")[at]);
}

const read = (): number | null => {
  try {
    return failedConnections(readFileSync("/proc/net/snmp", "utf8"));
  } catch {
    return null;
  }
};

/**
 * Watches until `until` settles for the last connection that was refused. Nobody is left at the port who
 * could see the client knock, but the kernel counts. It resolves with CLOCK_MONOTONIC ns, up to 10 ms late,
 * or null where none was refused. The kernel counts every process's failures, so nothing else may run.
 */
export async function lastRefusedNs(until: Promise<unknown>): Promise<number | null> {
  const end = { isHere: false };
  void until.finally(() => (end.isHere = true));
  let last: number | null = null;
  for (let count = read(); ;) {
    const isOver = end.isHere;
    const now = read();
    if (now !== count) last = Number(process.hrtime.bigint());
    count = now;
    if (isOver) return last;
    await sleep(LOOK_EVERY_MS);
  }
}
