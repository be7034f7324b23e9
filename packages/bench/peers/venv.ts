import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { BENCH } from "../cache.ts";
import { ENGINES } from "../engines/venv.ts";

const INSTALL_WITHIN_MS = 600_000;
/** Minor versions of Python. The first one works with all peers. */
const MINORS = [12, 13, 11, 10];

/** The Python of an environment whose install is complete, or null. */
export function installedPython(name: string): string | null {
  const folder = [BENCH, ENGINES]
    .map((place) => join(place, name))
    .find((place) => existsSync(join(place, "installed")));
  return folder === undefined ? null : join(folder, "bin/python");
}

/**
 * Makes the environment where it is missing. It resolves with null when the environment is there, or with the
 * reason why it cannot be made.
 */
export async function install(
  name: string,
  requirements: string[],
  minorMin: number,
): Promise<string | null> {
  if (installedPython(name) !== null) return null;
  const base = findPython(minorMin);
  if (base === null) return `needs Python 3.${minorMin} or newer`;
  const folder = join(BENCH, name);
  await mkdir(BENCH, { recursive: true });
  const failed =
    (await tryRun(base, ["-m", "venv", folder])) ??
    (await tryRun(join(folder, "bin/python"), [
      "-m",
      "pip",
      "install",
      "--no-input",
      "--quiet",
      ...requirements,
    ]));
  if (failed === null) await writeFile(join(folder, "installed"), "");
  return failed;
}

function findPython(minorMin: number): string | null {
  const pyenv = join(homedir(), ".pyenv/versions");
  const versions = existsSync(pyenv) ? readdirSync(pyenv) : [];
  const given = process.env["PYTHON"] === undefined ? [] : [process.env["PYTHON"]];
  const named = MINORS.flatMap((minor) => [
    `python3.${minor}`,
    ...versions
      .filter((version) => version.startsWith(`3.${minor}.`))
      .map((version) => join(pyenv, version, "bin/python")),
  ]);
  return [...given, ...named, "python3"].find((python) => (minorOf(python) ?? 0) >= minorMin) ?? null;
}

function minorOf(python: string): number | null {
  try {
    return Number(
      execFileSync(python, ["-c", "import sys; print(sys.version_info[1])"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
  } catch {
    return null;
  }
}

/**
 * Runs a command with its output on stderr. It resolves with null when that went well, or with the reason why
 * not, in a line.
 */
export function tryRun(command: string, args: string[]): Promise<string | null> {
  process.stderr.write(`${command} ${args.join(" ")}\n`);
  return new Promise((resolve) => {
    spawn(command, args, { stdio: ["ignore", 2, 2], timeout: INSTALL_WITHIN_MS })
      .once("error", (error) => resolve(error.message))
      .once("exit", (code, signal) =>
        resolve(code === 0 ? null : `${args.slice(0, 3).join(" ")} ended with ${code ?? signal}`),
      );
  });
}
