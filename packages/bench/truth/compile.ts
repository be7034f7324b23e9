import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BENCH } from "../cache.ts";

const COMPILER = process.env["CC"] ?? "cc";
const HEADER = "parameters.h";

/** The path of the compiled program, built on first use and kept by the hash of its sources; null where it does not compile here. */
export async function compiled(program: "server" | "floor"): Promise<string | null> {
  const source = join(import.meta.dirname, `${program}.c`);
  const hash = createHash("sha256");
  for (const file of [source, join(import.meta.dirname, HEADER)]) hash.update(await readFile(file));
  const target = join(BENCH, "truth", `${program}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(target)) return target;
  await mkdir(join(BENCH, "truth"), { recursive: true });
  const half = `${target}.${process.pid}`;
  try {
    await promisify(execFile)(COMPILER, ["-O2", "-o", half, source, "-lm"]);
  } catch {
    return null;
  }
  // Whole or not at all: another process may look for it now.
  await rename(half, target);
  return target;
}
