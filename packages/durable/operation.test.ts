import type { OperationUpdate, WireOperation } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { answered, isFinal, rung, timerMs, updated } from "./operation.ts";

const step = (action: OperationUpdate["Action"], more: Partial<OperationUpdate> = {}): OperationUpdate => ({
  Id: "s",
  Type: "STEP",
  Action: action,
  ...more,
});

describe("an operation", () => {
  test("a step that starts, fails and is to be tried again in 3 s is pending until then", () => {
    const started = updated(undefined, step("START"), 1000);
    const pending = updated(started, step("RETRY", { StepOptions: { NextAttemptDelaySeconds: 3 } }), 2000);
    expect(pending).toMatchObject({ Status: "PENDING", StepDetails: { Attempt: 1 } });
    expect(timerMs(pending)).toBe(5000);
    expect(rung(pending, 5000).Status).toBe("READY");
  });

  test("a wait of 2 s has succeeded once its timer has rung", () => {
    const waiting = updated(
      undefined,
      { Id: "w", Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 2 } },
      1000,
    );
    expect(timerMs(waiting)).toBe(3000);
    expect(rung(waiting, 3000)).toMatchObject({ Status: "SUCCEEDED", EndTimestamp: new Date(3000) });
    expect(timerMs(rung(waiting, 3000))).toBeNull();
  });

  test("an operation that has ended does not change any more", () => {
    const done = updated(undefined, step("SUCCEED", { Payload: "1" }), 1000);
    expect(isFinal(done)).toBe(true);
    expect(updated(done, step("FAIL"), 2000)).toBe(done);
  });

  test("an invoke carries its function's answer or its error", () => {
    const invoked: WireOperation = updated(
      undefined,
      { Id: "i", Type: "CHAINED_INVOKE", Action: "START" },
      1000,
    );
    expect(answered(invoked, { result: "{}" }, 2000)).toMatchObject({
      Status: "SUCCEEDED",
      ChainedInvokeDetails: { Result: "{}" },
    });
    expect(answered(invoked, { error: { ErrorMessage: "lost" } }, 2000)).toMatchObject({
      Status: "FAILED",
      ChainedInvokeDetails: { Error: { ErrorMessage: "lost" } },
    });
  });

  test("a type that no workflow of ours uses is refused", () => {
    expect(() => updated(undefined, { Id: "c", Type: "CALLBACK", Action: "START" }, 0)).toThrow(
      /no operations of type CALLBACK/,
    );
  });
});
