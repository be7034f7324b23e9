import { BrimlineError } from "@brimline/core/error";
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isAlive, startOf } from "./process.ts";

/** What a file of the lock says: who took it, and where that one listens. */
const Holder = z.object({
  /** Null once it is given back. */
  pid: z.int().positive().nullable(),
  /** Tells the process from a later one with the same pid; null where the system does not say. */
  started: z.string().nullable(),
  /** Null until it listens. */
  url: z.string().nullable(),
  /** Tells two locks that one process took apart. */
  token: z.string(),
});
type Holder = z.infer<typeof Holder>;

export interface Lock {
  /** Tells others where the holder listens. */
  setUrl(url: string): void;
  /** Gives the folder free. */
  release(): void;
}

/**
 * `<what>-lock/` in the folder holds a file for each turn, 1, 2, 3 …, and the newest counts. Its holder has the folder until it gives it back
 * or dies. Taking over from the dead is making the next file, which only one can do: a lock in one file would have to be replaced, and
 * whoever is slow would replace that of a living one. The newest is never removed, so numbers only grow.
 */
const placeOf = (folder: string, what: string): string => join(folder, `${what}-lock`);

/**
 * Makes this process the only `what` (such as "service") on a folder. Throws BrimlineError `internal`, which names the holder and ends with
 * `advice`, while another lives.
 */
export function takeLock(folder: string, what: string, advice: string): Lock {
  const place = placeOf(folder, what);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const me: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    url: null,
    token: randomBytes(8).toString("hex"),
  };
  const turn = takeTurn(place, me, ({ pid, url }) => {
    const where = url === null ? "" : `; it listens on ${url}`;
    return new BrimlineError(
      "internal",
      `another ${what} (process ${pid}) already uses the folder ${folder}${where}. ${advice}`,
    );
  });
  const path = join(place, String(turn));
  const say = (now: Holder): void => {
    // Who removed the folder and took the lock anew has another token.
    if (read(path)?.token === me.token) put(path, now, renameSync);
  };
  return {
    setUrl: (url) => say({ ...me, url }),
    release: () => say({ ...me, pid: null }),
  };
}

/** Where the process listens that holds the lock; null when none does. */
export function urlOfHolder(folder: string, what: string): string | null {
  const { holder } = newest(placeOf(folder, what));
  return holder === null ? null : holder.url;
}

function takeTurn(place: string, me: Holder, inUse: (holder: Holder) => BrimlineError): number {
  for (;;) {
    const { turn: last, holder } = newest(place);
    if (holder !== null) throw inUse(holder);
    const turn = last + 1;
    if (!create(join(place, String(turn)), me)) continue;
    const turns = turnsOf(place);
    // Somebody was two turns ahead, and has removed the file whose place ours took.
    const isNewest = turns.every((other) => other <= turn);
    for (const old of isNewest ? turns.filter((other) => other < turn) : [turn])
      rmSync(join(place, String(old)), { force: true });
    if (isNewest) return turn;
  }
}

/** The newest turn (0 if there was none), and who holds it: null where nobody that lives does. */
function newest(place: string): { turn: number; holder: Holder | null } {
  const turn = Math.max(0, ...turnsOf(place));
  const holder = turn === 0 ? null : read(join(place, String(turn)));
  return { turn, holder: holder?.pid != null && isAlive(holder.pid, holder.started) ? holder : null };
}

function turnsOf(place: string): number[] {
  try {
    return readdirSync(place)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch (error) {
    if (isCode(error, "ENOENT")) return [];
    throw error;
  }
}

/** False where the file exists. */
function create(path: string, holder: Holder): boolean {
  try {
    put(path, holder, linkSync);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** A file appears whole, or not at all. */
function put(path: string, holder: Holder, settle: (from: string, to: string) => void): void {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    settle(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Null where there is no such file. A file that says nothing protects nobody. */
function read(path: string): Holder | null {
  try {
    return Holder.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    if (isCode(error, "ENOENT") || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
