import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { BENCH } from "../cache.ts";

const COMPILER = process.env["CC"] ?? "cc";
const HEADER = "parameters.h";

/** The source of each program, and the flags it is built with. */
const PROGRAMS = {
  server: { source: "server.c", flags: [] },
  /** The server that speaks TLS too, which needs OpenSSL's headers. */
  "server-tls": { source: "server.c", flags: ["-DTLS", "-lssl", "-lcrypto"] },
  floor: { source: "floor.c", flags: [] },
} as const;

/**
 * The path of the compiled program. It is built on first use and kept by the hash of its sources. It is null
 * where it does not compile here.
 */
export async function compiled(program: keyof typeof PROGRAMS): Promise<string | null> {
  const { source: file, flags } = PROGRAMS[program];
  const source = join(import.meta.dirname, file);
  const hash = createHash("sha256");
  for (const file of [source, join(import.meta.dirname, HEADER)]) hash.update(await readFile(file));
  const target = join(BENCH, "truth", `${program}-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(target)) return target;
  await mkdir(join(BENCH, "truth"), { recursive: true });
  const half = `${target}.${process.pid}`;
  try {
    await promisify(execFile)(COMPILER, ["-O2", "-o", half, source, "-lm", ...flags]);
  } catch {
    return null;
  }
  // The program appears whole or not at all, because another process may look for it now.
  await rename(half, target);
  return target;
}
