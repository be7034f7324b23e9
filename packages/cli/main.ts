import { CommanderError } from "@commander-js/extra-typings";
import { CommandError, UsageError } from "./error.ts";
import { createProgram } from "./program.ts";

// A reader such as `head` may close our output early, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// The launcher of an older Node that is killed passes nothing on, but its channel closes.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
if (process.connected === false) process.exit(1);

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/**
 * The exit code is 0 for help, 2 for wrong usage and 1 when the service or the endpoint refused. What the end of a
 * job means is in `exit-code.ts`. Faults of our own are thrown.
 */
function exitCodeOf(error: unknown): number {
  // The parser has printed what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (!(error instanceof Error)) throw error;
  const wrongUsage = error instanceof UsageError;
  if (!wrongUsage && !(error instanceof CommandError) && error.name !== "BrimlineError") throw error;
  process.stderr.write(`brimline: ${error.message}\n`);
  return wrongUsage ? 2 : 1;
}
