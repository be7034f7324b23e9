import type { z } from "zod";
import { answerOf } from "../fault.ts";
import type { TaskAnswer } from "../fault.ts";

/** A function that the workflow invokes: checks its input, runs the task, and answers a fault that we have a code for, because Lambda passes on no more than an error's text. */
export const taskHandler =
  <I extends z.ZodType, O>(input: I, task: (input: z.output<I>) => Promise<O>) =>
  (event: unknown): Promise<TaskAnswer<O>> =>
    answerOf(() => task(input.parse(event)));
