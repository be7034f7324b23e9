import { calmHelperThreads } from "@brimline/load/calm";
import { type Certification, certify } from "@brimline/load/certificate/certificate";
import { certifiedStreams } from "@brimline/load/certificate/size";
import { z } from "zod";
import { answerOf, wireError } from "../fault.ts";
import { openService } from "./home.ts";
import type { WorkerRequest, WorkerResponse } from "./pool.ts";
import type { Service } from "../service.ts";
import { ShardInput, shardTask } from "../tasks/shard.ts";

/** One worker process: runs the tasks that it is told to, and lives no longer than the channel to the service. */

const CertifyInput = z.object({ streams: z.int() });

/** What this process found out about its own error before its first load, once for each number of streams that it was asked for. */
const certifications = new Map<number, Certification>();

/** With so many streams, or more: the error only grows with them. */
function certified(streams: number): Certification | undefined {
  const enough = [...certifications.keys()].filter((size) => size >= certifiedStreams(streams));
  return certifications.get(Math.min(...enough));
}

/** A shard must be ready at once. What the others need is read when they are called: it would be memory that the load does not need. */
const TASKS: Record<string, (service: Service, input: unknown) => Promise<unknown>> = {
  async preflight(service, input) {
    const { PreflightInput, preflightTask } = await import("../tasks/preflight.ts");
    return answerOf(() => preflightTask(service, PreflightInput.parse(input)));
  },
  certify: async (_service, input) => {
    const { streams } = CertifyInput.parse(input);
    if (!certifications.has(streams)) certifications.set(streams, await certify({ streams }));
  },
  shard: (service, input) => {
    calmHelperThreads();
    return answerOf(() => shardTask(service, ShardInput.parse(input), certified));
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

// The service is gone, perhaps killed: ending now closes every connection, so that no load is left behind.
process.on("disconnect", () => process.exit(0));
// A terminal sends Ctrl-C to everyone; what it means for a job is the service's to decide.
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

// The channel may close between the work and the word of it.
const reply = (response: WorkerResponse): void => void process.send?.(response, () => {});
