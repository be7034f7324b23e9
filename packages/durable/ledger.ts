import type { WireOperation } from "@aws/durable-execution-sdk-js";
import { rung, timerMs } from "./operation.ts";

/** The operations of one execution, and which of them have changed since its handler was last told. */
export function createLedger() {
  const operations = new Map<string, WireOperation>();
  const changed = new Set<string>();
  return {
    operations,
    put: (operation: WireOperation): void => {
      if (operation.Id === undefined || operations.get(operation.Id) === operation) return;
      operations.set(operation.Id, operation);
      changed.add(operation.Id);
    },
    hasChanged: (): boolean => changed.size > 0,
    /** The ids of operations that have changed since this was last called. */
    takeChanged: (): string[] => {
      const ids = [...changed];
      changed.clear();
      return ids;
    },
    /** The operations whose timer is over, as they are once it has rung. */
    rung: (nowMs: number): WireOperation[] =>
      [...operations.values()].flatMap((operation) => {
        const dueMs = timerMs(operation);
        return dueMs !== null && dueMs <= nowMs ? [rung(operation, nowMs)] : [];
      }),
  };
}
