import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import type {
  DurableContext,
  DurableExecutionConfig,
  DurableLambdaHandler,
} from "@aws/durable-execution-sdk-js";
import { CANCELLED, type Outcome } from "@brimline/core/job/plan/outcome";
import { UNPUBLISHED } from "./job/job-end.ts";
import { createOperations, type Operations, type WorkflowPorts } from "./job/operations.ts";
import type { PublishResult } from "./tasks/publish.ts";

/**
 * The number of attempts at a level whose shards are lost. The last one stands with the shards that it has.
 */
const LEVEL_ATTEMPTS = 3;

/**
 * One job from its start to its end. The workflow may begin anew at its top at any time, because every step
 * and every task finds what it did before. It is the same on both durable engines.
 */
export const jobWorkflow =
  (ports: WorkflowPorts) =>
  (config: DurableExecutionConfig): DurableLambdaHandler =>
    withDurableExecution(async ({ jobId }: { jobId: string }, context: DurableContext) => {
      const job = createOperations(ports, jobId, context);
      const begun = await job.begin();
      if (begun.hasEnded) return job.close();
      const outcome = await runToItsEnd(job).catch((error: unknown) => job.failed(error));
      const reported = await report(job, outcome);
      await job.notify("end", await job.end(reported.outcome, reported.published));
      return job.close();
    }, config);

/** Preflight, then the idle time, then level after level. */
async function runToItsEnd(job: Operations): Promise<Outcome> {
  if (await job.isCancelled()) return CANCELLED;
  const preflight = await job.preflight();
  if (preflight.verdict === "cancelled") return CANCELLED;
  if (preflight.verdict !== "accepted") return { state: preflight.verdict, problem: preflight.problem };
  await job.notify("started", await job.started());
  await job.idle();
  const attempts = new Map<string, number>();
  for (let round = 0; ; round++) {
    const next = await job.next(round);
    if ("outcome" in next) return next.outcome;
    const level = `${next.levelId}/${next.repeat}`;
    const begun = (attempts.get(level) ?? 0) + 1;
    attempts.set(level, begun);
    await job.shards(round, next);
    await job.notify(`level ${round}`, await job.ended(round, next, begun >= LEVEL_ATTEMPTS));
  }
}

/** Makes the report and its pages when a level has ended. A job whose page fails still has its report. */
async function report(
  job: Operations,
  outcome: Outcome,
): Promise<{ outcome: Outcome; published: PublishResult }> {
  if (outcome.state === "rejected") return { outcome, published: UNPUBLISHED };
  const { state, problem } = outcome;
  try {
    const { finishedAt, hasLevels } = await job.reporting();
    if (!hasLevels) return { outcome, published: UNPUBLISHED };
    await job.aggregate({ state, problem, finishedAt });
  } catch (error) {
    return { outcome: await job.failed(error), published: UNPUBLISHED };
  }
  return { outcome, published: await job.publish() };
}
