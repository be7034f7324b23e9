import type { DurableExecutionConfig, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { createExecution } from "./execution.ts";
import type { ExecutionResult, InvokedFunction } from "./execution.ts";

/**
 * Runs workflows written against AWS's durable-execution SDK inside this process. Operations live in memory only: there is no
 * journal, so after a restart a workflow begins at its top and its steps must find what they already did.
 */
export interface DurableEngine {
  /**
   * Starts a workflow under a name and answers when it has ended. While one of that name runs, this is the same run.
   * `makeHandler` is `(config) => withDurableExecution(workflow, config)`.
   */
  start(
    name: string,
    makeHandler: (config: DurableExecutionConfig) => DurableLambdaHandler,
    payload: unknown,
  ): Promise<ExecutionResult>;
  /** Gives all runs up: no handler is called again, and what their functions answer no longer matters. */
  stopAll(): void;
  isRunning(name: string): boolean;
}

/** `functions`: what `context.invoke(name, …)` reaches. An input and a result must survive JSON. */
export function createEngine({ functions }: { functions: Record<string, InvokedFunction> }): DurableEngine {
  const runs = new Map<string, { ended: Promise<ExecutionResult>; stop: () => void }>();
  return {
    start(name, makeHandler, payload) {
      const running = runs.get(name);
      if (running !== undefined) return running.ended;
      const execution = createExecution(`arn:brimline:local:${name}`, payload, functions);
      const ended = execution
        .run(makeHandler({ durableExecutionClient: execution.client }))
        .finally(() => runs.delete(name));
      runs.set(name, { ended, stop: execution.stop });
      return ended;
    },
    stopAll() {
      for (const run of runs.values()) run.stop();
    },
    isRunning: (name) => runs.has(name),
  };
}
