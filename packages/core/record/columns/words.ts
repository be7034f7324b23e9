import { ErrorKind } from "../../codes.ts";
import type { RequestRecord } from "../record.ts";

/** The words that a record has in place of numbers. In memory each is its place in one of these lists. */
export const OUTCOMES = ["ok", "censored", ...ErrorKind.options] as const;
export const SOURCES = ["usage", "chunk_usage", "chunks"] as const;

export const OUTCOME_CODES = new Map<string, number>(OUTCOMES.map((outcome, code) => [outcome, code]));
export const SOURCE_CODES = new Map<string, number>(SOURCES.map((source, code) => [source, code]));

/** It throws RangeError at a word that is not in the list. */
export function codeOf(codes: Map<string, number>, word: string | null): number {
  const code = word === null ? undefined : codes.get(word);
  if (code === undefined) throw new RangeError(`this program knows no ${word} in a record`);
  return code;
}

export const outcomeOf = (word: string): RequestRecord["outcome"] =>
  OUTCOMES[codeOf(OUTCOME_CODES, word)] ?? "ok";
export const sourceOf = (word: string): RequestRecord["tokens"]["source"] =>
  SOURCES[codeOf(SOURCE_CODES, word)] ?? "usage";
