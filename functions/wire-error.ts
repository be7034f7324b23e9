import { ProblemCode } from "@brimline/core/codes";
import { BrimlineError } from "@brimline/core/error";

/**
 * An error as it crosses a border between processes or durable engines. These carry a name and a message
 * only, so the code is in the name.
 */
export interface WireError {
  name: string;
  message: string;
}

/**
 * What a task answers the workflow. A fault that has a code of ours is an answer, because an invoke that
 * rejects carries its message only. Any other error rejects.
 */
export type TaskAnswer<T> = { value: T } | { fault: WireError };

const PREFIX = "BrimlineError.";

export function wireError(error: unknown): WireError {
  const code = codeOf(error);
  if (error instanceof Error && code !== null) return { name: PREFIX + code, message: error.message };
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: "Error", message: String(error) };
}

/** Makes the error again on the other side of the border. */
export const errorOf = ({ name, message }: WireError): Error => Object.assign(new Error(message), { name });

/**
 * The code of an error of ours, whatever number of borders it has crossed. It is null for any other error.
 */
export function codeOf(error: unknown): ProblemCode | null {
  if (error instanceof BrimlineError) return error.code;
  if (!(error instanceof Error)) return null;
  const code = ProblemCode.safeParse(error.name.startsWith(PREFIX) ? error.name.slice(PREFIX.length) : null);
  return code.success ? code.data : codeOf(error.cause);
}

export async function answerOf<T>(act: () => Promise<T>): Promise<TaskAnswer<T>> {
  try {
    return { value: await act() };
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return { fault: wireError(error) };
  }
}

/** The value of an answer. It throws when the answer is a fault. */
export function answerValue<T>(answer: TaskAnswer<T>): T {
  if ("fault" in answer) throw errorOf(answer.fault);
  return answer.value;
}
