import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Everything that engines need lies outside the tree, in $BRIMLINE_ENGINES or ~/.cache/brimline-engines. */
export const ENGINES = process.env["BRIMLINE_ENGINES"] ?? join(homedir(), ".cache/brimline-engines");
const PYTHON = process.env["PYTHON"] ?? "python3";

/**
 * The path of the Python of a virtual environment, which is made first where it is missing. `install` gets
 * that path and runs pip. A marker file is written when the install is complete, so an install that was cut
 * is begun again.
 */
export async function venvPython(name: string, install: (python: string) => Promise<void>): Promise<string> {
  const folder = join(ENGINES, name);
  const python = join(folder, "bin/python");
  const marker = join(folder, "installed");
  if (existsSync(marker)) return python;
  await mkdir(ENGINES, { recursive: true });
  await runOrThrow(PYTHON, ["-m", "venv", folder]);
  await install(python);
  await writeFile(marker, "");
  return python;
}

export const pipInstall = (python: string, ...what: string[]): Promise<void> =>
  runOrThrow(python, ["-m", "pip", "install", "--no-input", "--quiet", ...what]);

/** Runs a command to its end with its output on stderr. It rejects when the command fails. */
export function runOrThrow(command: string, args: string[]): Promise<void> {
  process.stderr.write(`${command} ${args.join(" ")}\n`);
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: ["ignore", 2, 2] })
      .once("error", reject)
      .once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
  });
}
