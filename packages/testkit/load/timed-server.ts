import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { TlsOptions } from "node:tls";
import { Worker } from "node:worker_threads";

/** What a timed server does on a connection, one after the other. `unblock` ends `block` before the end. */
export type Step =
  | { waitMs: number }
  | { text: string; times?: number }
  | { unblock: true }
  | { close: "end" | "reset" };

/** What it did: between which two times, by `performance.now()` of this thread, each text was written. */
export interface Played {
  id: number;
  written: { fromMs: number; toMs: number }[];
}

export interface Asked {
  /** What must be sent, in a line of its own or in the path of a request. */
  word: string;
  /** Blocks this thread until all was done, or the step `unblock`, so that nothing of it can be read meanwhile. */
  block(): void;
  played: Promise<Played>;
}

/**
 * A TCP server in a thread of its own, which goes on while this one is blocked. It does what a connection asks it
 * for, and says when it did that.
 */
export interface TimedServer {
  port: number;
  ask(steps: Step[]): Asked;
  close(): Promise<void>;
}

const BLOCKED_MS_MAX = 10_000;

/** It listens on loopback, for TLS where it is given a TLS certificate. */
export async function startTimedServer(tls: TlsOptions | null = null): Promise<TimedServer> {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(new URL("./timed-server-thread.ts", import.meta.url), {
    workerData: { done, tls },
  });
  const [port] = (await once(thread, "message")) as [number];
  // The closest of some pairs of readings, as both clocks run alike.
  const originMs = Math.max(
    ...Array.from({ length: 50 }, () => Number(process.hrtime.bigint()) / 1e6 - performance.now()),
  );
  const waiting = new Map<number, (played: Played) => void>();
  thread.on("message", ({ id, written }: Played) =>
    waiting.get(id)?.({
      id,
      written: written.map(({ fromMs, toMs }) => ({ fromMs: fromMs - originMs, toMs: toMs - originMs })),
    }),
  );
  let ids = 0;
  return {
    port,
    ask(steps) {
      const id = ++ids;
      const { promise: played, resolve } = Promise.withResolvers<Played>();
      waiting.set(id, resolve);
      return {
        word: `play:${Buffer.from(JSON.stringify({ id, steps })).toString("base64url")}`,
        played,
        block() {
          for (let seen = Atomics.load(done, 0); seen !== id; seen = Atomics.load(done, 0))
            if (Atomics.wait(done, 0, seen, BLOCKED_MS_MAX) === "timed-out")
              throw new Error("the timed server did not do what it was asked for");
        },
      };
    },
    async close() {
      await thread.terminate();
    },
  };
}
