import type { Reason } from "../../codes.ts";
import { readBucketColumn } from "../../record/telemetry/server-columns.ts";
import { countOf, okRows, type RecordTable } from "../../record/columns/table.ts";
import { ttftMs } from "../statistics/latency.ts";
import { createNumbers } from "../statistics/numbers.ts";
import { lastTrue } from "../../math/rank.ts";
import { quantile } from "../statistics/quantile.ts";
import type { Run } from "../window/run.ts";
import { grownAround, type ServerSeries } from "./server-series.ts";

/** What we count of a level ourselves, and what the server counted in the same time. */
export interface Compared {
  /** What it must have counted of us, and what it may have: a request that failed or was cut counts for some servers. */
  least: number;
  most: number;
  /** It is null for these reasons. */
  counted: number | null;
  reasons: Reason[];
}

/** A run, and the samples of the servers that it ran against. */
export interface ServedSpan extends Pick<Run, "t0UnixMs" | "drainEndMs" | "records"> {
  servers: ServerSeries;
}

/**
 * Counts that differ by less are those of the same requests: a server counts some tokens that it does not send,
 * such as the one that ends an answer.
 */
export const COUNT_TOLERANCE = 0.01;

/** Whether somebody else was served, or another server than this one served us. */
export function judgeCounts({ least, most, counted }: Compared): "same" | "foreign" | "partial" | "unknown" {
  if (counted === null) return "unknown";
  if (counted > most * (1 + COUNT_TOLERANCE) + 1) return "foreign";
  return counted < least * (1 - COUNT_TOLERANCE) - 1 ? "partial" : "same";
}

/** Compares the requests and the output tokens of whole runs, whose records these are. */
export function compareCounts(
  records: RecordTable,
  spans: ServedSpan[],
): { requests: Compared; outputTokens: Compared } {
  const ok = countOf(okRows(records));
  let [tokens, largest, isCounted] = [0, 0, true];
  for (const { tokens: of } of okRows(records)) {
    tokens += of.output ?? 0;
    largest = Math.max(largest, of.output ?? 0);
    isCounted &&= of.output !== null && of.source !== "chunks";
  }
  const compared = (column: string, least: number, most: number): Compared => {
    const grown = summed(spans, column);
    return typeof grown === "number"
      ? { least, most, counted: grown, reasons: [] }
      : { least, most, counted: null, reasons: [grown] };
  };
  const outputTokens = compared("outputTokens", tokens, tokens + (records.length - ok) * largest);
  return {
    requests: compared("requests", ok, records.length),
    outputTokens: isCounted ? outputTokens : { ...outputTokens, counted: null, reasons: ["no_usage"] },
  };
}

/** Before the first token of any request the server has counted none of what is compared, ms from T0. */
function firstTokenMs(records: RecordTable): number {
  let earliestMs = Infinity;
  for (const { firstMs } of records.rows()) earliestMs = Math.min(earliestMs, firstMs ?? Infinity);
  return Number.isFinite(earliestMs) ? earliestMs : 0;
}

function summed(spans: ServedSpan[], column: string): number | Reason {
  let sum = 0;
  for (const { t0UnixMs, drainEndMs, records, servers } of spans) {
    const fromMs = t0UnixMs + firstTokenMs(records);
    const grown = grownAround(servers, column, [fromMs, t0UnixMs + drainEndMs]);
    if (typeof grown === "string") return grown;
    sum += grown;
  }
  return spans.length === 0 ? "no_server_metrics" : sum;
}

export interface TtftAgreement {
  /** By how much ours were moved, ms: the time outside the server with which the two agree best. */
  shiftMs: number;
  /** The edges of its buckets at which the two were compared. */
  edges: number;
  /** The largest difference at any of them then, in percent of the requests, and the most that chance explains. */
  largestGapPercent: number;
  boundPercent: number;
}

/** The 95 % point of Kolmogorov's distribution (Smirnov 1948), for two samples of n and m: × √(1/n + 1/m). */
const KOLMOGOROV_95 = 1.358;
const REQUESTS_LEAST = 20;

/**
 * Compares the TTFT of all requests with the server's histogram of the same requests at the edges of its buckets.
 * Ours have the time outside the server on top, so they are moved by one time for all, the one of those that fit
 * an edge with which the largest difference is least. A few slow ones, such as those that opened a connection, do
 * not bend it as they bend a mean. It is null where the server has no such histogram, or counted other requests.
 */
export function ttftAgreement(records: RecordTable, spans: ServedSpan[]): TtftAgreement | null {
  const own = knownTtftsMs(records);
  const count = summed(spans, "ttftCount");
  if (typeof count === "string" || own.length < REQUESTS_LEAST) return null;
  if (Math.abs(count - own.length) > COUNT_TOLERANCE * own.length + 1) return null;
  const edges = edgesOf(spans).flatMap(({ column, edgeMs }) => {
    const within = summed(spans, column);
    return typeof within === "string" ? [] : [{ edgeMs, share: within / count }];
  });
  const gapAt = (shiftMs: number): number =>
    Math.max(
      ...edges.map(({ edgeMs, share }) => Math.abs(share - countUpTo(own, edgeMs + shiftMs) / own.length)),
    );
  const fitting = edges
    .filter(({ share }) => share > 0 && share < 1)
    .map(({ edgeMs, share }) => quantile(own, share) - edgeMs);
  const [best] = [0, ...fitting]
    .map((shiftMs) => ({ shiftMs, gap: gapAt(shiftMs) }))
    .toSorted((a, b) => a.gap - b.gap);
  if (best === undefined || edges.length === 0) return null;
  return {
    shiftMs: best.shiftMs,
    edges: edges.length,
    largestGapPercent: 100 * best.gap,
    boundPercent: 100 * KOLMOGOROV_95 * Math.sqrt(1 / own.length + 1 / count),
  };
}

/** How many of the values, in ascending order, are no larger than this. */
const countUpTo = (sorted: Float64Array, most: number): number =>
  lastTrue(sorted.length, (count) => (sorted[count - 1] ?? Infinity) <= most);

/** In ascending order. */
function knownTtftsMs(records: RecordTable): Float64Array {
  const values = createNumbers(records.length);
  for (const request of records.rows()) {
    const value = ttftMs(request);
    if (value !== null && Number.isFinite(value)) values.push(value);
  }
  return values.sorted();
}

function edgesOf(spans: ServedSpan[]): { column: string; edgeMs: number }[] {
  const columns = new Set(
    spans.flatMap(({ servers }) => servers.flatMap(([first]) => Object.keys(first?.values ?? {}))),
  );
  return [...columns].flatMap((column) => {
    const bucket = readBucketColumn(column);
    return bucket?.of === "ttft" ? [{ column, edgeMs: bucket.edgeMs }] : [];
  });
}
