import { BrimlineError } from "@brimline/core/error";
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** `service.lock` in the data folder: who owns it and where it listens. */
const LockFile = z.object({
  pid: z.int(),
  /** Tells this process from a later one with the same pid; empty where the system does not say. */
  started: z.string(),
  /** Null until the service listens. */
  url: z.string().nullable(),
  /** Tells two takers of one stale lock apart. */
  token: z.string(),
});
type LockFile = z.infer<typeof LockFile>;

/** Two services that find the same stale lock both replace it; after this long they agree who was last. */
const SETTLE_MS = 50;

export interface Lock {
  /** Tells others where the service listens. */
  setUrl(url: string): Promise<void>;
  /** Gives the folder free. */
  release(): Promise<void>;
}

const pathOf = (dataDir: string): string => join(dataDir, "service.lock");

/**
 * Makes this process the only service on a data folder. A lock whose process has died is taken over.
 * Throws a BrimlineError that says where the other service is.
 */
export async function takeLock(dataDir: string): Promise<Lock> {
  const path = pathOf(dataDir);
  const mine: LockFile = {
    pid: process.pid,
    started: await startOf(process.pid),
    url: null,
    token: randomBytes(8).toString("hex"),
  };
  const place = async (
    file: LockFile,
    settle: (from: string, to: string) => Promise<void>,
  ): Promise<void> => {
    const draft = `${path}.${mine.token}`;
    await writeFile(draft, JSON.stringify(file), { mode: 0o600 });
    try {
      await settle(draft, path);
    } finally {
      await rm(draft, { force: true });
    }
  };

  await mkdir(dataDir, { recursive: true });
  try {
    await place(mine, link);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    const other = await readLock(dataDir);
    if (other !== null && (await isAlive(other))) throw inUse(dataDir, other);
    await place(mine, rename);
    await sleep(SETTLE_MS);
    const now = await readLock(dataDir);
    if (now !== null && now.token !== mine.token) throw inUse(dataDir, now);
  }
  return {
    setUrl: (url) => place({ ...mine, url }, rename),
    async release() {
      if ((await readLock(dataDir))?.token === mine.token) await rm(path, { force: true });
    },
  };
}

/** Where the service that owns a data folder listens; null when none runs there. */
export async function runningService(dataDir: string): Promise<string | null> {
  const lock = await readLock(dataDir);
  return lock !== null && (await isAlive(lock)) ? lock.url : null;
}

async function readLock(dataDir: string): Promise<LockFile | null> {
  try {
    return LockFile.parse(JSON.parse(await readFile(pathOf(dataDir), "utf8")));
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    // A file that is no lock protects nobody.
    if (isMissing || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function isAlive(lock: LockFile): Promise<boolean> {
  try {
    process.kill(lock.pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return (await startOf(lock.pid)) === lock.started;
}

/** Boot and start tick of a process on Linux (field 22 of /proc/<pid>/stat): in a container the same pid comes back at every start. */
async function startOf(pid: number): Promise<string> {
  try {
    const [boot, stat] = await Promise.all([
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
    ]);
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? ""}`;
  } catch {
    // Elsewhere than on Linux the pid alone must do.
    return "";
  }
}

function inUse(dataDir: string, lock: LockFile): BrimlineError {
  const where = lock.url === null ? "it is starting" : `it listens on ${lock.url}`;
  return new BrimlineError(
    "internal",
    `another service (process ${lock.pid}) already uses the data folder ${dataDir}: ${where}. Use that one, end it, or name another folder with --data.`,
  );
}
