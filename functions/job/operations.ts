import type { ProblemCode } from "@brimline/core/codes";
import type { Outcome } from "@brimline/core/job/plan/outcome";
import { type Problem, problemOf } from "@brimline/core/job/state/problem";
import { InvokeError, type DurableContext } from "@aws/durable-execution-sdk-js";
import { codeOf, errorOf, answerValue, wireError, type TaskAnswer } from "../wire-error.ts";
import type { LogError } from "../log.ts";
import type { Service } from "../service.ts";
import type { AggregateTaskInput } from "../tasks/freeze.ts";
import type { PreflightResult } from "../tasks/preflight.ts";
import type { PublishResult } from "../tasks/publish.ts";
import type { ShardResult } from "../tasks/shard.ts";
import type { ShardInput } from "../tasks/shard-input.ts";
import { beginJob, emitStarted } from "./begin.ts";
import { isCancelled } from "../objects/control.ts";
import { type SpecObject, specOf } from "../objects/spec.ts";
import { isShardStored, storedPreflight, storedReport } from "./stored-results.ts";
import { closeJob, endJob, startReporting, UNPUBLISHED } from "./job-end.ts";
import { endLevel } from "./level-end.ts";
import type { Emitted } from "./emit.ts";
import { keepIdle } from "./idle.ts";
import { type NextAttempt, nextLevel, type RootRules } from "./next-level.ts";

/** The name by which each task is invoked: its own name locally, the name of a Lambda function on AWS. */
interface TaskNames {
  preflight: string;
  shard: string;
  aggregate: string;
  publish: string;
  notify: string;
}

export interface WorkflowPorts {
  service: Service;
  names: TaskNames;
  rules: RootRules;
  /** It is told of errors in the workflow itself. The tasks log their own. */
  logError: LogError;
  /** It aborts when this process gives its jobs up. */
  stopping: AbortSignal;
}

/** The number of times that a step or a task is tried. */
const STEP_TRIES = 3;

/** A task that failed with one of these codes would fail with it again. */
const BEYOND_RETRY = new Set<ProblemCode | null>([
  "disk_full",
  "secret_unavailable",
  "address_refused",
  "host_not_canonical",
]);

/**
 * The problem that an error makes of a job. The text of an error of ours was written for the caller. Any
 * other text may hold what the caller must not see, so only the log gets it.
 */
function problemFrom(error: unknown): Problem {
  const code = codeOf(error);
  return code === null || !(error instanceof Error) ? problemOf("internal") : problemOf(code, error.message);
}

const rethrow = (error: unknown): never => {
  throw errorOf(wireError(error));
};

export type Operations = ReturnType<typeof createOperations>;

/** The operations of a job's workflow, each as a step or an invoke in the durable engine's context. */
export function createOperations(
  { service, names, rules, logError, stopping }: WorkflowPorts,
  jobId: string,
  context: DurableContext,
) {
  let known: SpecObject | undefined;
  /** The job as it was accepted. It never changes, so a process reads it once and passes it on. */
  const stored = async (): Promise<SpecObject> => (known ??= await specOf(service, jobId));

  const stepIn = <T>(within: DurableContext, name: string, act: () => Promise<T>): Promise<T> =>
    within.step(name, () => act().catch(rethrow), {
      retryStrategy: (_, tried) => ({ shouldRetry: tried < STEP_TRIES, delay: { seconds: 1 } }),
    });
  const step = <T>(name: string, act: () => Promise<T>): Promise<T> => stepIn(context, name, act);

  /** Invokes a shard. When its answer is lost, the summary that it left in the store counts as the answer. */
  const runShard = async (within: DurableContext, input: ShardInput): Promise<TaskAnswer<unknown>> => {
    const invoked = within.invoke<ShardInput, TaskAnswer<ShardResult>>(
      `shard ${input.shard}`,
      names.shard,
      input,
    );
    return invoked.catch(async (error: unknown) => {
      const isDone = await stepIn(within, `shard ${input.shard} done`, () => isShardStored(service, input));
      if (!isDone) throw error;
      return { value: null };
    });
  };

  /**
   * Invokes a task, again when it or its answer was lost, unless trying again cannot help. `done` reads what
   * the task left in the store. If it left its result, that counts, whatever became of its answer.
   */
  const invoke = async <T>(
    name: Exclude<keyof TaskNames, "shard" | "notify">,
    input: object,
    done?: () => Promise<T | null>,
  ): Promise<T> => {
    for (let tried = 1; ; tried++) {
      try {
        return answerValue(
          await context.invoke<unknown, TaskAnswer<T>>(name, names[name], { jobId, ...input }),
        );
      } catch (error) {
        if (BEYOND_RETRY.has(codeOf(error))) throw error;
        const left = done === undefined ? null : await step(`${name} done ${tried}`, done);
        if (left !== null) return left;
        if (tried >= STEP_TRIES) throw error;
      }
    }
  };

  return {
    begin: () => step("begin", async () => beginJob(service, await stored())),
    isCancelled: () => step("cancelled", () => isCancelled(service, jobId)),
    /** Invokes preflight, again while the job waits for its endpoint and one call may wait no longer. */
    async preflight(): Promise<Exclude<PreflightResult, { verdict: "waiting" }>> {
      for (;;) {
        const result = await invoke<PreflightResult>("preflight", {}, () => storedPreflight(service, jobId));
        if (result.verdict !== "waiting") return result;
      }
    },
    started: () => step("started", async () => emitStarted(service, await stored())),
    idle: () => step("idle", async () => keepIdle(service, await stored(), stopping)),
    next: (round: number) => step(`next ${round}`, async () => nextLevel(service, await stored(), rules)),
    /**
     * Invokes the shards side by side. A shard that is lost does not end the others. It throws only what
     * trying again cannot mend.
     */
    async shards(round: number, { attemptKey, shards }: NextAttempt): Promise<void> {
      const inputs = Array.from({ length: shards }, (_, shard) => ({ jobId, attemptKey, shard }));
      const batch = await context.map(`shards ${round}`, inputs, runShard, {
        completionConfig: { toleratedFailureCount: shards },
      });
      const faults = batch.getResults().flatMap((answer) => ("fault" in answer ? errorOf(answer.fault) : []));
      const beyondRetry = faults.find((error) => BEYOND_RETRY.has(codeOf(error)));
      if (beyondRetry !== undefined) throw beyondRetry;
    },
    ended: (round: number, attempt: NextAttempt, isLastAttempt: boolean) =>
      step(`ended ${round}`, async () => endLevel(service, await stored(), attempt, isLastAttempt)),
    reporting: () => step("reporting", () => startReporting(service, jobId)),
    aggregate: (input: Omit<AggregateTaskInput, "jobId">) =>
      invoke<unknown>("aggregate", input, () => storedReport(service, jobId)),
    async publish(): Promise<PublishResult> {
      try {
        // The workflow may not read the site, so only the task can say which pages exist.
        return await invoke<PublishResult>("publish", {});
      } catch {
        // The task has logged why.
        return UNPUBLISHED;
      }
    },
    end: (outcome: Outcome, published: PublishResult) =>
      step("end", async () => endJob(service, await stored(), outcome, published)),
    close: () => step("close", () => closeJob(service, jobId)),
    /**
     * Tells the job's webhook, if it asks for the event. What fails here stays in the outbox for the sweep.
     */
    async notify(what: string, emitted: Emitted | null): Promise<void> {
      if (emitted?.toDeliver !== true) return;
      await context
        .invoke(`notify ${what}`, names.notify, { jobId, sequence: emitted.sequence })
        .catch(() => {});
    },
    async failed(error: unknown): Promise<Outcome> {
      // A task that failed has logged the error itself.
      if (!(error instanceof InvokeError)) await step("failed", async () => logError(error, { jobId }));
      return { state: "failed", problem: problemFrom(error) };
    },
  };
}
