import type { DurableContext } from "@aws/durable-execution-sdk-js";
import type { InvokedFunction } from "@brimline/durable/execution";

/**
 * Small workflows are data here, so that two engines can be given the same one, and a failing one can be
 * printed.
 */

/**
 * With `isCaught` the workflow goes on after the action's error. Otherwise the error ends what is around it.
 * `answer` is never undefined: AWS's runner takes that for a failed function, which Lambda does not.
 */
export type Action = { isCaught: boolean } & (
  | { kind: "step"; failures: number; tries: number }
  | { kind: "invoke"; fails: boolean; answer: unknown }
  | { kind: "wait" }
  | { kind: "context"; actions: Action[] }
  /**
   * With `tolerated`, branches are run one after another and so many may fail. With null they are run side by
   * side and any of them may fail.
   */
  | { kind: "map"; branches: Action[][]; tolerated: number | null }
);

/**
 * What one execution of a program needs and leaves: the workflow, the functions that it invokes, and how
 * often each effect was made.
 */
export interface ProgramRun {
  workflow: (input: unknown, context: DurableContext) => Promise<unknown>;
  functions: Record<string, InvokedFunction>;
  effects: Map<string, number>;
}

export function programRun(actions: Action[]): ProgramRun {
  const effects = new Map<string, number>();
  const count = (effect: string): number => {
    const times = (effects.get(effect) ?? 0) + 1;
    effects.set(effect, times);
    return times;
  };

  const perform = (action: Action, name: string, context: DurableContext): Promise<unknown> => {
    switch (action.kind) {
      case "step": {
        const retryStrategy = (_: Error, attempt: number) => ({
          shouldRetry: attempt < action.tries,
          delay: { seconds: 1 },
        });
        const act = async (): Promise<string> => {
          const times = count(name);
          if (times <= action.failures) throw new TypeError(`${name} failed ${times} times`);
          return `${name} after ${times}`;
        };
        return context.step(name, act, { retryStrategy });
      }
      case "invoke":
        return context.invoke(name, action.fails ? "fails" : "answers", { name, answer: action.answer });
      case "wait":
        return context.wait(name, { seconds: 1 });
      case "context":
        return context.runInChildContext(name, (child) => all(action.actions, `${name}.`, child));
      default:
        return branches(action, name, context);
    }
  };

  const branches = async (
    action: Extract<Action, { kind: "map" }>,
    name: string,
    context: DurableContext,
  ): Promise<unknown> => {
    const { tolerated } = action;
    const batch = await context.map(
      name,
      action.branches,
      (child, branch, index) => all(branch, `${name}[${index}].`, child),
      {
        ...(tolerated !== null && { maxConcurrency: 1 }),
        completionConfig: { toleratedFailureCount: tolerated ?? action.branches.length },
      },
    );
    const outcome = {
      results: batch.getResults(),
      errors: batch.getErrors().map(wordsOf),
      why: batch.completionReason,
    };
    if (tolerated !== null) batch.throwIfError();
    return outcome;
  };

  const all = async (list: Action[], prefix: string, context: DurableContext): Promise<unknown[]> => {
    const results: unknown[] = [];
    for (const [index, action] of list.entries()) {
      const performed = perform(action, `${prefix}${action.kind}${index}`, context);
      results.push(
        await (action.isCaught ? performed.catch((error: unknown) => `caught ${wordsOf(error)}`) : performed),
      );
    }
    return results;
  };

  return {
    workflow: (_, context) => all(actions, "", context),
    functions: {
      answers: async (input) => {
        const { name, answer } = input as { name: string; answer: unknown };
        count(name);
        return answer;
      },
      fails: async (input) => {
        const { name } = input as { name: string };
        count(name);
        throw new RangeError(`${name} failed`);
      },
    },
    effects,
  };
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** The longest time that a program waits, seconds. */
export const longestS = (actions: Action[]): number =>
  actions.reduce((sum, action) => sum + waitsS(action), 0);

function waitsS(action: Action): number {
  switch (action.kind) {
    case "wait":
      return 1;
    case "step":
      return Math.min(action.failures, action.tries - 1);
    case "invoke":
      return 0;
    case "context":
      return longestS(action.actions);
    default:
      return action.branches
        .map(longestS)
        .reduce((sum, s) => (action.tolerated === null ? Math.max(sum, s) : sum + s), 0);
  }
}
