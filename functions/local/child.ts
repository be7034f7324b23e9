import { BrimlineError } from "@brimline/core/error";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const STOP_MS = 6000;
/** The largest part of a failed program's output that is shown. */
const TOLD_BYTES = 4096;

export interface Started {
  /** The match of the line that the program printed when it was ready. */
  match: RegExpExecArray;
  /** Ends the program and waits until it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a program of ours and waits for the line that says that it is ready. It throws a BrimlineError with
 * the program's output when the program ends before that or takes too long.
 */
export async function startProgram(
  path: string,
  args: string[],
  options: { ready: RegExp; withinMs: number; env?: NodeJS.ProcessEnv },
): Promise<Started> {
  const child = spawn(process.execPath, [path, ...args], {
    // The channel closes with this process, however it ends, and the program ends with the channel.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A terminal sends Ctrl-C to its whole group, but only this process decides when the program ends.
    detached: true,
    env: { ...process.env, ...options.env },
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new TypeError("a program without pipes");
  let told = "";
  stderr.setEncoding("utf8").on("data", (text: string) => (told = (told + text).slice(-TOLD_BYTES)));
  const stop = (): Promise<void> => end(child);
  const ready = new Promise<RegExpExecArray>((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new BrimlineError("internal", `${what}${told === "" ? "" : `: ${told.trim()}`}`));
    const timer = setTimeout(
      () => fail(`${path} was not ready after ${options.withinMs / 1000} s`),
      options.withinMs,
    );
    child.once("error", (error) => fail(error.message));
    child.once("close", () => fail(`${path} ended before it was ready`));
    createInterface({ input: stdout }).on("line", (line) => {
      const match = options.ready.exec(line);
      if (match === null) return;
      clearTimeout(timer);
      resolve(match);
    });
  });
  try {
    return { match: await ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(timer);
}
