import { unknown, type Figure, type Spread } from "../../figure.ts";
import type { RequestRow } from "../../record/columns/table.ts";
import { distinct, flagged } from "./derive.ts";

/**
 * What merged chunks leave open. Such a chunk came at its time or up to a bound before it, so every value that
 * rests on it lies between two. All statistics grow with each of their values. So the statistic of all lows and
 * that of all highs bound the true one.
 */
export type End = "low" | "high";

type ValueOf = (request: RequestRow) => number | null;

/** Whether a time that figures of requests rest on may have been earlier. */
export const isOpen = (request: RequestRow): boolean =>
  request.firstEarlierUs > 0 || request.firstVisibleEarlierUs > 0 || request.lastEarlierUs > 0;

/**
 * The least and the most that a value of a request may be. A value rises or falls with each of the three times
 * alone, so its extremes lie where each is as early or as late as it can be. None is before the one that
 * precedes it. Where some times give no value (a speed over no time) the most is Infinity. It is null if no
 * times give one.
 */
export function valueBounds(request: RequestRow, valueOf: ValueOf): Record<End, number> | null {
  const { sentMs, firstMs, firstVisibleMs, lastMs } = request;
  const ends = (atMs: number | null, earlierUs: number): (number | null)[] =>
    atMs === null || earlierUs === 0 ? [atMs] : [Math.max(sentMs, atMs - earlierUs / 1000), atMs];
  const values: (number | null)[] = [];
  for (const first of ends(firstMs, request.firstEarlierUs))
    for (const visible of ends(firstVisibleMs, request.firstVisibleEarlierUs))
      for (const last of ends(lastMs, request.lastEarlierUs))
        values.push(
          valueOf(rowAt(request, first, notBefore(visible, first), notBefore(last, visible ?? first))),
        );
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return null;
  return {
    low: Math.min(...known),
    high: known.length < values.length ? Infinity : Math.max(...known),
  };
}

const notBefore = (atMs: number | null, fromMs: number | null): number | null =>
  atMs === null || fromMs === null ? atMs : Math.max(atMs, fromMs);

/** The same request with its outputs at these times. A row's fields are getters, so they are named one by one. */
const rowAt = (
  row: RequestRow,
  firstMs: number | null,
  firstVisibleMs: number | null,
  lastMs: number | null,
): RequestRow => ({
  index: row.index,
  user: row.user,
  dueMs: row.dueMs,
  sentMs: row.sentMs,
  firstMs,
  firstVisibleMs,
  lastMs,
  doneMs: row.doneMs,
  closeLagMs: row.closeLagMs,
  closeCut: row.closeCut,
  leftMs: row.leftMs,
  outcome: row.outcome,
  tokens: row.tokens,
  usageInvalid: row.usageInvalid,
  resent: row.resent,
  chunks: row.chunks,
  firstChunkTokens: row.firstChunkTokens,
  firstEarlierUs: row.firstEarlierUs,
  firstVisibleEarlierUs: row.firstVisibleEarlierUs,
  lastEarlierUs: row.lastEarlierUs,
});

/** The value of a request at one end of what it may be. */
export const valueAt =
  (valueOf: ValueOf, end: End): ValueOf =>
  (request) =>
    isOpen(request) ? (valueBounds(request, valueOf)?.[end] ?? null) : valueOf(request);

/** If the most that a figure may be is more than so many times the least, its value says nothing. */
const SAYS_NOTHING = 2;
/** If it is not even so many times the least, merged chunks change nothing that a reader would see. */
const SAYS_THE_SAME = 1.01;

/**
 * A figure as it follows from the times as they are, with what the same figure is if every value is as low, and
 * as high, as it can be. Its interval reaches from the lows' interval to the highs'. If the highs' value is more
 * than 1 % above the lows', the figure says so. If it is more than twice the lows', or if either is not known, the
 * value is withheld.
 */
export function bounded(figure: Figure, low: Figure, high: Figure): Figure {
  if (isEqual(figure, low) && isEqual(figure, high)) return figure;
  const nEff = least([figure.nEff, low.nEff, high.nEff]);
  const from = least([figure.low, low.low]);
  if (figure.value === null) {
    const isSame = from === null ? figure.low === null : (figure.low ?? Infinity) <= SAYS_THE_SAME * from;
    const reasons = isSame ? figure.reasons : distinct([...figure.reasons, "client_limited"] as const);
    return { ...figure, nEff, low: from, reasons };
  }
  if (low.value === null || high.value === null || high.value > SAYS_NOTHING * low.value)
    return { ...unknown("client_limited"), n: figure.n, nEff, low: from };
  // A request that shows no value as it was read may have one, so the value itself can lie outside both ends.
  const isSame = Math.max(high.value, figure.value) <= SAYS_THE_SAME * Math.min(low.value, figure.value);
  return {
    ...flagged(figure, ...low.reasons, ...high.reasons, ...(isSame ? [] : (["client_limited"] as const))),
    nEff,
    low: low.low === null ? null : from,
    high: high.high === null ? null : Math.max(high.high, figure.high ?? high.high),
  };
}

/** The same for a distribution. Its largest value is null where merged chunks leave it open. */
export function boundedSpread(spread: Spread, low: Spread, high: Spread): Spread {
  const at = (name: Exclude<keyof Spread, "max">): Figure => bounded(spread[name], low[name], high[name]);
  return {
    mean: at("mean"),
    p50: at("p50"),
    p90: at("p90"),
    p95: at("p95"),
    p99: at("p99"),
    p999: at("p999"),
    max: low.max === high.max ? spread.max : null,
  };
}

const isEqual = (a: Figure, b: Figure): boolean =>
  a.value === b.value && a.low === b.low && a.high === b.high;

function least(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}
