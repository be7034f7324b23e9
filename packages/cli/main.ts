import { runProgram } from "./program.ts";

// A reader such as `head` may close our output early, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// The launcher of an older Node that is killed passes nothing on, but its channel closes.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
if (process.connected === false) process.exit(1);

process.exitCode = await runProgram(process.argv.slice(2));
