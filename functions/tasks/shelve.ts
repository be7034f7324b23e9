import { IndexEntry } from "@brimline/core/report/entry";
import {
  emptyShelf,
  lineOf,
  pagePath,
  type Shelf,
  shelveAll,
  type Shelved,
  type ShelfLine,
  type ShelfPage,
  shelvesOf,
  withReport,
} from "@brimline/core/report/shelf";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll, type ObjectStore } from "@brimline/store/store";
import type { z } from "zod";
import { putObject, readObject } from "../objects/object.ts";
import { olderRows, ShelfObject, ShelvesObject } from "../objects/shelf.ts";
import type { Service } from "../service.ts";

/** What of the site's lists has changed. */
export interface Changed {
  pages: ShelfPage[];
  /** Pages that no report stands on any more. */
  gone: string[];
  /** All shelves that have a report. */
  shelves: ShelfLine[];
}

const SHELVES_MAX = 5000;
/** Of several publishers at once each gets its turn. */
const TRIES_MAX = 100;

/**
 * Puts a report's row onto its shelves and takes it off those where it no longer belongs; without a row, off all. It
 * reads and writes the newest page of each of these shelves, and an older one only where the report stands there. The
 * row itself is written last, so that a repeated call finishes what was cut. It answers null where nothing changed. Of
 * two publishers at once, the pages of the one that renders last stand: they may lack the other's row until a shelf
 * changes again.
 */
export async function setRow(
  { data }: Service,
  job: { id: string; createdAt: string },
  row: IndexEntry | null,
): Promise<Changed | null> {
  await shelveOldOnes(data);
  const key = keys.published(Date.parse(job.createdAt), job.id);
  const before = await readObject(data, key, IndexEntry);
  if (before === null && row === null) return null;
  const wanted = row === null ? [] : shelvesOf(row);
  const left = (before === null ? [] : shelvesOf(before)).filter(
    (shelf) => !wanted.some(({ path }) => path === shelf.path),
  );
  const touched = await Promise.all([
    ...left.map((shelf) => takeOff(data, shelf, job.id)),
    ...(row === null ? [] : wanted.map((shelf) => putOn(data, shelf, row, before !== null))),
  ]);
  const shelves = await listShelves(
    data,
    touched.map(({ newest }) => newest),
  );
  await clear(data, touched);
  await (row === null ? data.remove(key) : putObject(data, key, row));
  return { ...pagesOf(touched), shelves };
}

interface Touched {
  newest: Shelved;
  /** The older pages that changed. */
  older: { number: number; rows: IndexEntry[] }[];
}

/** Nothing stays of a shelf that no report stands on: its name came from a job that may be gone. */
async function clear(data: ObjectStore, touched: Touched[]): Promise<void> {
  for (const { newest } of touched) {
    const { shelf, older } = newest;
    if (lineOf(newest) !== null) continue;
    for (let number = 1; number <= older; number++) await data.remove(keys.shelfPage(shelf.path, number));
    await data.remove(keys.shelf(shelf.path));
    if (shelf.kind === "all") await data.remove(keys.shelves);
  }
}

function pagesOf(touched: Touched[]): Pick<Changed, "pages" | "gone"> {
  const isGone = ({ newest }: Touched): boolean => lineOf(newest) === null && newest.shelf.kind !== "all";
  return {
    gone: touched.filter(isGone).map(({ newest }) => pagePath({ ...newest, number: null })),
    pages: touched
      .filter((each) => !isGone(each))
      .flatMap(({ newest, older }) => [
        { ...newest, number: null },
        ...older.map(({ number, rows }) => ({ ...newest, number, rows })),
      ]),
  };
}

async function putOn(data: ObjectStore, shelf: Shelf, row: IndexEntry, wasListed: boolean): Promise<Touched> {
  const place = wasListed ? await placeOf(data, shelf, row.id) : null;
  if (place !== null) {
    const rows = place.rows.map((each) => (each.id === row.id ? row : each));
    await putPage(data, shelf, place.number, rows);
    return { newest: await newestOf(data, shelf), older: [{ number: place.number, rows }] };
  }
  const older: Touched["older"] = [];
  const newest = await change(data, shelf, async (now) => {
    const { newest: next, full } = withReport(now, row);
    older.length = 0;
    if (full === null) return next;
    await putPage(data, shelf, next.older, full);
    older.push({ number: next.older, rows: full });
    return next;
  });
  return { newest, older };
}

async function takeOff(data: ObjectStore, shelf: Shelf, id: string): Promise<Touched> {
  const place = await placeOf(data, shelf, id);
  const rows = place?.rows.filter((row) => row.id !== id) ?? [];
  if (place !== null) await putPage(data, shelf, place.number, rows);
  const newest = await change(data, shelf, async (now) => {
    const kept = now.rows.filter((row) => row.id !== id);
    const isFewer = place !== null || kept.length < now.rows.length;
    return { ...now, rows: kept, reports: now.reports - (isFewer ? 1 : 0) };
  });
  return { newest, older: place === null ? [] : [{ number: place.number, rows }] };
}

/** The older page that has the report. It is null where none has. The newest of them is looked at first. */
async function placeOf(
  data: ObjectStore,
  shelf: Shelf,
  id: string,
): Promise<{ number: number; rows: IndexEntry[] } | null> {
  const newest = await newestOf(data, shelf);
  if (newest.rows.some((row) => row.id === id)) return null;
  for (let number = newest.older; number >= 1; number--) {
    const rows = await olderRows(data, shelf, number);
    if (rows.some((row) => row.id === id)) return { number, rows };
  }
  return null;
}

const newestOf = async (data: ObjectStore, shelf: Shelf): Promise<Shelved> =>
  (await readObject(data, keys.shelf(shelf.path), ShelfObject)) ?? emptyShelf(shelf);

const putPage = (data: ObjectStore, { path }: Shelf, number: number, rows: IndexEntry[]): Promise<void> =>
  putObject(data, keys.shelfPage(path, number), { schema: "brimline.shelf-page/1", rows });

const change = async (
  data: ObjectStore,
  shelf: Shelf,
  next: (now: Shelved) => Promise<Shelved>,
): Promise<Shelved> =>
  replaceObject(data, keys.shelf(shelf.path), ShelfObject, async (now) => ({
    schema: "brimline.shelf/1" as const,
    ...(await next(now ?? emptyShelf(shelf))),
  }));

/** Brings the lines of these shelves up to date. Of very many shelves those with the newest reports are listed. */
async function listShelves(data: ObjectStore, changed: Shelved[]): Promise<ShelfLine[]> {
  const { shelves } = await replaceObject(data, keys.shelves, ShelvesObject, async (now) => {
    const paths = new Set(changed.map(({ shelf }) => shelf.path));
    const others = now?.shelves.filter(({ path }) => !paths.has(path)) ?? [];
    const lines = changed.flatMap((each) => lineOf(each) ?? []);
    return { schema: "brimline.shelves/1" as const, shelves: newestLines([...others, ...lines]) };
  });
  return shelves;
}

const newestLines = (lines: ShelfLine[]): ShelfLine[] =>
  lines
    .toSorted((a, b) => b.newestAt.localeCompare(a.newestAt) || a.path.localeCompare(b.path))
    .slice(0, SHELVES_MAX);

/** Replaces an object by what follows from it, and begins anew where another writer came first. */
async function replaceObject<T extends z.ZodType>(
  data: ObjectStore,
  key: string,
  schema: T,
  next: (now: z.infer<T> | null) => Promise<z.infer<T>>,
): Promise<z.infer<T>> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const found = await data.get(key);
    const value = await next(found === null ? null : schema.parse(JSON.parse(found.body.toString("utf8"))));
    const body = JSON.stringify(value);
    const json = { contentType: "application/json" };
    const isWritten =
      found === null ? await data.create(key, body, json) : await data.replace(key, body, found.etag, json);
    if (isWritten) return value;
  }
  throw new Error(`${key} was changed by others ${TRIES_MAX} times`);
}

/** Reports that were published before there were shelves get theirs at once. */
async function shelveOldOnes(data: ObjectStore): Promise<void> {
  if ((await data.get(keys.shelves)) !== null) return;
  const published = await Array.fromAsync(listAll(data, keys.publishedPrefix));
  const rows = await atOnce(REQUESTS_AT_ONCE, published, (key) => readObject(data, key, IndexEntry));
  await writeShelves(
    data,
    rows.filter((row) => row !== null),
  );
}

/** Writes all shelves of these reports anew. */
export async function writeShelves(data: ObjectStore, entries: IndexEntry[]): Promise<void> {
  const all = shelveAll(entries);
  for (const { newest, full } of all) {
    for (const [index, rows] of full.entries()) await putPage(data, newest.shelf, index + 1, rows);
    await putObject(data, keys.shelf(newest.shelf.path), { schema: "brimline.shelf/1", ...newest });
  }
  const shelves = newestLines(all.flatMap(({ newest }) => lineOf(newest) ?? []));
  await putObject(data, keys.shelves, { schema: "brimline.shelves/1", shelves });
}
