import type { FieldError } from "@brimline/core/job/spec/issues";

/** The command line is wrong. The program prints a line that says what to do and exits with 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** The fields of a job that are wrong, each on a line. */
export const fieldsError = (errors: FieldError[]): UsageError =>
  new UsageError(
    errors.map(({ pointer, detail }) => `${pointer === "" ? "job" : pointer}: ${detail}`).join("\n  "),
  );

/** The service or the endpoint refused. The program prints a line that says why and exits with 1. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
  }
}
