import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import type { DurableContext, DurableExecutionConfig } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { createEngine } from "./engine.ts";
import type { InvokedFunction } from "./execution.ts";

const run = (
  workflow: (input: never, context: DurableContext) => Promise<unknown>,
  functions: Record<string, InvokedFunction> = {},
  payload: unknown = {},
) =>
  createEngine({ functions }).start(
    "w",
    (config: DurableExecutionConfig) => withDurableExecution(workflow, config),
    payload,
  );

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a workflow on the local engine", () => {
  test("gets its payload and gives its result", async () => {
    expect(await run(async (input: { a: number }) => ({ doubled: 2 * input.a }), {}, { a: 21 })).toEqual({
      status: "SUCCEEDED",
      result: { doubled: 42 },
    });
  });

  test("runs a step once, however often its handler is called again", async () => {
    const calls = { handler: 0, step: 0 };
    const result = await run(
      async (_: unknown, context) => {
        calls.handler++;
        const first = await context.step("first", async () => ++calls.step);
        await context.invoke("echo", "echo", { a: 1 });
        return first;
      },
      { echo: async (input) => input },
    );
    expect(result).toEqual({ status: "SUCCEEDED", result: 1 });
    expect(calls.step).toBe(1);
    expect(calls.handler).toBeGreaterThan(1);
  });

  test("tries a failed step again, as its retry strategy says", async () => {
    let tries = 0;
    const step = async (): Promise<string> => {
      if (++tries < 3) throw new Error("not yet");
      return "there";
    };
    const retryStrategy = (_: Error, attempt: number) => ({
      shouldRetry: attempt < 5,
      delay: { seconds: 0 },
    });
    expect(await run(async (_: unknown, context) => context.step("s", step, { retryStrategy }))).toEqual({
      status: "SUCCEEDED",
      result: "there",
    });
    expect(tries).toBe(3);
  });

  test("hands a step's last error to the workflow, which may go on", async () => {
    const result = await run(async (_: unknown, context) => {
      try {
        return await context.step("s", () => Promise.reject(new TypeError("broken")), {
          retryStrategy: () => ({ shouldRetry: false }),
        });
      } catch (error) {
        return error instanceof Error ? error.message : "no error";
      }
    });
    expect(result).toEqual({ status: "SUCCEEDED", result: "broken" });
  });

  test("maps invokes side by side and tolerates failed ones", async () => {
    let together = 0;
    let most = 0;
    const shard: InvokedFunction = async (input) => {
      most = Math.max(most, ++together);
      await sleep(30);
      together--;
      if (input === 2) throw new Error("shard 2 is lost");
      return { shard: input };
    };
    const result = await run(
      async (_: unknown, context) => {
        const batch = await context.map(
          "shards",
          [0, 1, 2, 3],
          async (child, item) => child.invoke(`shard-${item}`, "shard", item),
          {
            completionConfig: { toleratedFailureCount: 4 },
          },
        );
        return {
          results: batch.getResults(),
          lost: batch.failureCount,
          why: batch.getErrors().map((error) => error.message),
        };
      },
      { shard },
    );
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      result: { results: [{ shard: 0 }, { shard: 1 }, { shard: 3 }], lost: 1, why: ["shard 2 is lost"] },
    });
    expect(most).toBe(4);
  });

  test("every function of a map is called exactly once", async () => {
    const calls: unknown[] = [];
    await run(
      async (_: unknown, context) => {
        for (const level of ["a", "b", "c"])
          await context.map(level, [0, 1], async (child, item) =>
            child.invoke(`${level}${item}`, "shard", `${level}${item}`),
          );
      },
      {
        shard: async (input) => {
          await sleep(Math.random() * 20);
          calls.push(input);
        },
      },
    );
    expect(calls.map(String).toSorted()).toEqual(["a0", "a1", "b0", "b1", "c0", "c1"]);
  });

  test("a wait suspends it: no call of its handler lasts for the whole wait", async () => {
    const began = Date.now();
    let handlers = 0;
    const result = await run(async (_: unknown, context) => {
      handlers++;
      await context.wait("rest", { seconds: 1 });
      return "rested";
    });
    expect(result).toEqual({ status: "SUCCEEDED", result: "rested" });
    expect(Date.now() - began).toBeGreaterThanOrEqual(950);
    expect(handlers).toBe(2);
  });

  test.each([
    ["a thrown error", async () => Promise.reject(new Error("no way"))],
    [
      "a step that gave up",
      async (_: unknown, context: DurableContext) =>
        context.step("s", () => Promise.reject(new Error("no way")), {
          retryStrategy: () => ({ shouldRetry: false }),
        }),
    ],
    [
      "a function that failed",
      async (_: unknown, context: DurableContext) => context.invoke("f", "fails", {}),
    ],
  ])("%s that nobody catches ends it FAILED", async (_, workflow) => {
    const fails: InvokedFunction = () => Promise.reject(new Error("no way"));
    expect(await run(workflow, { fails })).toMatchObject({
      status: "FAILED",
      error: { ErrorMessage: "no way" },
    });
  });

  test("a function that does not exist fails its invoke by name", async () => {
    expect(await run(async (_: unknown, context) => context.invoke("f", "nobody", {}))).toMatchObject({
      status: "FAILED",
      error: { ErrorMessage: 'no function is called "nobody"' },
    });
  });
});

describe("the local engine", () => {
  test("starting a name that runs gives the same execution; afterwards a new one", async () => {
    let runs = 0;
    const engine = createEngine({ functions: {} });
    const start = () =>
      engine.start(
        "job",
        (config) =>
          withDurableExecution(
            async (_: unknown, context: DurableContext) => context.step("s", async () => ++runs),
            config,
          ),
        {},
      );
    const [first, second] = await Promise.all([start(), start()]);
    expect(first).toBe(second);
    expect(await start()).toEqual({ status: "SUCCEEDED", result: 2 });
  });

  test("a stopped execution answers STOPPED at once and its handler is not called again", async () => {
    let handlers = 0;
    let answer = (): void => {};
    const engine = createEngine({
      functions: { slow: () => new Promise<void>((resolve) => (answer = resolve)) },
    });
    const ended = engine.start(
      "job",
      (config) =>
        withDurableExecution(async (_: unknown, context: DurableContext) => {
          handlers++;
          return context.invoke("f", "slow", {});
        }, config),
      {},
    );
    await sleep(300);
    engine.stopAll();
    expect(await ended).toEqual({ status: "STOPPED" });
    answer();
    await sleep(300);
    expect(handlers).toBe(1);
  });
});
