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
import { isDeepStrictEqual } from "node:util";
import type { z } from "zod";
import { createObject, putObject, readObject } from "../objects/object.ts";
import { olderRows, ShelfObject, ShelfPageObject, ShelvesObject } from "../objects/shelf.ts";
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
const JSON_TYPE = { contentType: "application/json" };

/**
 * Brings the shelves in line with a report's row and lets `show` render what changed. Publishers at once may render in
 * any order, so it reads the shelves again afterwards: where another has changed them meanwhile it shows them anew, and
 * where its own row is gone it puts it on again. So the last pages that are written show all rows. What the row was
 * before is forgotten only then, so that a call that was cut before the site followed is finished by the next one.
 */
export async function showRow(
  service: Service,
  job: { id: string; createdAt: string },
  row: IndexEntry | null,
  show: (changed: Changed) => Promise<void>,
): Promise<void> {
  let shown = await touchShelves(service, job, row);
  for (let tries = 0; shown !== null && tries < TRIES_MAX; tries++) {
    await show(changedOf(shown));
    const now = await readAgain(service.data, shown);
    if (isDeepStrictEqual(now, shown)) return keepRow(service, job, row);
    shown = isMissing(now, row) ? await touchShelves(service, job, row) : now;
  }
  if (shown !== null) throw new Error(`the lists of reports were changed by others ${TRIES_MAX} times`);
}

/**
 * Puts a report's row onto its shelves and takes it off those where it no longer belongs; without a row, off all. It
 * reads and writes the newest page of each of these shelves, and an older one only where the report stands there. It
 * answers null where nothing changed.
 */
export async function setRow(
  service: Service,
  job: { id: string; createdAt: string },
  row: IndexEntry | null,
): Promise<Changed | null> {
  const shown = await touchShelves(service, job, row);
  await keepRow(service, job, row);
  return shown === null ? null : changedOf(shown);
}

/**
 * Lets `show` render every page of every shelf, one shelf after another, and those again that another publisher changed
 * meanwhile. It answers how many shelves there are.
 */
export async function showAll({ data }: Service, show: (changed: Changed) => Promise<void>): Promise<number> {
  const listed = await readObject(data, keys.shelves, ShelvesObject);
  const shelves = listed?.shelves ?? [];
  for (const { kind, value, path } of shelves) {
    const newest = await newestOf(data, { kind, value, path });
    const older = Array.from({ length: newest.older }, (_, index) => ({ number: index + 1, rows: [] }));
    let shown: Shown | null = null;
    let now = await readAgain(data, { touched: [{ newest, older }], shelves });
    while (!isDeepStrictEqual(now, shown)) {
      shown = now;
      await show(changedOf(shown));
      now = await readAgain(data, shown);
    }
  }
  return shelves.length;
}

async function keepRow(
  { data }: Service,
  job: { id: string; createdAt: string },
  row: IndexEntry | null,
): Promise<void> {
  const key = keys.published(Date.parse(job.createdAt), job.id);
  await (row === null ? data.remove(key) : putObject(data, key, row));
}

/** What a publisher shows: shelves as it left or found them, and the list of all. */
interface Shown {
  touched: Touched[];
  shelves: ShelfLine[];
}

async function touchShelves(
  { data }: Service,
  job: { id: string; createdAt: string },
  row: IndexEntry | null,
): Promise<Shown | null> {
  await shelveOldOnes(data);
  const key = keys.published(Date.parse(job.createdAt), job.id);
  const before = await readObject(data, key, IndexEntry);
  if (before === null && row === null) return null;
  // A call that is cut has left its row, so that the next one finds what it put on shelves.
  if (before === null) await putObject(data, key, row);
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
  return { touched, shelves };
}

/** The same shelves and pages as they are now. */
async function readAgain(data: ObjectStore, { touched }: Shown): Promise<Shown> {
  const now = touched.map(async ({ newest: { shelf }, older }): Promise<Touched> => {
    const pages = older.map(async ({ number }) => ({ number, rows: await olderRows(data, shelf, number) }));
    return { newest: await newestOf(data, shelf), older: await Promise.all(pages) };
  });
  const listed = await readObject(data, keys.shelves, ShelvesObject);
  return { touched: await Promise.all(now), shelves: listed?.shelves ?? [] };
}

/**
 * Whether a row is gone from one of its shelves or they from the list of all: another publisher removed a shelf that had
 * been empty. A board may have dropped the row for a newer one.
 */
const isMissing = ({ touched, shelves }: Shown, row: IndexEntry | null): boolean =>
  row !== null &&
  shelvesOf(row).some(
    ({ kind, path }) =>
      (shelves.length < SHELVES_MAX && !shelves.some((line) => line.path === path)) ||
      (kind !== "board" &&
        !touched.some(
          ({ newest, older }) =>
            newest.shelf.path === path &&
            [newest.rows, ...older.map(({ rows }) => rows)].some((rows) =>
              rows.some(({ id }) => id === row.id),
            ),
        )),
  );

const changedOf = ({ touched, shelves }: Shown): Changed => ({ ...pagesOf(touched), shelves });

interface Touched {
  newest: Shelved;
  /** The older pages that changed. */
  older: { number: number; rows: IndexEntry[] }[];
}

/** Nothing stays of a shelf that no report stands on: its name came from a job that may be gone. */
async function clear(data: ObjectStore, touched: Touched[]): Promise<void> {
  for (const { newest } of touched) {
    const { shelf, older } = newest;
    if (lineOf(newest) !== null || lineOf(await newestOf(data, shelf)) !== null) continue;
    for (let number = 1; number <= older; number++) await data.remove(keys.shelfPage(shelf.path, number));
    await data.remove(keys.shelf(shelf.path));
    if (shelf.kind === "all") await data.remove(keys.shelves);
  }
}

function pagesOf(touched: Touched[]): Pick<Changed, "pages" | "gone"> {
  const isGone = ({ newest }: Touched): boolean => lineOf(newest) === null && newest.shelf.kind !== "all";
  return {
    gone: touched
      .filter(isGone)
      .flatMap(({ newest: { shelf, older } }) => [
        pagePath({ shelf, number: null }),
        ...Array.from({ length: older }, (_, index) => pagePath({ shelf, number: index + 1 })),
      ]),
    pages: touched
      .filter((each) => !isGone(each))
      .flatMap(({ newest, older }) => [
        { ...newest, number: null },
        ...older.map(({ number, rows }) => ({ ...newest, number, rows })),
      ]),
  };
}

async function putOn(data: ObjectStore, shelf: Shelf, row: IndexEntry, wasListed: boolean): Promise<Touched> {
  let older: Touched["older"] = [];
  const newest = await change(data, shelf, async (now) => {
    const number = wasListed ? await placeOf(data, now, row.id) : null;
    if (number !== null) {
      const replaced = (rows: IndexEntry[]) => rows.map((each) => (each.id === row.id ? row : each));
      older = [{ number, rows: await changePage(data, shelf, number, replaced) }];
      return now;
    }
    const { newest: next, full } = withReport(now, row);
    older = full === null ? [] : [{ number: next.older, rows: full }];
    if (full !== null) await putFull(data, now, next.older, full);
    return next;
  });
  return { newest, older };
}

async function takeOff(data: ObjectStore, shelf: Shelf, id: string): Promise<Touched> {
  const without = (rows: IndexEntry[]): IndexEntry[] => rows.filter((row) => row.id !== id);
  let older: Touched["older"] = [];
  const newest = await change(data, shelf, async (now) => {
    const kept = without(now.rows);
    if (kept.length < now.rows.length) return { ...now, rows: kept, reports: now.reports - 1 };
    const number = await placeOf(data, now, id);
    // The row is gone: a call was cut before it counted, another publisher took the row, or this is another try.
    if (number === null) return { ...now, reports: await countRows(data, now) };
    older = [{ number, rows: await changePage(data, shelf, number, without) }];
    return { ...now, reports: now.reports - 1 };
  });
  return { newest, older };
}

async function countRows(data: ObjectStore, { shelf, rows, older }: Shelved): Promise<number> {
  const numbers = Array.from({ length: older }, (_, index) => index + 1);
  const pages = await atOnce(REQUESTS_AT_ONCE, numbers, (number) => olderRows(data, shelf, number));
  return pages.reduce((sum, page) => sum + page.length, rows.length);
}

/**
 * The number of the older page that has the report, while the newest is as given. It is null where none has. The newest
 * of them is looked at first.
 */
async function placeOf(
  data: ObjectStore,
  { shelf, rows, older }: Shelved,
  id: string,
): Promise<number | null> {
  if (rows.some((row) => row.id === id)) return null;
  for (let number = older; number >= 1; number--)
    if ((await olderRows(data, shelf, number)).some((row) => row.id === id)) return number;
  return null;
}

async function newestOf(data: ObjectStore, shelf: Shelf): Promise<z.infer<typeof ShelfObject>> {
  const found = await readObject(data, keys.shelf(shelf.path), ShelfObject);
  return found ?? { schema: "brimline.shelf/1", ...emptyShelf(shelf) };
}

const pageOf = (rows: IndexEntry[]): z.infer<typeof ShelfPageObject> => ({
  schema: "brimline.shelf-page/1",
  rows,
});

/**
 * Writes a page that became full, before the newest one counts it. Publishers at once write the same rows, because a
 * full page is made of those before the new one. A page that is counted stays, since its rows may have changed.
 */
async function putFull(data: ObjectStore, now: Shelved, number: number, rows: IndexEntry[]): Promise<void> {
  const key = keys.shelfPage(now.shelf.path, number);
  if (await createObject(data, key, pageOf(rows))) return;
  const found = await data.get(key);
  const { older } = await newestOf(data, now.shelf);
  if (found !== null && older < number)
    await data.replace(key, JSON.stringify(pageOf(rows)), found.etag, JSON_TYPE);
}

async function changePage(
  data: ObjectStore,
  { path }: Shelf,
  number: number,
  next: (rows: IndexEntry[]) => IndexEntry[],
): Promise<IndexEntry[]> {
  const changed = async (now: z.infer<typeof ShelfPageObject> | null) => pageOf(next(now?.rows ?? []));
  return (await replaceObject(data, keys.shelfPage(path, number), ShelfPageObject, changed)).rows;
}

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

/** Replaces an object by what follows from it, and begins anew where another writer came first. It answers what it wrote. */
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
    const isWritten =
      found === null
        ? await data.create(key, body, JSON_TYPE)
        : await data.replace(key, body, found.etag, JSON_TYPE);
    // What is read again later compares with what was read, not with what was written.
    if (isWritten) return schema.parse(JSON.parse(body));
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

/** Writes the shelves of these reports where there are none. Of publishers at once the first one's stay. */
export async function writeShelves(data: ObjectStore, entries: IndexEntry[]): Promise<void> {
  const all = shelveAll(entries);
  for (const { newest, full } of all) {
    const { path } = newest.shelf;
    for (const [index, rows] of full.entries())
      await createObject(data, keys.shelfPage(path, index + 1), pageOf(rows));
    await createObject(data, keys.shelf(path), { schema: "brimline.shelf/1", ...newest });
  }
  const shelves = newestLines(all.flatMap(({ newest }) => lineOf(newest) ?? []));
  await createObject(data, keys.shelves, { schema: "brimline.shelves/1", shelves });
}
