import { LOAD_FLAGS } from "@brimline/load/priority";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { WireError } from "../wire-error.ts";
import { errorOf } from "../wire-error.ts";
import type { Home } from "./home.ts";

export type WorkerRequest = { kind: "home"; home: Home } | { kind: "run"; task: string; input: unknown };
export type WorkerResponse =
  | { kind: "done"; result: unknown }
  | { kind: "failed"; error: WireError; stack: string };

/**
 * The worker processes of a job. They live as long as the job, so that their code stays warm from level to
 * level.
 */
export interface WorkerPool {
  /** Starts workers until there are this many. */
  warm(count: number): void;
  /**
   * Runs a task in a free worker or in a new one. It rejects with the task's error, and when the worker dies
   * or is killed after `limitMs`.
   */
  run(task: string, input: unknown, limitMs: number): Promise<unknown>;
  /** Ends all workers at once, whatever they do. */
  close(): Promise<void>;
}

/** A worker that does not end by itself within this time is killed. */
const END_MS = 1000;

/**
 * These make the report of what the others measured. They have workers of their own, because the flags that are
 * right for load cost them time and memory.
 */
const AFTER_LOAD = new Set(["aggregate", "publish"]);
type Kind = "load" | "report";
const FLAGS: Record<Kind, string[]> = { load: LOAD_FLAGS, report: [] };

export function createWorkerPool(home: Home): WorkerPool {
  const free: Record<Kind, ChildProcess[]> = { load: [], report: [] };
  const all = new Set<ChildProcess>();
  let isClosed = false;

  const start = (kind: Kind): ChildProcess => {
    const worker = fork(new URL("worker.ts", import.meta.url), [], {
      execArgv: FLAGS[kind],
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    all.add(worker);
    worker.once("exit", () => {
      all.delete(worker);
      const at = free[kind].indexOf(worker);
      if (at >= 0) free[kind].splice(at, 1);
    });
    worker.on("error", () => worker.kill("SIGKILL"));
    tell(worker, { kind: "home", home });
    return worker;
  };

  return {
    warm(count) {
      if (isClosed) return;
      while (all.size < count) free.load.push(start("load"));
    },
    async run(task, input, limitMs) {
      if (isClosed) throw new Error("the service is stopping");
      const kind = AFTER_LOAD.has(task) ? "report" : "load";
      const worker = free[kind].shift() ?? start(kind);
      const limit = setTimeout(() => worker.kill("SIGKILL"), limitMs);
      try {
        const answer = await ask(worker, task, input);
        free[kind].push(worker);
        if (answer.kind === "done") return answer.result;
        throw Object.assign(errorOf(answer.error), { stack: answer.stack });
      } finally {
        clearTimeout(limit);
      }
    },
    async close() {
      isClosed = true;
      await Promise.all(
        [...all].map(async (worker) => {
          const gone = once(worker, "exit");
          if (worker.connected) worker.disconnect();
          const killer = setTimeout(() => worker.kill("SIGKILL"), END_MS);
          await gone;
          clearTimeout(killer);
        }),
      );
    },
  };
}

/** Tells a worker to run a task and waits for its answer, or its death. */
function ask(worker: ChildProcess, task: string, input: unknown): Promise<WorkerResponse> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.off("message", onMessage);
      worker.off("exit", onExit);
      act();
    };
    const onMessage = (answer: unknown): void => settle(() => resolve(answer as WorkerResponse));
    const onExit = (code: number | null, killedBy: string | null): void =>
      settle(() =>
        reject(new Error(`the worker process that ran ${task} ended (${killedBy ?? `code ${code}`})`)),
      );
    worker.on("message", onMessage);
    worker.on("exit", onExit);
    tell(worker, { kind: "run", task, input });
  });
}

// A worker that cannot be reached is about to exit, and its exit rejects the task.
const tell = (worker: ChildProcess, request: WorkerRequest): void => void worker.send(request, () => {});
