import { shardsOf, streamsOf } from "@brimline/core/job/plan/shards";
import { createEngine } from "@brimline/durable/engine";
import { availableParallelism } from "node:os";
import { createAdmission } from "../api/job/admission.ts";
import { submitDue } from "../api/submit-due.ts";
import { certifyWorkers } from "./certify.ts";
import { USERS_PER_SHARD } from "./caps.ts";
import type { Home } from "./home.ts";
import { jobWorkflow } from "../job.ts";
import { specOf } from "../objects/spec.ts";
import { statusOf } from "../objects/status.ts";
import { createNotifier } from "./notifier.ts";
import { createWorkerPool, type WorkerPool } from "./pool.ts";
import { preparedLoads } from "./prepared.ts";
import { createPublisher } from "./publisher.ts";
import { createQueue } from "./queue.ts";
import { errorsTo, type Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { TaskAnswer } from "../wire-error.ts";
import type { PreflightResult } from "../tasks/preflight.ts";
import { preflightLimitMs } from "../tasks/preflight-input.ts";
import type { DueEvent } from "../tasks/notify.ts";
import { shardLimitMs } from "../tasks/shard-input.ts";
import { sweepTask } from "../tasks/sweep.ts";

/** The time that a shard has to open its connections. Its worker was started with the job. */
const LEAD_MS = 600;
const SWEEP_EVERY_MS = 2000;
const LIMIT_MS = { aggregate: 600_000, publish: 600_000 };
const NOTIFY_SETTLE_MS = 1000;
/**
 * Workers for a rate are started for answers this long. How many a rate needs is known only after the
 * warm-up, which is too late to start them.
 */
const LONG_E2E_MS = 20_000;

/** Starts the durable engine, the queue and the timer of one service. */
export function startJobs(
  home: Home,
  service: Service,
  { log, certify, onEnd }: { log: Log; certify: boolean; onEnd: (state: string) => void },
) {
  const stopping = new AbortController();
  const logError = errorsTo(log);
  const notifier = createNotifier(service, log);
  const publisher = createPublisher(home, LIMIT_MS.publish);
  let pool: WorkerPool | null = null;
  /** The log of the running job. */
  let jobLog = log;
  let workers = 0;
  /** The number of streams that a worker carries, for each level. */
  let streams: number[] = [];
  const inPool = async (task: string, input: unknown, limitMs: number): Promise<unknown> => {
    if (pool === null) throw new Error("no job runs");
    const sinceMs = performance.now();
    try {
      const answer = await pool.run(task, input, limitMs);
      jobLog.info({ task, ms: Math.round(performance.now() - sinceMs) }, "task done");
      return answer;
    } catch (error) {
      if (!stopping.signal.aborted) errorsTo(jobLog)(error, { task });
      throw error;
    }
  };
  const engine = createEngine({
    functions: {
      async preflight(input) {
        const limitMs = await preflightLimitMs(service, input);
        const answer = (await inPool("preflight", input, limitMs)) as TaskAnswer<PreflightResult>;
        // Workers measure themselves between preflight and the idle time, in which nothing else may run.
        if (certify && "value" in answer && answer.value.verdict === "accepted")
          await certifyWorkers(inPool, workers, streams);
        return answer;
      },
      shard: async (input) => inPool("shard", input, await shardLimitMs(service, input)),
      aggregate: (input) => inPool("aggregate", input, LIMIT_MS.aggregate),
      publish: (input) => inPool("publish", input, LIMIT_MS.publish),
      // The event is delivered beside the job, so that the job does not wait for a slow receiver.
      notify: async (input) => void notifier.send(input as DueEvent),
    },
  });
  const rules = { leadMs: LEAD_MS, maxShards: availableParallelism(), usersPerShard: USERS_PER_SHARD };
  const names = {
    preflight: "preflight",
    shard: "shard",
    aggregate: "aggregate",
    publish: "publish",
    notify: "notify",
  };
  const workflow = jobWorkflow({ service, names, rules, logError, stopping: stopping.signal });

  const queue = createQueue(async (jobId) => {
    pool = createWorkerPool(home);
    jobLog = log.child({ jobId });
    jobLog.info("job taken up");
    try {
      const { spec } = await specOf(service, jobId);
      const loads = preparedLoads(spec, USERS_PER_SHARD).map((load) => ({
        load,
        shards: shardsOf(load, LONG_E2E_MS, rules),
      }));
      workers = Math.max(...loads.map(({ shards }) => shards));
      streams = loads.map(({ load, shards }) => streamsOf(load, shards));
      pool.warm(workers);
      const ended = await engine.start(jobId, workflow, { jobId });
      if (ended.status === "FAILED")
        jobLog.warn({ err: ended.error.ErrorMessage ?? "unknown error" }, "job given up for now");
      else {
        jobLog.info({ status: ended.status }, "job left");
        if (ended.status === "SUCCEEDED") onEnd((await statusOf(service, jobId)).state);
      }
      return ended.status === "SUCCEEDED";
    } finally {
      await pool.close();
    }
  });

  const startJob = async (jobId: string): Promise<void> => queue.add(jobId);
  /** Neither a request nor the sweep waits for the page. */
  const publish = async (jobId: string): Promise<void> =>
    void publisher.publish(jobId).catch((error: unknown) => {
      if (!stopping.signal.aborted) logError(error, { jobId });
    });
  const due = submitDue(service, createAdmission(service, { startJob }, logError));
  let sweeping: Promise<void> | null = null;
  const sweep = (): Promise<void> => {
    sweeping ??= sweepTask(service, {
      startJobs: async (open) => open.forEach(({ id }) => queue.add(id)),
      notify: (delivery) => notifier.send(delivery),
      publish,
      due,
      logError,
    })
      .catch((error: unknown) => logError(error))
      .finally(() => (sweeping = null));
    return sweeping;
  };
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);

  return {
    ports: {
      startJob,
      publish,
      redeliver: (jobId: string, sequence: number) => notifier.send({ jobId, sequence, redeliver: true }),
      log,
    },
    sweep,
    async stop(): Promise<void> {
      clearInterval(timer);
      stopping.abort();
      const stopped = queue.stop();
      engine.stopAll();
      await Promise.all([pool?.close(), publisher.stop()]);
      await stopped;
      await notifier.settle(NOTIFY_SETTLE_MS);
    },
  };
}
