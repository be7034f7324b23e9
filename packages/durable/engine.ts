import type { DurableExecutionConfig, DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { createExecution } from "./execution.ts";
import type { ExecutionResult, InvokedFunction } from "./execution.ts";

/**
 * Runs workflows written against AWS's durable-execution SDK inside this process. Operations live in memory
 * only. There is no journal, so after a restart a workflow begins at its top, and its steps must find what
 * they already did.
 */
export interface DurableEngine {
  /**
   * Starts an execution of a workflow under a name, and resolves when it has ended. While one of that name
   * runs, it resolves with that one. `makeHandler` is `(config) => withDurableExecution(workflow, config)`.
   */
  start(
    name: string,
    makeHandler: (config: DurableExecutionConfig) => DurableLambdaHandler,
    payload: unknown,
  ): Promise<ExecutionResult>;
  /**
   * Gives all executions up: no handler is called again, and what their functions answer no longer matters.
   */
  stopAll(): void;
}

/** `functions` are what `context.invoke(name, …)` reaches. An input and a result must survive JSON. */
export function createEngine({ functions }: { functions: Record<string, InvokedFunction> }): DurableEngine {
  const executions = new Map<string, { ended: Promise<ExecutionResult>; stop: () => void }>();
  return {
    start(name, makeHandler, payload) {
      const running = executions.get(name);
      if (running !== undefined) return running.ended;
      const execution = createExecution(`arn:brimline:local:${name}`, payload, functions);
      const ended = execution
        .run(makeHandler({ durableExecutionClient: execution.client }))
        .finally(() => executions.delete(name));
      executions.set(name, { ended, stop: execution.stop });
      return ended;
    },
    stopAll() {
      for (const execution of executions.values()) execution.stop();
    },
  };
}
