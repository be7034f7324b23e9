import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";

/** These tests start whole programs, as the launcher does when the machine's Node is too old for sources. */
const BIN = join(import.meta.dirname, "bin/brimline.mjs");
const OLD_NODE = `data:text/javascript,${encodeURIComponent(
  `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } });`,
)}`;

let data = "";
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), "brimline-launcher-"));
});
afterAll(() => rm(data, { recursive: true, force: true }));

interface Launched {
  child: ChildProcess;
  /** It resolves once this was printed. */
  said: (text: RegExp) => Promise<void>;
  ended: Promise<number | string>;
}

function launch(args: string[], folder: string): Launched {
  const child = spawn(process.execPath, ["--import", OLD_NODE, BIN, ...args], {
    env: { ...process.env, BRIMLINE_DATA: join(data, folder) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFailed(() => void child.kill("SIGKILL"));
  let told = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (told += text));
  return {
    child,
    said: (text) => expect.poll(() => told, { timeout: 60_000 }).toMatch(text),
    ended: once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string),
  };
}

/** The processes of this machine that run, with their parents. A zombie does not run. */
function running(): Map<number, number> {
  const processes = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return new Map(
    processes.flatMap((pid): [number, number][] => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return state === "Z" ? [] : [[Number(pid), Number(parent)]];
      } catch {
        return [];
      }
    }),
  );
}

/** All descendants of a process that run. */
function below(pid: number | undefined, all = running()): number[] {
  const children = [...all].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...below(child, all)]);
}

/** What a failed test leaves running must not stay. */
const endAtFailure = (pids: number[]): void =>
  onTestFailed(() => stillRunning(pids).forEach((pid) => process.kill(pid, "SIGKILL")));

const stillRunning = (pids: number[]): number[] => {
  const all = running();
  return pids.filter((pid) => all.has(pid));
};

test("ends with the code of the command", async () => {
  expect(await launch(["bnech"], "code").ended).toBe(2);
  expect(await launch(["--version"], "code").ended).toBe(0);
});

describe.runIf(process.platform === "linux")("with an older Node a signal to the launcher", () => {
  test.each<[string, NodeJS.Signals[], number | string]>([
    ["SIGTERM ends the service", ["SIGTERM"], 0],
    ["Ctrl-C that a terminal sends and npm repeats ends the service once", ["SIGINT", "SIGINT"], 0],
    ["SIGHUP ends the service", ["SIGHUP"], 129],
    ["SIGKILL ends the service", ["SIGKILL"], "SIGKILL"],
  ])("%s", { timeout: 60_000 }, async (name, signals, code) => {
    const { child, said, ended } = launch(["serve", "--port", "0"], name);
    await said(/listening on/);
    const pids = below(child.pid);
    expect(pids.length).toBeGreaterThan(0);
    endAtFailure(pids);
    for (const signal of signals) child.kill(signal);
    expect(await ended).toBe(code);
    await expect.poll(() => stillRunning(pids), { timeout: 10_000 }).toEqual([]);
  });

  test.each<[NodeJS.Signals, number | string]>([
    ["SIGTERM", 143],
    ["SIGKILL", "SIGKILL"],
  ])(
    "%s ends the demo with its simulator, its agent and its load",
    { timeout: 90_000 },
    async (signal, code) => {
      const { child, said, ended } = launch(["demo", "--port", "0", "--levels", "2"], `demo-${signal}`);
      await said(/^job /m);
      const pids = below(child.pid);
      // They are the command, the simulator, the agent and its nvidia-smi, at least.
      expect(pids.length).toBeGreaterThan(3);
      endAtFailure(pids);
      child.kill(signal);
      expect(await ended).toBe(code);
      await expect.poll(() => stillRunning(pids), { timeout: 15_000 }).toEqual([]);
    },
  );
});
