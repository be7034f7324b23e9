import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pinned } from "@brimline/testkit/pin";
import { compiled } from "./compile.ts";
import { readLog, type StreamLog } from "./log.ts";
import { argumentsOf, type Stream } from "./parameters.ts";

export interface Stats {
  /** The CPU time of the server so far. */
  cpuUs: number;
  /** The number of streams that have begun. */
  streams: number;
  /** The number of chunks with content that it has written. */
  events: number;
  /** The worst delay of a chunk against its plan since this was last asked. */
  lateNs: number;
  realtime: boolean;
  /** When a client last sent something, in ns of CLOCK_MONOTONIC, or 0. */
  heardNs: number;
  /** When a client last closed a connection, in ns of CLOCK_MONOTONIC, or 0. */
  closedNs: number;
  /** The number of connections that have asked for a stream and are not closed. */
  open: number;
  /** A sum over the bodies of all requests. It does not depend on their order. */
  bodies: string;
}

export interface TruthServer {
  port: number;
  kind: "c" | "node";
  stats(): Promise<Stats>;
  /** Cuts every stream, and answers 500 from then on. */
  fail(): Promise<void>;
  /** Ends it at once, as the system would. */
  kill(): void;
  stop(): Promise<void>;
}

/** `core` is the CPU that it is bound to, or null for any. */
export interface StartOptions {
  core: number | null;
  /** Where the system allows it, it runs before everything else on its core. */
  realtime: boolean;
  kind?: "c" | "node";
  /**
   * The files of a TLS certificate and its key. With them it speaks TLS beside plain HTTP, on the same port.
   * Only the C server can.
   */
  tls?: { cert: string; key: string };
}

/** Starts a truth server on a free loopback port. It ends with this process, however this process ends. */
export async function startTruth(
  stream: Stream,
  { core, realtime, kind, tls }: StartOptions,
): Promise<TruthServer> {
  const program = kind === "node" ? null : await compiled(tls === undefined ? "server" : "server-tls");
  if (program === null && (kind === "c" || tls !== undefined))
    throw new Error(`the truth server does not compile here${tls === undefined ? "" : " with TLS"}`);
  const command =
    program === null
      ? [process.execPath, join(import.meta.dirname, "server.ts")]
      : [program, `realtime=${Number(realtime)}`];
  const certificate = tls === undefined ? [] : [`cert=${tls.cert}`, `key=${tls.key}`];
  const [file, ...args] = pinned([...command, ...certificate, ...argumentsOf(stream)], core);
  const child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
  const port = await portOf(child);
  return {
    port,
    kind: program === null ? "node" : "c",
    stats: () => statsOf(port),
    async fail() {
      await fetch(`http://127.0.0.1:${port}/fail`);
    },
    kill: () => void child.kill("SIGKILL"),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.stdin.end();
      await exited;
    },
  };
}

async function portOf(child: { stdout: NodeJS.ReadableStream }): Promise<number> {
  for await (const line of createInterface({ input: child.stdout }))
    return Number(/^listening on (\d+)$/.exec(line)?.[1]);
  throw new Error("the truth server did not start");
}

export const statsOf = async (port: number): Promise<Stats> =>
  (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as Stats;

/** The log of all timed streams so far. */
export const logOf = async (port: number): Promise<StreamLog[]> =>
  readLog(await (await fetch(`http://127.0.0.1:${port}/log`)).arrayBuffer());
