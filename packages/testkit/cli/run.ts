import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const BIN = fileURLToPath(new URL("../../cli/bin/brimline.mjs", import.meta.url));

/** What came of a command. */
export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

export interface Options {
  /** `act` is called once `seen` is on standard error. */
  once?: { seen: RegExp; act: (child: ChildProcess, out: () => string) => void };
  env?: NodeJS.ProcessEnv;
}

/** Runs the real program as it is typed. */
export function runBrimline(args: string[], options: Options = {}): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { ...process.env, ...options.env },
  });
  let out = "";
  let err = "";
  let hasActed = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    if (hasActed || options.once?.seen.test(err) !== true) return;
    hasActed = true;
    options.once.act(child, () => out);
  });
  child.on("close", (code) => resolve({ code, out, err }));
  return promise;
}
