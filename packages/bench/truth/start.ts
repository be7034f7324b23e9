import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pinned } from "@brimline/testkit/pin";
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
  /** CLOCK_MONOTONIC, ns: when a client last sent something, and when one last closed a connection; 0 if never. */
  heardNs: number;
  closedNs: number;
  /** Connections that have asked for a stream and are not closed. */
  open: number;
  /** A sum over the bodies of all requests, the same in whatever order they came. */
  bodies: string;
}

export interface TruthServer {
  port: number;
  kind: "c" | "node";
  stats(): Promise<Stats>;
  /** Cuts every stream, and from now on it answers 500. */
  fail(): Promise<void>;
  /** Ends it as the system would: without a word. */
  kill(): void;
  stop(): Promise<void>;
}

/** `core`: the CPU it is bound to; null for any. */
export interface StartOptions {
  core: number | null;
  /** Where the system allows it, it runs before everything else on its core. */
  realtime: boolean;
  kind?: "c" | "node";
  /** Files of a certificate and its key: it speaks TLS beside plain HTTP, on the same port. In C only. */
  tls?: { cert: string; key: string };
}

/** Starts a truth server on a free loopback port. It ends with this process, whatever happens to it. */
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

/** All timed streams so far. */
export const logOf = async (port: number): Promise<StreamLog[]> =>
  readLog(await (await fetch(`http://127.0.0.1:${port}/log`)).arrayBuffer());
