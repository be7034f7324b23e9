import { preferReadingThread } from "@brimline/load/priority";
import { type Certification, certify } from "@brimline/load/certificate/certificate";
import { certifiedStreams } from "@brimline/load/certificate/size";
import { z } from "zod";
import { answerOf, wireError } from "../wire-error.ts";
import { openService } from "./home.ts";
import type { WorkerRequest, WorkerResponse } from "./pool.ts";
import type { Service } from "../service.ts";
import { shardTask } from "../tasks/shard.ts";
import { ShardInput } from "../tasks/shard-input.ts";

/**
 * This program is one worker process. It runs the tasks that the service sends, and ends when the channel to
 * the service closes.
 */

const CertifyInput = z.object({ streams: z.int() });

/** What this process measured about its own error before its first load, for each number of streams. */
const certifications = new Map<number, Certification>();

/**
 * The certification for at least so many streams. The error only grows with their number, so one for more
 * streams holds too.
 */
function certified(streams: number): Certification | undefined {
  const enough = [...certifications.keys()].filter((size) => size >= certifiedStreams(streams));
  return certifications.get(Math.min(...enough));
}

/**
 * The tasks by their names. The code of a shard is loaded at the start, because a shard must be ready at
 * once. The other tasks load their code when they run, so that it takes no memory beside the load.
 */
const TASKS: Record<string, (service: Service, input: unknown) => Promise<unknown>> = {
  async preflight(service, input) {
    const [{ PreflightInput }, { preflightTask }] = await Promise.all([
      import("../tasks/preflight-input.ts"),
      import("../tasks/preflight.ts"),
    ]);
    return answerOf(() => preflightTask(service, PreflightInput.parse(input)));
  },
  certify: async (_service, input) => {
    const { streams } = CertifyInput.parse(input);
    if (!certifications.has(streams)) certifications.set(streams, await certify({ streams }));
  },
  async shard(service, input) {
    const release = preferReadingThread();
    const answer = await answerOf(() => shardTask(service, ShardInput.parse(input), certified));
    release();
    return answer;
  },
  async aggregate(service, input) {
    const [{ AggregateTaskInput }, { aggregateTask }] = await Promise.all([
      import("../tasks/freeze.ts"),
      import("../tasks/aggregate.ts"),
    ]);
    return answerOf(() => aggregateTask(service, AggregateTaskInput.parse(input)));
  },
  async publish(service, input) {
    const { PublishInput, publishTask } = await import("../tasks/publish.ts");
    return answerOf(() => publishTask(service, PublishInput.parse(input)));
  },
};

// The service is gone, perhaps killed. The end of this process closes every connection, so that no load is
// left behind.
process.on("disconnect", () => process.exit(0));
// A terminal sends Ctrl-C to every process, but only the service decides what it means for a job.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});

let service: Promise<Service> | null = null;

process.on("message", (message: WorkerRequest) => {
  if (message.kind === "home") service = openService(message.home);
  else void answer(message);
});

async function answer({ task, input }: Extract<WorkerRequest, { kind: "run" }>): Promise<void> {
  try {
    const run = TASKS[task];
    if (run === undefined || service === null)
      throw new TypeError(`no task is called ${JSON.stringify(task)}`);
    reply({ kind: "done", result: await run(await service, input) });
  } catch (error) {
    const told =
      error instanceof z.ZodError ? new TypeError(z.prettifyError(error), { cause: error }) : error;
    reply({
      kind: "failed",
      error: wireError(told),
      stack: error instanceof Error ? (error.stack ?? "") : "",
    });
  }
}

// The channel may close before the answer is sent.
const reply = (response: WorkerResponse): void => void process.send?.(response, () => {});
