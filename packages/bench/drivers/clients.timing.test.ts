import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Measured } from "../measured.ts";
import { compiled } from "../truth/compile.ts";
import { argumentsOf, type Stream, STREAM } from "../truth/parameters.ts";
import { startTruth } from "../truth/start.ts";
import { DRIVERS } from "./transports.ts";

const SHORT: Stream = { ...STREAM, n: 5, ttftUs: 20_000, gapUs: 20_000 };
const STREAMS = 5;
const floor = await compiled("floor");

/** Runs a client for a second on five streams of 50 chunks a second while they flow. */
async function measure(command: string[]): Promise<Measured> {
  const truth = await startTruth(SHORT, { core: null, realtime: false });
  try {
    const [file = "", ...args] = command;
    const { stdout } = await promisify(execFile)(file, [
      ...args,
      `port=${truth.port}`,
      `streams=${STREAMS}`,
      "warm=500",
      "window=1000",
      ...argumentsOf(SHORT),
    ]);
    return JSON.parse(stdout) as Measured;
  } finally {
    await truth.stop();
  }
}

const clients: { name: string; command: string[] }[] = [
  ...Object.keys(DRIVERS).map((name) => ({
    name,
    command: [process.execPath, join(import.meta.dirname, "main.ts"), `transport=${name}`],
  })),
  ...(floor === null ? [] : [{ name: "the floor", command: [floor] }]),
];

// Each takes so little of a core that they may run side by side.
describe.concurrent.each(clients)("$name against the truth server", ({ command }) => {
  test("reads every stream whole and knows how late it was", async () => {
    const { events, requests, wrong, lagMs, ttftErrorMs, gapErrorMs, cpuUsPerEvent, rssMb } =
      await measure(command);
    expect(wrong).toBe(0);
    expect(requests).toBeGreaterThan(0);
    // They are 250 a second in all if the machine keeps up.
    expect(events).toBeGreaterThan(20);
    for (const spread of [lagMs, ttftErrorMs, gapErrorMs]) {
      expect(spread?.p50).toBeGreaterThan(0);
      expect(spread?.p50).toBeLessThan(50);
    }
    expect(cpuUsPerEvent).toBeGreaterThan(0);
    expect(rssMb).toBeGreaterThan(0.5);
  });
});
