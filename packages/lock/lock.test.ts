import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { holderPlace, isHeld, takeLock } from "./lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brimline-lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const take = () => takeLock(folder, "service", "End it.");
/** Writes a file of the lock as another process would have written it. */
function held(turn: number, holder: object): void {
  mkdirSync(join(folder, "service-lock"), { recursive: true });
  writeFileSync(join(folder, "service-lock", String(turn)), JSON.stringify(holder));
}

const HEAD = `import { takeLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
  const take = () => takeLock(process.argv[1], "service", "End it.");`;
const program = (source: string): string[] => ["--input-type=module", "-e", `${HEAD}${source}`, folder];

/** Starts a process that takes the lock, says so and stays. */
async function holder() {
  const child = spawn(
    process.execPath,
    program(
      `take().setPlace({ url: "http://127.0.0.1:4870", stays: true }); console.log("locked"); setInterval(() => {}, 1000);`,
    ),
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(child.stdout, "data");
  return child;
}

describe("the lock of a folder", () => {
  test("is refused to a second process, which is told of the first", async () => {
    const first = await holder();
    expect(holderPlace(folder, "service")).toEqual({ url: "http://127.0.0.1:4870", stays: true });
    expect(take).toThrow(
      `another service (process ${first.pid}) already uses the folder ${folder}; it listens on http://127.0.0.1:4870. End it.`,
    );
    first.kill("SIGKILL");
    await once(first, "exit");
    expect(holderPlace(folder, "service")).toBeNull();
  });

  test("is free at once when its holder was killed", async () => {
    const first = await holder();
    first.kill("SIGKILL");
    const second = await holder();
    expect(take).toThrow(`process ${second.pid}`);
    second.kill("SIGKILL");
    await once(second, "exit");
  });

  test("is free after its release, which leaves one file", () => {
    for (let nth = 1; nth <= 3; nth++) {
      const lock = take();
      expect([isHeld(folder, "service"), holderPlace(folder, "service")]).toEqual([true, null]);
      lock.setPlace({ url: "http://127.0.0.1:1", stays: false });
      expect(holderPlace(folder, "service")).toEqual({ url: "http://127.0.0.1:1", stays: false });
      lock.release();
      expect([isHeld(folder, "service"), holderPlace(folder, "service")]).toEqual([false, null]);
      expect(readdirSync(join(folder, "service-lock"))).toEqual([String(nth)]);
    }
  });

  test("does not lock the folder for another kind of program", () => {
    const lock = take();
    takeLock(folder, "agent", "").release();
    lock.release();
    expect(readdirSync(folder).toSorted()).toEqual(["agent-lock", "service-lock"]);
  });

  test.each([
    ["was a process before the last boot with the same pid", { started: "another-boot/17" }],
    ["released it", { pid: null }],
    ["cannot be read from its file", { pid: "all" }],
  ])("is free when its holder %s", (_, change) => {
    held(7, { pid: process.pid, started: "", at: null, token: "old", ...change });
    take().release();
    expect(readdirSync(join(folder, "service-lock"))).toEqual(["8"]);
  });

  test.runIf(process.platform === "linux")("is free when its holder is a zombie", async () => {
    // The shell becomes `sleep`, which does not reap children.
    const parent = spawn(
      "sh",
      ["-c", '"$0" "$@" & exec sleep 60', process.execPath, ...program(`take(); console.log(process.pid);`)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
    await expect.poll(() => readFileSync(`/proc/${line}/stat`, "utf8")).toContain(") Z ");
    take().release();
    parent.kill("SIGKILL");
  });

  test("is released by nobody but its holder", () => {
    const lock = take();
    held(1, { pid: process.pid, started: null, at: null, token: "other" });
    lock.release();
    expect(readFileSync(join(folder, "service-lock", "1"), "utf8")).toContain("other");
  });

  test("is held by one process at a time, however many race for it", async () => {
    // Each holder makes a file that must not exist. A holder that dies leaves the lock to the others.
    const source = `import { rmSync, writeFileSync } from "node:fs";
      const inside = process.argv[1] + "/inside";
      let taken = 0;
      for (const until = Date.now() + 1500; Date.now() < until; ) {
        let lock;
        try { lock = take(); } catch (error) { if (error.code !== "internal") throw error; continue; }
        writeFileSync(inside, "", { flag: "wx" });
        taken++;
        rmSync(inside);
        if (process.argv[2] === "dies") process.kill(process.pid, "SIGKILL");
        lock.release();
      }
      console.log(taken);`;
    const racers = ["dies", "stays", "stays", "stays"].map(async (how) => {
      const child = spawn(process.execPath, [...program(source), how], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const said: string[] = [];
      child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
      const [code, signal] = (await once(child, "close")) as [number | null, string | null];
      return { end: signal ?? code, taken: Number(said.join("")) };
    });
    const [dead, ...alive] = await Promise.all(racers);
    expect(dead?.end).toBe("SIGKILL");
    expect(alive.map(({ end }) => end)).toEqual([0, 0, 0]);
    expect(alive.reduce((sum, { taken }) => sum + taken, 0)).toBeGreaterThan(3);
  });
});
