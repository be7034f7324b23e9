import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runningService, takeLock } from "./lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brimline-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A process that takes the folder's lock, says so and then stays. */
async function holder(): Promise<{ pid: number; kill(): Promise<void> }> {
  const source = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    await (await takeLock(${JSON.stringify(folder)})).setUrl("http://127.0.0.1:4870"); console.log("locked"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    pid: child.pid ?? 0,
    async kill() {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}

describe("the lock of a data folder", () => {
  test("a second service is refused and told where the first one is; a stale lock is taken over", async () => {
    const first = await holder();
    try {
      expect(await runningService(folder)).toBe("http://127.0.0.1:4870");
      await expect(takeLock(folder)).rejects.toThrow(
        `another service (process ${first.pid}) already uses the data folder ${folder}: it listens on http://127.0.0.1:4870`,
      );
    } finally {
      await first.kill();
    }
    expect(await runningService(folder)).toBeNull();
    const lock = await takeLock(folder);
    await lock.setUrl("http://127.0.0.1:1");
    expect(await runningService(folder)).toBe("http://127.0.0.1:1");
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("a lock of the same pid from an earlier life of the machine is stale", async () => {
    await writeFile(
      join(folder, "service.lock"),
      JSON.stringify({ pid: process.pid, started: "another-boot/17", url: null, token: "old" }),
    );
    const lock = await takeLock(folder);
    await lock.release();
  });

  test("of several that find one stale lock at once exactly one gets it", async () => {
    await writeFile(join(folder, "service.lock"), "not a lock");
    const takers = await Promise.allSettled(Array.from({ length: 4 }, () => takeLock(folder)));
    expect(takers.filter((taker) => taker.status === "fulfilled")).toHaveLength(1);
  });

  test("releasing does not take away a lock that is another's by now", async () => {
    const lock = await takeLock(folder);
    await writeFile(
      join(folder, "service.lock"),
      JSON.stringify({ pid: 1, started: "", url: null, token: "other" }),
    );
    await lock.release();
    expect(await readFile(join(folder, "service.lock"), "utf8")).toContain("other");
  });
});
