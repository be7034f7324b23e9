import { IndexEntry } from "@brimline/core/report/entry";
import { type Shelf, Shelved, ShelfLine } from "@brimline/core/report/shelf";
import { keys } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import { z } from "zod";
import { readObject } from "./object.ts";

/** `shelves/<path>newest.json`: the newest page of a shelf. */
export const ShelfObject = Shelved.extend({ schema: z.literal("brimline.shelf/1") });

/** `shelves/<path><number>.json`: a full page of a shelf. */
export const ShelfPageObject = z.object({
  schema: z.literal("brimline.shelf-page/1"),
  rows: z.array(IndexEntry),
});

/** `shelves/shelves.json`: the list of all shelves that have a report. */
export const ShelvesObject = z.object({
  schema: z.literal("brimline.shelves/1"),
  shelves: z.array(ShelfLine),
});

/** The rows of a full page. It has none where there is no such page. */
export const olderRows = async (store: ObjectStore, { path }: Shelf, number: number): Promise<IndexEntry[]> =>
  (await readObject(store, keys.shelfPage(path, number), ShelfPageObject))?.rows ?? [];
