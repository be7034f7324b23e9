import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import type {
  DurableExecutionClient,
  DurableExecutionConfig,
  DurableLambdaHandler,
  ErrorObject,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { createEngine } from "@brimline/durable/engine";
import type { ProgramRun } from "./program.ts";

/**
 * What an engine made of a workflow: how it ended, and the operations that it kept, as a tree in the order in
 * which they began.
 */
export interface Trace {
  status: string;
  outcome: unknown;
  operations: OperationTrace[];
  effects: Record<string, number>;
}

export interface OperationTrace {
  id: string | undefined;
  name: string | undefined;
  type: string | undefined;
  subType: string | undefined;
  status: string | undefined;
  /** The number of the step's tries. */
  attempt: number | undefined;
  result: unknown;
  error: { type: string | undefined; message: string | undefined } | null;
  children: OperationTrace[];
}

/** Runs a program on our local engine. */
export async function onOurs({ workflow, functions, effects }: ProgramRun): Promise<Trace> {
  const seen = new Map<string, WireOperation>();
  const see = (operations: WireOperation[] = []): void => {
    for (const operation of operations) if (operation.Id !== undefined) seen.set(operation.Id, operation);
  };
  const ended = await createEngine({ functions }).start("w", (config) => watched(workflow, config, see), {});
  const outcome =
    ended.status === "SUCCEEDED" ? ended.result : ended.status === "FAILED" ? errorTrace(ended.error) : null;
  return { status: ended.status, outcome, operations: treeOf([...seen.values()]), effects: sorted(effects) };
}

/** Runs a program on AWS's local runner, which must have been set up. */
export async function onAws({ workflow, functions, effects }: ProgramRun): Promise<Trace> {
  const runner = new LocalDurableTestRunner<unknown>({ handlerFunction: withDurableExecution(workflow) });
  for (const [name, invoked] of Object.entries(functions)) runner.registerFunction(name, invoked);
  const ended = await runner.run({ payload: {} });
  const status = String(ended.getStatus());
  const operations = ended.getOperations().flatMap((operation) => operation.getOperationData() ?? []);
  return { status, outcome: outcomeOf(), operations: treeOf(operations), effects: sorted(effects) };

  function outcomeOf(): unknown {
    if (status === "SUCCEEDED") return ended.getResult();
    const { errorType, errorMessage } = ended.getError();
    return { type: errorType, message: errorMessage };
  }
}

/** The handler of a workflow, which also shows `see` every operation that it gets from the engine. */
function watched(
  workflow: ProgramRun["workflow"],
  { durableExecutionClient }: DurableExecutionConfig,
  see: (operations?: WireOperation[]) => void,
): DurableLambdaHandler {
  if (durableExecutionClient === undefined) throw new Error("the engine gave no client");
  const client: DurableExecutionClient = {
    getExecutionState: (request, logger) => durableExecutionClient.getExecutionState(request, logger),
    checkpoint: async (request, logger) => {
      const answer = await durableExecutionClient.checkpoint(request, logger);
      see(answer.NewExecutionState?.Operations);
      return answer;
    },
  };
  const handler = withDurableExecution(workflow, { durableExecutionClient: client });
  return (event, context) => {
    see(event.InitialExecutionState.Operations);
    return handler(event, context);
  };
}

function treeOf(operations: WireOperation[], parent?: string): OperationTrace[] {
  return operations
    .filter(({ Type, ParentId }) => Type !== "EXECUTION" && ParentId === parent)
    .map((operation) => {
      const details = operation.StepDetails ?? operation.ContextDetails ?? operation.ChainedInvokeDetails;
      return {
        id: operation.Id,
        name: operation.Name,
        type: operation.Type,
        subType: operation.SubType,
        status: operation.Status,
        attempt: operation.StepDetails?.Attempt,
        result: details?.Result,
        error: details?.Error === undefined ? null : errorTrace(details.Error),
        children: treeOf(operations, operation.Id),
      };
    });
}

const errorTrace = ({ ErrorType, ErrorMessage }: ErrorObject) => ({ type: ErrorType, message: ErrorMessage });

const sorted = (effects: Map<string, number>): Record<string, number> =>
  Object.fromEntries([...effects].toSorted(([a], [b]) => a.localeCompare(b)));
