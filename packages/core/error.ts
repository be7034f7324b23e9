import type { ProblemCode } from "./codes.ts";

/**
 * The program or its surroundings are broken in a way that a caller can be told about. A failed request is a
 * record and never one of these. `message` says what happened and how to mend it; it never carries a secret.
 */
export class BrimlineError extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrimlineError";
    this.code = code;
  }
}
