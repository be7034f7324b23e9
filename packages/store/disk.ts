import { createHash, randomBytes } from "node:crypto";
import { type Lock, tryLock } from "@brimline/lock/lock";
import { mkdir, open, link, readFile, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pLimit, { type LimitFunction } from "p-limit";
import { contentTypeOf } from "./content-type.ts";
import { storeError } from "./disk-fault.ts";
import { assertKey, isKey } from "./key.ts";
import type { ObjectStore, StoredObject } from "./store.ts";

/**
 * Bodies are written here first, on the same file system, so that they appear under their key whole or not at
 * all. It is not a key, and no list shows it.
 */
const TEMPORARY = ".writing";
/** Whoever replaces an object holds the lock of this name, which takes less than a millisecond. */
const REPLACE = ".replace";
const RETRY_LOCK_MS = 2;
/** What lies in the folder and is no key. */
const OWN_FOLDERS = [TEMPORARY, `${REPLACE}-lock`];
/** A folder that others remove when it is empty is made again so many times. */
const FOLDER_TRIES_MAX = 100;
const LIST_MAX = 1000;

/**
 * Objects as files below `folder`. A key is its path. A body is on the disk as a whole before the call
 * returns (fsync of the file and of its folder). `create` and `replace` are exclusive across processes; only a `put`
 * of another process beside a `replace` of the same key may be lost. A key that is a folder of other keys ("a" beside
 * "a/b") does not fit on a disk. A folder that holds nothing any more is removed.
 * It throws a BrimlineError `disk_full` when space runs out, and `internal` when the folder cannot be used.
 */
export function diskStore(folder: string): ObjectStore {
  const turns = new Map<string, LimitFunction>();
  const pathOf = (key: string): string => {
    if (isOwn(`${key}/`)) throw new TypeError(`not an object key: ${JSON.stringify(key)}`);
    return join(folder, assertKey(key));
  };

  const read = async (key: string): Promise<StoredObject | null> => {
    try {
      const body = await readFile(pathOf(key));
      return { body, etag: etagOf(body), contentType: contentTypeOf(key) };
    } catch (error) {
      if (isCode(error, "ENOENT", "EISDIR", "ENOTDIR")) return null;
      throw storeError(error, folder);
    }
  };

  /** Writes the bytes to a temporary file, then lets `settle` give it its name. */
  const write = async (
    key: string,
    body: Uint8Array | string,
    settle: (from: string, to: string) => Promise<void>,
  ): Promise<void> => {
    const path = pathOf(key);
    const temporary = join(folder, TEMPORARY, `${process.pid}-${randomBytes(8).toString("hex")}`);
    try {
      await makeFolder(dirname(temporary));
      await writeSynced(temporary, body);
      try {
        await inFolder(dirname(path), () => settle(temporary, path));
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(path));
    } catch (error) {
      if (isCode(error, "EEXIST")) throw error;
      throw storeError(error, folder);
    }
  };

  /** Lets callers act on the same key one after another. */
  const inTurn = async <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const turn = turns.get(key) ?? pLimit(1);
    turns.set(key, turn);
    try {
      return await turn(act);
    } finally {
      if (turn.activeCount + turn.pendingCount === 0) turns.delete(key);
    }
  };

  return {
    get: read,
    async getIfChanged(key, etag) {
      const object = await read(key);
      return object?.etag === etag ? "unchanged" : object;
    },
    async create(key, body) {
      try {
        // A hard link, unlike a rename, refuses to replace what is there.
        await write(key, body, link);
        return true;
      } catch (error) {
        if (isCode(error, "EEXIST")) return false;
        throw error;
      }
    },
    put: (key, body) => inTurn(key, () => write(key, body, rename)),
    replace: (key, body, etag) =>
      inTurn(key, async () => {
        if ((await read(key))?.etag !== etag) return false;
        let isReplaced = false;
        // What takes time is done before the lock is held.
        await write(key, body, async (from, to) => {
          const lock = await locked(folder);
          try {
            isReplaced = (await read(key))?.etag === etag;
            if (isReplaced) await rename(from, to);
          } finally {
            lock.release();
          }
        });
        return isReplaced;
      }),
    async remove(key) {
      try {
        await rm(pathOf(key), { force: true });
        await removeEmpty(folder, key);
      } catch (error) {
        if (!isCode(error, "ENOTDIR")) throw storeError(error, folder);
      }
    },
    async list(prefix, { after = "", limit = LIST_MAX } = {}) {
      const most = Math.min(limit, LIST_MAX);
      const keys: string[] = [];
      const start = folderOf(prefix);
      if (start === null) return { keys, next: null };
      for await (const key of keysBelow(folder, start, prefix, after)) {
        if (keys.length === most) return { keys, next: keys.at(-1) ?? null };
        keys.push(key);
      }
      return { keys, next: null };
    },
    presignPut: null,
    presignGet: null,
  };
}

/**
 * Removes half-written bodies that a killed process left. Only the one process that owns the folder may call
 * it.
 */
export const clearUnfinished = (folder: string): Promise<void> =>
  rm(join(folder, TEMPORARY), { recursive: true, force: true });

/**
 * The folder in which all keys with this prefix lie. A list begins there, so that what lies beside it, such as all
 * other jobs, does not make it slower. It is null for a text with which no key begins.
 */
function folderOf(prefix: string): string | null {
  const start = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  if (start === "") return start;
  return !isOwn(start) && isKey(start.slice(0, -1)) ? start : null;
}

/** Goes depth first, in byte order of the whole key: a folder sorts as its name followed by "/". */
async function* keysBelow(
  folder: string,
  path: string,
  prefix: string,
  after: string,
): AsyncGenerator<string> {
  const entries = (await entriesOf(join(folder, path)))
    .map((entry) => ({
      key: path + entry.name + (entry.isDirectory() ? "/" : ""),
      isFolder: entry.isDirectory(),
    }))
    .filter(({ key }) => !isOwn(key))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { key, isFolder } of entries) {
    if (isFolder) {
      const mayMatch = key.startsWith(prefix) || prefix.startsWith(key);
      if (mayMatch && (key > after || after.startsWith(key))) yield* keysBelow(folder, key, prefix, after);
    } else if (key.startsWith(prefix) && key > after) yield key;
  }
}

/** Whether a path, which ends in "/", lies in one of the store's own folders. */
const isOwn = (path: string): boolean => OWN_FOLDERS.some((name) => path.startsWith(`${name}/`));

async function locked(folder: string): Promise<Lock> {
  for (;;) {
    const lock = tryLock(folder, REPLACE);
    if (lock !== null) return lock;
    await sleep(RETRY_LOCK_MS);
  }
}

/**
 * Removes the folders of a removed key that are empty now, but for the first. Markers come and go in folders of their
 * jobs, and a list would look into those of all jobs that ever were.
 */
async function removeEmpty(folder: string, key: string): Promise<void> {
  const names = key.split("/").slice(0, -1);
  for (; names.length > 1; names.pop()) {
    try {
      await rmdir(join(folder, ...names));
    } catch (error) {
      if (isCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR")) return;
      if (!isCode(error, "ENOENT")) throw error;
    }
  }
}

/** Acts in a folder, which it makes. Where another caller removes it in between, because it is empty, it is made again. */
async function inFolder(path: string, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await makeFolder(path);
      return await act();
    } catch (error) {
      if (tries === FOLDER_TRIES_MAX || !isCode(error, "ENOENT")) throw error;
    }
  }
}

async function entriesOf(path: string) {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (isCode(error, "ENOENT", "ENOTDIR")) return [];
    throw storeError(error, path);
  }
}

async function writeSynced(path: string, body: Uint8Array | string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(body);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** A new folder survives a power cut only if its parent was synced too. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** A folder that is gone was removed with all that it held. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!isCode(error, "ENOENT")) throw error;
  }
}

/**
 * The ETag of the content. The same bytes have the same ETag, and a file that was replaced twice within a
 * clock tick cannot look unchanged.
 */
const etagOf = (body: Buffer): string => `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;

const isCode = (error: unknown, ...codes: string[]): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code));
