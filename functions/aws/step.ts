import type { z } from "zod";
import { answerOf } from "../fault.ts";
import type { Answer } from "../fault.ts";

/** A function that the workflow invokes: checks its input, runs the step, and answers a fault that we have a code for, because Lambda passes on no more than an error's text. */
export const stepHandler =
  <I extends z.ZodType, O>(input: I, step: (input: z.output<I>) => Promise<O>) =>
  (event: unknown): Promise<Answer<O>> =>
    answerOf(() => step(input.parse(event)));
