import type {
  ErrorObject,
  OperationStatus,
  OperationUpdate,
  WireOperation,
} from "@aws/durable-execution-sdk-js";

/**
 * One operation of a workflow and how it moves on. All is pure, under a given clock. The five types that our
 * workflows use (EXECUTION, STEP, WAIT, CONTEXT, CHAINED_INVOKE) behave as AWS documents them for durable
 * functions.
 */

const FINAL: ReadonlySet<OperationStatus | undefined> = new Set<OperationStatus | undefined>([
  "SUCCEEDED",
  "FAILED",
  "TIMED_OUT",
  "STOPPED",
  "CANCELLED",
]);
const STATUS_AFTER: Partial<Record<string, OperationStatus>> = {
  SUCCEED: "SUCCEEDED",
  FAIL: "FAILED",
  CANCEL: "CANCELLED",
};

export const isFinal = (operation: WireOperation): boolean => FINAL.has(operation.Status);

/**
 * The operation after an update that the workflow asks for. An operation that has ended does not change any
 * more.
 */
export function updated(
  before: WireOperation | undefined,
  update: OperationUpdate,
  nowMs: number,
): WireOperation {
  if (before !== undefined && isFinal(before)) return before;
  const now = new Date(nowMs);
  const base: WireOperation = before ?? {
    Id: update.Id,
    ParentId: update.ParentId,
    Name: update.Name,
    Type: update.Type,
    SubType: update.SubType,
    StartTimestamp: now,
    Status: "STARTED",
  };
  const end = update.Action === undefined ? undefined : STATUS_AFTER[update.Action];
  const moved: WireOperation =
    end === undefined ? { ...base, Status: "STARTED" } : { ...base, Status: end, EndTimestamp: now };
  const outcome = { Result: update.Payload, Error: update.Error };
  switch (update.Type) {
    case "STEP": {
      const attempt = base.StepDetails?.Attempt ?? 0;
      if (update.Action === "START")
        return { ...moved, StepDetails: { ...base.StepDetails, Attempt: attempt } };
      if (update.Action !== "RETRY") return { ...moved, StepDetails: { Attempt: attempt + 1, ...outcome } };
      const dueMs = nowMs + 1000 * (update.StepOptions?.NextAttemptDelaySeconds ?? 0);
      return {
        ...base,
        Status: "PENDING",
        StepDetails: { Attempt: attempt + 1, NextAttemptTimestamp: new Date(dueMs), ...outcome },
      };
    }
    case "CONTEXT":
      return {
        ...moved,
        ContextDetails: {
          ReplayChildren: update.ContextOptions?.ReplayChildren ?? base.ContextDetails?.ReplayChildren,
          ...outcome,
        },
      };
    case "WAIT":
      return {
        ...moved,
        WaitDetails: {
          ScheduledEndTimestamp: new Date(nowMs + 1000 * (update.WaitOptions?.WaitSeconds ?? 0)),
        },
      };
    case "CHAINED_INVOKE":
      return { ...moved, ChainedInvokeDetails: {} };
    default:
      throw new TypeError(`the local engine has no operations of type ${update.Type}`);
  }
}

/** An invoke whose function has answered. */
export function answered(
  operation: WireOperation,
  outcome: { result: string | undefined } | { error: ErrorObject },
  nowMs: number,
): WireOperation {
  const details = "error" in outcome ? { Error: outcome.error } : { Result: outcome.result };
  return {
    ...operation,
    Status: "error" in outcome ? "FAILED" : "SUCCEEDED",
    EndTimestamp: new Date(nowMs),
    ChainedInvokeDetails: details,
  };
}

/**
 * When a timer next moves this operation on, Unix ms: the end of a wait, or the next try of a step. It is
 * null without a timer.
 */
export function timerMs(operation: WireOperation): number | null {
  if (operation.Type === "WAIT" && operation.Status === "STARTED")
    return timeOf(operation.WaitDetails?.ScheduledEndTimestamp);
  if (operation.Type === "STEP" && operation.Status === "PENDING")
    return timeOf(operation.StepDetails?.NextAttemptTimestamp);
  return null;
}

/** The operation once its timer has rung. */
export const rung = (operation: WireOperation, nowMs: number): WireOperation =>
  operation.Type === "WAIT"
    ? { ...operation, Status: "SUCCEEDED", EndTimestamp: new Date(nowMs) }
    : { ...operation, Status: "READY" };

const timeOf = (timestamp: Date | string | undefined): number | null =>
  timestamp === undefined ? null : new Date(timestamp).getTime();
