import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pinned } from "../pin.ts";
import { compiled } from "./compile.ts";
import { readLog, type StreamLog } from "./log.ts";
import { argumentsOf, type Stream } from "./parameters.ts";

export interface Stats {
  /** CPU of the server so far. */
  cpuUs: number;
  /** Streams that have begun. */
  streams: number;
  /** Chunks with content that it has written. */
  events: number;
  /** The worst delay of a chunk against its plan since this was last asked. */
  lateNs: number;
  realtime: boolean;
}

export interface TruthServer {
  port: number;
  kind: "c" | "node";
  stats(): Promise<Stats>;
  stop(): Promise<void>;
}

/** `core`: the CPU it is bound to; null for any. */
export interface StartOptions {
  core: number | null;
  /** Where the system allows it, it runs before everything else on its core. */
  realtime: boolean;
  kind?: "c" | "node";
}

/** Starts a truth server on a free loopback port. It ends with this process, whatever happens to it. */
export async function startTruth(stream: Stream, { core, realtime, kind }: StartOptions): Promise<TruthServer> {
  const program = kind === "node" ? null : await compiled("server");
  if (kind === "c" && program === null) throw new Error("the truth server does not compile here");
  const command = program === null ? [process.execPath, join(import.meta.dirname, "server.ts")] : [program, `realtime=${Number(realtime)}`];
  const [file, ...args] = pinned([...command, ...argumentsOf(stream)], core);
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const port = await portOf(child);
  return {
    port,
    kind: program === null ? "node" : "c",
    stats: () => statsOf(port),
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

async function portOf(child: { stdout: NodeJS.ReadableStream }): Promise<number> {
  for await (const line of createInterface({ input: child.stdout })) return Number(/^listening on (\d+)$/.exec(line)?.[1]);
  throw new Error("the truth server did not start");
}

export const statsOf = async (port: number): Promise<Stats> => (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as Stats;

/** All timed streams so far. */
export const logOf = async (port: number): Promise<StreamLog[]> => readLog(await (await fetch(`http://127.0.0.1:${port}/log`)).arrayBuffer());
