import type { Reason } from "../codes.ts";
import type { Validity } from "../figure.ts";
import { distinct, worst } from "../metric/derive.ts";

/** What one reason makes of a level. */
export interface Note {
  reason: Reason;
  makes: Exclude<Validity, "valid">;
}

/** The worst note wins; every reason is named once. */
export function rollUp(notes: Note[]): { validity: Validity; reasons: Reason[] } {
  return {
    validity: worst(notes.map((note) => note.makes)),
    reasons: distinct(notes.map((note) => note.reason)),
  };
}

/** What a report takes from its measured levels: the worst validity, every reason. Invalid where nothing was measured. */
export function reportValidity(measured: { validity: Validity; reasons: Reason[] }[]): {
  validity: Validity;
  reasons: Reason[];
} {
  return {
    validity: measured.length === 0 ? "invalid" : worst(measured.map((level) => level.validity)),
    reasons: distinct(measured.flatMap((level) => level.reasons)),
  };
}

/** Reasons that ended a level early; only a queue that grew leaves something to read. */
export function endedEarly(
  state: "completed" | "stopped" | "cancelled" | "failed",
  reason: Reason | null,
): Note[] {
  if (state === "completed") return [];
  if (reason === "over_saturated") return [{ reason, makes: "indicative" }];
  return [{ reason: reason ?? (state === "cancelled" ? "cancelled" : "shards_lost"), makes: "invalid" }];
}

/** A share that should be small: at or below `care` nothing is said, above `refuse` the level is invalid. */
function bySize(reason: Reason, share: number, limits: { care: number; refuse: number }): Note[] {
  if (share > limits.refuse) return [{ reason, makes: "invalid" }];
  return share > limits.care ? [{ reason, makes: "indicative" }] : [];
}

/** Achieved load against what was asked: below 95 % indicative, below 80 % invalid. */
export const underDelivered = (achieved: number | null, asked: number): Note[] =>
  achieved === null ? [] : bySize("under_delivered", 1 - achieved / asked, { care: 0.05, refuse: 0.2 });

/** Users that lost parts of the load generator should have sent. */
export const shardsLost = (missing: number, shards: number): Note[] =>
  missing === 0 ? [] : bySize("shards_lost", missing / (missing + shards), { care: 0, refuse: 0.1 });

/** What the generator adds at most against the value it adds to: above 5 % indicative, above 20 % invalid. */
export const clientLimited = (addedMs: number | null, valueMs: number | null): Note[] =>
  addedMs === null || valueMs === null || valueMs <= 0
    ? []
    : bySize("client_limited", addedMs / valueMs, { care: 0.05, refuse: 0.2 });

const LATE_MS = 250;

/** A shard that began more than 250 ms after T0. */
export const lateStart = (startLagsMs: number[]): Note[] =>
  startLagsMs.some((lagMs) => lagMs > LATE_MS) ? [{ reason: "late_start", makes: "indicative" }] : [];
