import { z } from "zod";
import { seedOf } from "../random.ts";
import { IndexEntry } from "./entry.ts";

/**
 * Public reports stand on shelves: one of all, and one for each model, GPU, tag and month. A board is the shelf of
 * those that were asked the same with the same objective, which it ranks. Adding a report changes the newest page of
 * its shelves alone, however many there are.
 */
export const ShelfKind = z.enum(["all", "model", "gpu", "tag", "month", "board"]);
export type ShelfKind = z.infer<typeof ShelfKind>;

export const Shelf = z.object({
  kind: ShelfKind,
  /** What its reports have in common, as a reader says it. */
  value: z.string(),
  /** Its place: "model/llama-3-1-8b/". */
  path: z.string(),
});
export type Shelf = z.infer<typeof Shelf>;

/** What stands on a shelf, newest first. Full pages of it are older, and are numbered from 1, the oldest. */
export const Shelved = z.object({
  shelf: Shelf,
  /** On all of its pages together. */
  reports: z.int(),
  older: z.int(),
  rows: z.array(IndexEntry),
});
export type Shelved = z.infer<typeof Shelved>;

/** One page of a shelf. The newest has no number. */
export interface ShelfPage extends Shelved {
  number: number | null;
  /** Whether there is a page of the trend of its jobs. */
  hasTrend?: boolean;
}

/** A shelf in the list of all shelves. */
export const ShelfLine = Shelf.extend({ reports: z.int(), newestAt: z.string() });
export type ShelfLine = z.infer<typeof ShelfLine>;

/** The rows of an older page. The newest page has at least as many once there is an older one. */
export const PAGE_ROWS = 100;

const ALL: Shelf = { kind: "all", value: "All reports", path: "all/" };

/** The shelves that a report stands on. */
export function shelvesOf({ model, gpu, tags, createdAt, board }: IndexEntry): Shelf[] {
  return [
    ALL,
    shelfOf("model", model),
    ...(gpu === null ? [] : [shelfOf("gpu", gpu)]),
    ...[...new Set(tags)].map((tag) => shelfOf("tag", tag)),
    shelfOf("month", createdAt.slice(0, 7)),
    ...(board === null ? [] : [shelfOf("board", board)]),
  ];
}

const shelfOf = (kind: ShelfKind, value: string): Shelf => ({ kind, value, path: `${kind}/${slug(value)}/` });

/**
 * A name for an address. Where it differs from the value, a hash keeps it apart from those of other values. It stands
 * behind a character that no name without one has.
 */
export function slug(value: string): string {
  const plain = value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replaceAll(/^-|-$/g, "");
  return plain === value ? plain : `${plain}_${seedOf(value).toString(36)}`;
}

/** Where a page of a shelf lies on the site. The newest page of all reports is its index. */
export function pagePath({ shelf, number }: Pick<ShelfPage, "shelf" | "number">): string {
  if (number !== null) return `by/${shelf.path}${number}/`;
  return shelf.kind === "all" ? "" : `by/${shelf.path}`;
}

export const emptyShelf = (shelf: Shelf): Shelved => ({ shelf, reports: 0, older: 0, rows: [] });

const byNewest = (a: IndexEntry, b: IndexEntry): number =>
  b.createdAt.localeCompare(a.createdAt) || a.id.localeCompare(b.id);

/**
 * The newest page with a report, which replaces one with its id, and the page that became full by it: the oldest of the
 * other reports, so that whichever of two comes first the full page is the same. A board keeps the newest report of each
 * contestant, and has no older pages.
 */
export function withReport(
  shelved: Shelved,
  entry: IndexEntry,
): { newest: Shelved; full: IndexEntry[] | null } {
  const others = shelved.rows.filter((row) => row.id !== entry.id);
  const isNew = !shelved.rows.some(({ id }) => id === entry.id);
  const rows = [...others, entry].toSorted(byNewest);
  if (shelved.shelf.kind === "board") {
    const kept = [...Map.groupBy(rows, contestant).values()]
      .flatMap(([newest]) => newest ?? [])
      .slice(0, PAGE_ROWS);
    return { newest: { ...shelved, reports: kept.length, rows: kept }, full: null };
  }
  const reports = shelved.reports + (isNew ? 1 : 0);
  if (rows.length < 2 * PAGE_ROWS) return { newest: { ...shelved, reports, rows }, full: null };
  const full = others.toSorted(byNewest).slice(-PAGE_ROWS);
  const kept = rows.filter((row) => !full.includes(row));
  return { newest: { ...shelved, reports, older: shelved.older + 1, rows: kept }, full };
}

/** Who is ranked on a board: what serves the model, on which hardware. */
const contestant = ({ model, gpu, server, simulated }: IndexEntry): string =>
  JSON.stringify([model, gpu, server, simulated]);

/** All shelves of these reports, each with its full pages, the oldest first. */
export function shelveAll(entries: IndexEntry[]): { newest: Shelved; full: IndexEntry[][] }[] {
  const shelves = new Map<string, { newest: Shelved; full: IndexEntry[][] }>();
  for (const entry of entries.toSorted(byNewest).toReversed())
    for (const shelf of shelvesOf(entry)) {
      const before = shelves.get(shelf.path) ?? { newest: emptyShelf(shelf), full: [] };
      const { newest, full } = withReport(before.newest, entry);
      shelves.set(shelf.path, { newest, full: full === null ? before.full : [...before.full, full] });
    }
  return [...shelves.values()];
}

/** Its line in the list of all shelves. It is null for a shelf that has no report. */
export function lineOf({ shelf, reports, rows }: Shelved): ShelfLine | null {
  const [first] = rows;
  return first === undefined && reports <= 0 ? null : { ...shelf, reports, newestAt: first?.createdAt ?? "" };
}

/** A report on a board. It has no rank where its throughput at its capacity is not known well enough. */
export interface Ranked {
  entry: IndexEntry;
  rank: number | null;
}

/**
 * The reports of a board, the most output first. A rank is 1 + the number of reports whose interval lies wholly above
 * the report's own, so that reports share one where their intervals overlap (as Chatbot Arena ranks, arXiv 2403.04132).
 * Invalid reports, those without a capacity and those without an interval have no rank and come last.
 */
export function ranked(rows: IndexEntry[]): Ranked[] {
  const boundsOf = ({ validity, hasCapacity, outputTokensPerS }: IndexEntry) => {
    if (validity === "invalid" || !hasCapacity || outputTokensPerS === null) return null;
    const { value, low, high } = outputTokensPerS;
    return value === null || low === null || high === null ? null : { low, high };
  };
  const bounds = rows.flatMap((row) => boundsOf(row) ?? []);
  return rows
    .map((entry): Ranked => {
      const own = boundsOf(entry);
      return { entry, rank: own === null ? null : 1 + bounds.filter(({ low }) => low > own.high).length };
    })
    .toSorted((a, b) =>
      (a.rank === null) === (b.rank === null)
        ? (b.entry.outputTokensPerS?.value ?? 0) - (a.entry.outputTokensPerS?.value ?? 0)
        : a.rank === null
          ? 1
          : -1,
    );
}
