import type { Reason } from "../codes.ts";
import type { Validity } from "../figure.ts";
import { distinct, worst } from "../metric/statistics/derive.ts";

/** What one reason makes of a level. */
export interface Note {
  reason: Reason;
  makes: Exclude<Validity, "valid">;
}

/** The worst note decides, and every reason is named once. */
export function rollUp(notes: Note[]): { validity: Validity; reasons: Reason[] } {
  return {
    validity: worst(notes.map((note) => note.makes)),
    reasons: distinct(notes.map((note) => note.reason)),
  };
}

/**
 * What a report takes from its measured levels: the worst validity and every reason. It is invalid if nothing
 * was measured.
 */
export function reportValidity(measured: { validity: Validity; reasons: Reason[] }[]): {
  validity: Validity;
  reasons: Reason[];
} {
  return {
    validity: measured.length === 0 ? "invalid" : worst(measured.map((level) => level.validity)),
    reasons: distinct(measured.flatMap((level) => level.reasons)),
  };
}

/** The note on a level that was ended early. Only a queue that grew leaves something to read. */
export function endedEarly(
  state: "completed" | "stopped" | "cancelled" | "failed",
  reason: Reason | null,
): Note[] {
  if (state === "completed") return [];
  if (reason === "over_saturated") return [{ reason, makes: "indicative" }];
  return [{ reason: reason ?? (state === "cancelled" ? "cancelled" : "shards_lost"), makes: "invalid" }];
}

/**
 * Judges a share that should be small: above `care` the level is indicative, above `refuse` it is invalid.
 */
function bySize(reason: Reason, share: number, bounds: { care: number; refuse: number }): Note[] {
  if (share > bounds.refuse) return [{ reason, makes: "invalid" }];
  return share > bounds.care ? [{ reason, makes: "indicative" }] : [];
}

/** Compares the achieved load with what was asked: below 95 % is indicative, below 80 % invalid. */
export const underDelivered = (achieved: number | null, asked: number): Note[] =>
  achieved === null ? [] : bySize("under_delivered", 1 - achieved / asked, { care: 0.05, refuse: 0.2 });

/** Judges the share of shards that were lost, and with them the load that they should have sent. */
export const shardsLost = (missing: number, shards: number): Note[] =>
  missing === 0 ? [] : bySize("shards_lost", missing / (missing + shards), { care: 0, refuse: 0.1 });

/** A share of merged chunks above this makes a level indicative. It never makes it invalid. */
export const MERGED_CARE = 0.01;

export const mergedChunks = (merged: number, chunks: number): Note[] =>
  merged > MERGED_CARE * chunks ? [{ reason: "client_limited", makes: "indicative" }] : [];

/** What the process's clock makes of a figure by what it may add to it: the bounds are shares of the figure. */
const CLIENT = { care: 0.05, refuse: 0.2 };

/** It is valid where one of the two is not known. */
export function clientMakes(addedMs: number | null, valueMs: number | null): Validity {
  if (addedMs === null || valueMs === null || valueMs <= 0) return "valid";
  return bySize("client_limited", addedMs / valueMs, CLIENT)[0]?.makes ?? "valid";
}

const LATE_MS = 250;

/** Notes a shard that started more than 250 ms after T0. */
export const lateStart = (startLagsMs: number[]): Note[] =>
  startLagsMs.some((lagMs) => lagMs > LATE_MS) ? [{ reason: "late_start", makes: "indicative" }] : [];
