import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Measured } from "../measured.ts";
import { CORES, pinned } from "@brimline/testkit/pin";
import type { ClientLoad } from "../scenario.ts";
import { logOf, statsOf } from "../truth/start.ts";
import type { OwnFigures } from "./figures.ts";
import type { Peer, PeerRun } from "./peer.ts";
import { treeOf } from "./tree.ts";
import { trueLatencies } from "./true-latencies.ts";
import { installedPython } from "./venv.ts";

/** Each user sends so many requests. */
const REQUESTS_A_USER = 4;
/**
 * The window, in requests that have begun for each user. It leaves out imports, prompts and reports. A slow
 * client need not have read what the server has written. But a user that asks again has read its answer, and
 * at both ends half of the users have asked for the next one.
 */
const WINDOW = { from: 1.5, to: 3.5 };
const LOOK_EVERY_MS = 50;
const END_WITHIN_MS = 600_000;
const LOG_TAIL = 600;

/**
 * Runs a peer's real client in a process tree of its own, on the clients' core, while `watch` looks on. It
 * throws an Error with the end of the client's log where that fails.
 */
export async function runPeer<T>(
  peer: Peer,
  asked: Omit<PeerRun, "folder">,
  watch: (child: ChildProcess) => Promise<T>,
): Promise<{ watched: T; cpuS: number; own: OwnFigures }> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-bench-"));
  const run = { ...asked, folder };
  const usage = join(folder, "usage.json");
  const logFile = join(folder, "log");
  const log = openSync(logFile, "w");
  for (const [name, text] of Object.entries(peer.files(run))) await writeFile(join(folder, name), text);
  const python = installedPython(peer.environment) ?? "";
  const [file, ...args] = pinned(
    [python, join(import.meta.dirname, "wait.py"), usage, python, ...peer.args(run)],
    CORES.client,
  );
  const env = {
    ...process.env,
    DO_NOT_TRACK: "1",
    VLLM_NO_USAGE_STATS: "1",
    TOKENIZERS_PARALLELISM: "false",
    HF_HUB_DISABLE_TELEMETRY: "1",
  };
  const child = spawn(file, args, { cwd: folder, env, stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = once(child, "exit");
  const end = (): void => treeOf(child.pid ?? 0).pids.forEach((pid) => kill(pid));
  process.once("exit", end);
  const timer = setTimeout(end, END_WITHIN_MS);
  try {
    const watched = await watch(child);
    await exited;
    const { cpuS, exitCode } = JSON.parse(
      await readFile(usage, "utf8").catch(() => '{"exitCode":"killed"}'),
    ) as { cpuS: number; exitCode: number };
    if (exitCode !== 0)
      throw new Error(
        `${peer.name} ended with ${exitCode}: ${(await readFile(logFile, "utf8")).slice(-LOG_TAIL)}`,
      );
    return { watched, cpuS, own: await peer.figures(run) };
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", end);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures what a peer costs against a truth server. */
export async function measurePeer(
  peer: Peer,
  { streams, stream }: ClientLoad,
  port: number,
  tokenizer: string,
): Promise<Measured> {
  const requests = REQUESTS_A_USER * streams;
  const asked = {
    url: `http://127.0.0.1:${port}`,
    model: "truth",
    streams,
    requests,
    outputTokens: stream.n,
    prompts: null,
    tokenizer,
  };
  const { watched, cpuS, own } = await runPeer(peer, asked, (child) =>
    windowOf(child.pid ?? 0, () => child.exitCode !== null, port, { users: streams, chunks: stream.n }),
  );
  if (watched === null) throw new Error(`${peer.name} ended before its window`);
  const { events } = await statsOf(port);
  const wrong = Math.abs(requests - Math.round(events / stream.n));
  return {
    client: peer.name,
    streams,
    ...watched,
    requests,
    wrong,
    lagMs: null,
    ttftErrorMs: null,
    gapErrorMs: null,
    wholeRun: { cpuS, events },
    own,
    truth: trueLatencies(await logOf(port), peer.firstOutput),
  };
}

/**
 * The CPU time of an event between the two ends of the window, of a process and all below it. It is null where the
 * client ended before.
 */
export async function windowOf(
  pid: number,
  hasEnded: () => boolean,
  port: number,
  { users, chunks }: { users: number; chunks: number },
): Promise<Pick<Measured, "events" | "eventsPerS" | "cpuUsPerEvent" | "rssMb"> | null> {
  let from: { begun: number; cpuUs: number; atMs: number } | null = null;
  let rssMb = 0;
  while (!hasEnded()) {
    const { streams } = await statsOf(port);
    const tree = treeOf(pid);
    const now = { begun: streams, cpuUs: tree.cpuUs, atMs: performance.now() };
    rssMb = Math.max(rssMb, tree.rssMb);
    if (streams >= WINDOW.from * users) from ??= now;
    if (from !== null && streams >= WINDOW.to * users) {
      const read = chunks * (now.begun - from.begun);
      return {
        events: read,
        eventsPerS: (1000 * read) / (now.atMs - from.atMs),
        cpuUsPerEvent: (now.cpuUs - from.cpuUs) / read,
        rssMb,
      };
    }
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {} // It has ended.
}
