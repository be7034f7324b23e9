import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** Prints the nice value of its main thread, then those of its other threads. */
const SOURCE = `import { preferReadingThread } from ${JSON.stringify(new URL("priority.ts", import.meta.url).href)};
import { readFileSync, readdirSync } from "node:fs";
preferReadingThread();
const niceOf = (thread) => Number(readFileSync("/proc/self/task/" + thread + "/stat", "utf8").split(") ")[1].split(" ")[16]);
const others = readdirSync("/proc/self/task").map(Number).filter((thread) => thread !== process.pid);
console.log(JSON.stringify([niceOf(process.pid), ...others.map(niceOf)]));`;

test.runIf(process.platform === "linux")(
  "helper threads come last, and the main thread as early as this user may have it",
  async () => {
    const best = "try { os.setPriority(-20) } catch {} console.log(os.getPriority())";
    const nice = (await run(process.execPath, ["-e", best])).stdout;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", SOURCE]);
    const [main, ...others]: number[] = JSON.parse(stdout);
    expect(main).toBe(Number(nice));
    expect(others.length).toBeGreaterThan(0);
    expect(new Set(others)).toEqual(new Set([19]));
  },
);
