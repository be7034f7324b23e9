import type { Level } from "./schema.ts";
import { loadText } from "./text.ts";

/** A level and where it stands in the file, for JSON Pointers. */
export interface Placed {
  level: Level;
  pointer: string;
}

export const names = (placed: Placed[]): string => placed.map(({ level }) => loadText(level.load)).join(", ");
export const refsOf = (placed: Placed[], key: string): string[] =>
  placed.map(({ pointer }) => `${pointer}/${key}`);
