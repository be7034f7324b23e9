import type { Level } from "../schema.ts";
import { loadSpan } from "../text.ts";

/** A level and where it stands in the file, for JSON Pointers. */
export interface Placed {
  level: Level;
  pointer: string;
}

/** The levels in words: each by its load, or many by the loads between which they lie. */
export const names = (placed: Placed[]): string => loadSpan(placed.map(({ level }) => level.load));

/** So many levels are named one by one. */
const LISTED = 3;

/** What is said of each level. Of many levels the first ones stand for all. */
export function listed(each: string[], separator = ", "): string {
  const more = each.length - LISTED;
  return more < 2 ? each.join(separator) : `${each.slice(0, LISTED).join(separator)} and ${more} more levels`;
}

export const refsOf = (placed: Placed[], key: string): string[] =>
  placed.map(({ pointer }) => `${pointer}/${key}`);
