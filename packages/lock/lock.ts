import { BrimlineError } from "@brimline/core/error";
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isAlive, startOf } from "./process.ts";

/** What a file of the lock says: which process took it, and where that process listens. */
const Holder = z.object({
  /** It is null once the lock is released. */
  pid: z.int().positive().nullable(),
  /** It tells the process from a later one with the same pid. It is null when the system does not say. */
  started: z.string().nullable(),
  /** Where it listens, and whether it stays, or ends with the command that needed it. */
  at: z.object({ url: z.string(), stays: z.boolean() }).nullable(),
  /** It tells two locks apart that one process took. */
  token: z.string(),
});
type Holder = z.infer<typeof Holder>;
export type HolderPlace = NonNullable<Holder["at"]>;

export interface Lock {
  /** Tells others where the holder listens. */
  setPlace(place: HolderPlace): void;
  /** Releases the folder. */
  release(): void;
}

/**
 * `<what>-lock/` in the folder has a file for each turn, 1, 2, 3 …, and the newest file counts. Its holder
 * has the folder until it releases the lock or dies. A process takes over from a dead holder by making the
 * next file, which only one process can do. A lock in one single file would have to be replaced, and a slow
 * process would replace the file of a living holder. The newest file is never removed, so numbers only grow.
 */
const placeOf = (folder: string, what: string): string => join(folder, `${what}-lock`);

/**
 * Makes this process the only `what` (such as "service") on a folder. While another holder lives, it throws a
 * BrimlineError `internal` that names the holder and ends with `advice`.
 */
export function takeLock(folder: string, what: string, advice: string): Lock {
  const taken = take(folder, what);
  if (!("holder" in taken)) return taken;
  const { pid, at } = taken.holder;
  const where = at === null ? "" : `; it listens on ${at.url}`;
  throw new BrimlineError(
    "internal",
    `another ${what} (process ${pid}) already uses the folder ${folder}${where}. ${advice}`,
  );
}

/** As `takeLock`, but it answers null while another holder lives, even one of this process. */
export function tryLock(folder: string, what: string): Lock | null {
  const taken = take(folder, what);
  return "holder" in taken ? null : taken;
}

function take(folder: string, what: string): Lock | { holder: Holder } {
  const place = placeOf(folder, what);
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const me: Holder = {
    pid: process.pid,
    started: startOf(process.pid),
    at: null,
    token: randomBytes(8).toString("hex"),
  };
  const taken = takeTurn(place, me);
  if (typeof taken !== "number") return { holder: taken };
  const path = join(place, String(taken));
  const say = (now: Holder): void => {
    // A process that removed the folder and took the lock anew has another token.
    if (read(path)?.token === me.token) put(path, now, renameSync);
  };
  return {
    setPlace: (at) => say({ ...me, at }),
    release: () => say({ ...me, pid: null }),
  };
}

/** Where the holder of the lock listens. It is null when there is no holder or it does not listen. */
export function holderPlace(folder: string, what: string): HolderPlace | null {
  const { holder } = newest(placeOf(folder, what));
  return holder === null ? null : holder.at;
}

/** Whether a living process holds the lock, listening or not yet. */
export const isHeld = (folder: string, what: string): boolean =>
  newest(placeOf(folder, what)).holder !== null;

/** The turn that was taken, or who holds the lock. */
function takeTurn(place: string, me: Holder): number | Holder {
  for (;;) {
    const { turn: last, holder } = newest(place);
    if (holder !== null) return holder;
    const turn = last + 1;
    if (!create(join(place, String(turn)), me)) continue;
    const turns = turnsOf(place);
    // If a newer turn exists, its process had removed an older file under our number, so our file does not
    // count.
    const isNewest = turns.every((other) => other <= turn);
    for (const old of isNewest ? turns.filter((other) => other < turn) : [turn])
      rmSync(join(place, String(old)), { force: true });
    if (isNewest) return turn;
  }
}

/** The newest turn (0 if there was none) and its holder. The holder is null when it does not live. */
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

/** Makes the file of a turn. It answers false when the file exists. */
function create(path: string, holder: Holder): boolean {
  try {
    put(path, holder, linkSync);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Writes a file so that it appears whole or not at all. */
function put(path: string, holder: Holder, settle: (from: string, to: string) => void): void {
  const draft = `${path}.${holder.token}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    settle(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Reads the file of a turn. It is null when there is none, and when the file cannot be understood: then
 * nobody holds the lock.
 */
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
