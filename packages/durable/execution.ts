import { InvocationStatus } from "@aws/durable-execution-sdk-js";
import type {
  DurableExecutionClient,
  DurableLambdaHandler,
  ErrorObject,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";
import { randomUUID } from "node:crypto";
import { createLedger } from "./ledger.ts";
import { answered, isFinal, timerMs, updated } from "./operation.ts";

/** An invoked function takes JSON and returns JSON. */
export type InvokedFunction = (input: unknown) => Promise<unknown>;

/**
 * How an execution ended. `STOPPED` means that this process gave it up: it does nothing more, and may be
 * started anew later.
 */
export type ExecutionResult =
  | { status: "SUCCEEDED"; result: unknown }
  | { status: "FAILED"; error: ErrorObject }
  | { status: "STOPPED" };

/**
 * How long one invocation of the handler may last. It suspends rather than hold a timer that would ring
 * later.
 */
const INVOCATION_MS = 15 * 60_000;
/** Node cannot sleep longer in one timer. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * One execution of a workflow: its operations, and the loop that calls its handler again whenever one of them
 * has moved on.
 */
export function createExecution(arn: string, payload: unknown, functions: Record<string, InvokedFunction>) {
  const { operations, put, takeChanged, rung } = createLedger();
  const stopping = new AbortController();
  let token = "";
  /** A result that is too large for a handler's answer comes before the answer, as an update. */
  let largeResult: string | undefined;
  /** How often an operation has moved on by itself, because a function answered or a timer rang. */
  let moves = 0;
  let wake = (): void => {};

  const move = (operation: WireOperation): void => {
    put(operation);
    moves++;
    wake();
  };

  const ringTimers = (): void => {
    for (const operation of rung(Date.now())) move(operation);
  };

  const invoke = async (operation: WireOperation, update: OperationUpdate): Promise<void> => {
    const name = update.ChainedInvokeOptions?.FunctionName ?? "";
    try {
      const invoked = functions[name];
      if (invoked === undefined) throw new TypeError(`no function is called ${JSON.stringify(name)}`);
      const result = await invoked(update.Payload === undefined ? undefined : JSON.parse(update.Payload));
      move(answered(operation, { result: JSON.stringify(result) }, Date.now()));
    } catch (error) {
      move(answered(operation, { error: errorObject(error) }, Date.now()));
    }
  };

  const apply = (update: OperationUpdate): void => {
    if (update.Id === undefined) return;
    if (update.Type === "EXECUTION") {
      largeResult = update.Payload;
      return;
    }
    const before = operations.get(update.Id);
    const after = updated(before, update, Date.now());
    put(after);
    if (update.Type === "CHAINED_INVOKE" && before === undefined) void invoke(after, update);
  };

  const client: DurableExecutionClient = {
    checkpoint: async ({ CheckpointToken, Updates = [] }) => {
      // A handler that was suspended or stopped may still hold promises that end later. What they say does
      // not count.
      if (stopping.signal.aborted || CheckpointToken !== token)
        throw Object.assign(new Error("Invalid Checkpoint Token"), {
          name: "InvalidParameterValueException",
          $metadata: { httpStatusCode: 400 },
        });
      ringTimers();
      for (const update of Updates) apply(update);
      const Operations = takeChanged().flatMap((id) => operations.get(id) ?? []);
      token = randomUUID();
      return { CheckpointToken: token, NewExecutionState: { Operations } };
    },
    getExecutionState: async () => ({ Operations: [] }),
  };

  /**
   * Sleeps until an operation moves on by itself, unless one has since `seen`: a move that came while the
   * handler was suspending must not be missed.
   */
  const nextMove = async (seen: number): Promise<void> => {
    for (;;) {
      if (stopping.signal.aborted || moves > seen) return;
      const dueMs = [...operations.values()].flatMap((operation) => timerMs(operation) ?? []);
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      const timer =
        dueMs.length === 0
          ? undefined
          : setTimeout(resolve, Math.min(Math.max(0, Math.min(...dueMs) - Date.now()), TIMER_MAX_MS));
      await promise;
      clearTimeout(timer);
      ringTimers();
    }
  };

  const run = async (handler: DurableLambdaHandler): Promise<ExecutionResult> => {
    operations.set("execution", {
      Id: "execution",
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: new Date(),
      ExecutionDetails: { InputPayload: JSON.stringify(payload) },
    });
    while (!stopping.signal.aborted) {
      token = randomUUID();
      const seen = moves;
      const input = {
        DurableExecutionArn: arn,
        CheckpointToken: token,
        UpdatedOperationIds: takeChanged(),
        InitialExecutionState: { Operations: visible(operations) },
      };
      const endMs = Date.now() + INVOCATION_MS;
      const output = await handler(input, {
        awsRequestId: randomUUID(),
        functionName: "local",
        getRemainingTimeInMillis: () => endMs - Date.now(),
      });
      if (output.Status === InvocationStatus.SUCCEEDED) {
        const result = largeResult ?? output.Result;
        return { status: "SUCCEEDED", result: result === undefined ? undefined : JSON.parse(result) };
      }
      if (output.Status === InvocationStatus.FAILED) return { status: "FAILED", error: output.Error };
      await nextMove(seen);
    }
    return { status: "STOPPED" };
  };

  const { promise: whenStopped, resolve: haveStopped } = Promise.withResolvers<ExecutionResult>();
  return {
    client,
    run: (handler: DurableLambdaHandler): Promise<ExecutionResult> =>
      Promise.race([
        whenStopped,
        run(handler).catch((error: unknown): ExecutionResult => ({
          status: "FAILED",
          error: errorObject(error),
        })),
      ]),
    stop: (): void => {
      stopping.abort();
      haveStopped({ status: "STOPPED" });
      wake();
    },
  };
}

/**
 * The history that a handler replays. Children of a finished context are left out unless it asks for them.
 */
function visible(operations: Map<string, WireOperation>): WireOperation[] {
  const hidden = new Set<string | undefined>();
  return [...operations.values()].filter((operation) => {
    const parent = operation.ParentId === undefined ? undefined : operations.get(operation.ParentId);
    if (parent?.Type !== "CONTEXT" || !isFinal(parent)) return true;
    if (parent.ContextDetails?.ReplayChildren === true && !hidden.has(parent.Id)) return true;
    hidden.add(operation.Id);
    return false;
  });
}

const errorObject = (error: unknown): ErrorObject =>
  error instanceof Error
    ? { ErrorMessage: error.message, ErrorType: error.name }
    : { ErrorMessage: String(error) };
