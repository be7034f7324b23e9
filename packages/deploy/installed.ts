import { execFile } from "node:child_process";
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Install } from "./evaluate.ts";

interface Lock {
  packages: Record<string, { integrity?: string; hasInstallScript?: boolean }>;
}

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const LOCK = "package-lock.json";
/** `e_machine` of an ELF file, by the architecture as AWS calls it. */
const MACHINES: Record<string, number> = { x86_64: 62, arm64: 183 };
const ELF = "\x7fELF";
const MACHINE_AT = 18;

/** This machine's architecture as AWS calls it. */
export const OWN_ARCHITECTURE = process.arch === "x64" ? "x86_64" : process.arch;
const npmName = (architecture: string): string => (architecture === "x86_64" ? "x64" : architecture);

/** The same packages for another architecture: one that holds a single platform's binary names it at its end. */
export const forArchitecture = ({ packages, architecture }: Install, other: string): Install => ({
  architecture: other,
  packages: Object.fromEntries(
    Object.entries(packages).map(([name, version]) => [
      name.replace(new RegExp(`-${npmName(architecture)}$`), `-${npmName(other)}`),
      version,
    ]),
  ),
});

/**
 * Installs packages into an empty folder with the command of SST's CLI (`pkg/runtime/node/build.go`), which names
 * the system and the processor, so that it does not matter which machine deploys.
 */
export async function installAsSst(folder: string, { packages, architecture }: Install): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies: packages }));
  const cpu = npmName(architecture);
  const target = ["--platform=linux", "--os=linux", `--arch=${cpu}`, `--cpu=${cpu}`];
  await run("npm", ["install", "--force", ...target, "--prefer-offline"], { cwd: folder });
}

/** What is wrong with an installed folder: binaries for other machines, scripts, or other bytes than we have locked. */
export async function installFaults(folder: string, { architecture }: Install): Promise<string[]> {
  const [ours, theirs] = await Promise.all([
    lockIn(join(ROOT, LOCK)),
    lockIn(join(folder, "node_modules", `.${LOCK}`)),
  ]);
  const packages = Object.entries(theirs.packages).flatMap(([path, { integrity, hasInstallScript }]) => [
    ...(integrity !== undefined && integrity === ours.packages[path]?.integrity
      ? []
      : [`${path} is not the one of ${LOCK}`]),
    ...(hasInstallScript === true ? [`${path} runs a script`] : []),
  ]);
  const files = await readdir(folder, { recursive: true });
  const binaries = files.filter((file) => file.endsWith(".node"));
  const wrong = await Promise.all(
    binaries.map(async (file) =>
      (await machineOf(join(folder, file))) === MACHINES[architecture] ? [] : file,
    ),
  );
  return [...packages, ...wrong.flat(), ...(binaries.length === 0 ? ["there is no binary"] : [])];
}

const lockIn = async (file: string): Promise<Lock> => JSON.parse(await readFile(file, "utf8")) as Lock;

/** The machine that a Linux binary is for, or null if it is none. */
async function machineOf(path: string): Promise<number | null> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(MACHINE_AT + 2);
    await file.read(head, 0, head.length, 0);
    return head.toString("latin1", 0, ELF.length) === ELF ? head.readUInt16LE(MACHINE_AT) : null;
  } finally {
    await file.close();
  }
}
