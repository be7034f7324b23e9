import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Action, longestS, programRun } from "@brimline/testkit/durable/program";
import { onAws, onOurs, type Trace } from "@brimline/testkit/durable/trace";

/**
 * Our local engine is compared with AWS's own local runner: the same workflow must leave the same operations
 * and the same result.
 */

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: false }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

const LIMIT_MS = 60_000;
const PROGRAMS = 40;
/** The longest wait of a generated workflow, so that all end soon. */
const LONGEST_S = 1;
/** A result that the SDK does not keep: it is made again from the operations within. */
const LARGE = "x".repeat(300_000);
/** A result that a handler's answer cannot hold. */
const HUGE = "x".repeat(7_000_000);

const step = (more: Partial<Extract<Action, { kind: "step" }>> = {}): Action => ({
  kind: "step",
  failures: 0,
  tries: 3,
  isCaught: false,
  ...more,
});
const invoke = (fails = false, isCaught = false): Action => ({
  kind: "invoke",
  fails,
  answer: { tokens: 7 },
  isCaught,
});
const big = (answer: string): Action => ({ kind: "invoke", fails: false, answer, isCaught: false });
const wait: Action = { kind: "wait", isCaught: false };
const within = (actions: Action[], isCaught = false): Action => ({ kind: "context", actions, isCaught });
const map = (branches: Action[][], tolerated: number | null = null, isCaught = false): Action => ({
  kind: "map",
  branches,
  tolerated,
  isCaught,
});

const CASES: [string, string, Action[]][] = [
  ["steps, an invoke and a wait, one after another", "SUCCEEDED", [step(), invoke(), wait, step()]],
  ["a step that succeeds at its third try", "SUCCEEDED", [step({ failures: 2 }), step()]],
  [
    "a step that gives up, and a workflow that goes on",
    "SUCCEEDED",
    [step({ failures: 9, tries: 2, isCaught: true }), step()],
  ],
  ["a step that gives up, and ends it", "FAILED", [step(), step({ failures: 9, tries: 2 }), step()]],
  ["an invoke that fails, and a workflow that goes on", "SUCCEEDED", [invoke(true, true), step()]],
  ["an invoke that fails, and ends it", "FAILED", [step(), invoke(true), step()]],
  [
    "a map of invokes, two of which fail",
    "SUCCEEDED",
    [map([[invoke()], [invoke(true)], [invoke()], [invoke(true)]]), step()],
  ],
  [
    "a map whose branches wait, retry and invoke side by side",
    "SUCCEEDED",
    [map([[wait, invoke()], [step({ failures: 1 })], [invoke(), step()]])],
  ],
  [
    "a map that stops at the first failure it does not tolerate",
    "FAILED",
    [map([[step()], [invoke(true)], [step()]], 0)],
  ],
  [
    "a map whose failure is caught",
    "SUCCEEDED",
    [map([[invoke(true)], [step()], [invoke(true)], [step()]], 1, true), step()],
  ],
  [
    "contexts within contexts",
    "SUCCEEDED",
    [within([step(), within([invoke(), wait, within([step({ failures: 1 })])])]), step()],
  ],
  [
    "a context that fails, and a workflow that goes on",
    "SUCCEEDED",
    [within([step(), within([invoke(true)])], true), step()],
  ],
  [
    "a context whose result is too large to keep",
    "SUCCEEDED",
    [within([big(LARGE), within([step()])]), wait, invoke(), step()],
  ],
  ["a workflow whose result is too large for an answer", "SUCCEEDED", [big(HUGE)]],
  [
    "a map within a map",
    "SUCCEEDED",
    [map([[map([[invoke()], [invoke(true)]]), step()], [within([invoke()])]])],
  ],
];

/** Both engines mostly wait, so all programs of a list run side by side. */
const traced = (programs: Action[][]): Promise<[ours: Trace, aws: Trace][]> =>
  Promise.all(
    programs.map((program) => Promise.all([onOurs(programRun(program)), onAws(programRun(program))])),
  );

describe("the local engine does as AWS's runner does with", () => {
  let traces: [ours: Trace, aws: Trace][];
  beforeAll(async () => {
    traces = await traced(CASES.map(([, , actions]) => actions));
  }, LIMIT_MS);

  test.each(CASES.map(([what, status], at) => [what, status, at] as const))("%s: %s", (_, status, at) => {
    const [ours, aws] = traces[at] ?? [];
    expect(ours).toEqual(aws);
    expect(ours?.status).toBe(status);
  });
});

const isCaught = fc.boolean();
const { actions } = fc.letrec<{ action: Action; actions: Action[] }>((tie) => ({
  actions: fc.array(tie("action"), { minLength: 1, maxLength: 3, depthIdentifier: "program" }),
  action: fc.oneof(
    { depthSize: "small", depthIdentifier: "program" },
    fc.record({
      kind: fc.constant("step" as const),
      failures: fc.nat(3),
      tries: fc.integer({ min: 1, max: 3 }),
      isCaught,
    }),
    fc.record({
      kind: fc.constant("invoke" as const),
      fails: fc.boolean(),
      answer: fc.oneof(fc.integer(), fc.constant(null), fc.string()),
      isCaught,
    }),
    fc.record({ kind: fc.constant("wait" as const), isCaught }),
    fc.record({ kind: fc.constant("context" as const), actions: tie("actions"), isCaught }),
    fc.record({
      kind: fc.constant("map" as const),
      branches: fc.array(tie("actions"), { minLength: 1, maxLength: 3, depthIdentifier: "program" }),
      tolerated: fc.option(fc.nat(2)),
      isCaught,
    }),
  ),
}));
const program = actions.filter((list) => longestS(list) <= LONGEST_S);

test(`the two do the same with ${PROGRAMS} generated workflows`, { timeout: LIMIT_MS }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(program, { minLength: PROGRAMS, maxLength: PROGRAMS }), async (programs) => {
      for (const [ours, aws] of await traced(programs)) expect(ours).toEqual(aws);
    }),
    { numRuns: 1, endOnFailure: true },
  );
});
