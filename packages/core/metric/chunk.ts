import type { RequestRecord } from "../record/record.ts";

/** Calls back for every output chunk with its arrival, ms on the record's clock, its gap in µs and its position. */
export function eachChunk(record: RequestRecord, visit: (atMs: number, gapUs: number, position: number) => void): void {
  let atUs = 0;
  for (let position = 0; position < record.gapsUs.length; position++) {
    const gapUs = record.gapsUs[position] ?? 0;
    atUs += gapUs;
    visit(record.sentMs + atUs / 1000, gapUs, position);
  }
}

/**
 * Calls back for every chunk gap: the time between consecutive arrivals of output. Chunks of one socket read are one arrival, so
 * they make no gap of their own; the wait for the first chunk is TTFT, not a gap.
 */
export function eachGap(record: RequestRecord, visit: (gapMs: number, endMs: number) => void): void {
  eachChunk(record, (atMs, gapUs, position) => {
    if (position > 0 && gapUs > 0) visit(gapUs / 1000, atMs);
  });
}

/** Share of chunks that came in the same socket read as the one before, in percent. Null without chunks. */
export function coalescedPercent(records: RequestRecord[]): number | null {
  let chunks = 0;
  let coalesced = 0;
  for (const record of records) {
    eachChunk(record, (_, gapUs, position) => {
      chunks++;
      if (position > 0 && gapUs === 0) coalesced++;
    });
  }
  return chunks === 0 ? null : (100 * coalesced) / chunks;
}

const STALL_MS = 250;
const STALL_MEDIANS = 5;

/**
 * Gaps above max(250 ms, 5 × the level's median gap): how many, the longest, and their share of the time between first and last
 * output, in percent. Averages hide them.
 */
export function stallsOf(records: RequestRecord[], medianGapMs: number | null): { count: number; longestMs: number | null; timePercent: number | null } {
  const limitMs = Math.max(STALL_MS, STALL_MEDIANS * (medianGapMs ?? 0));
  let count = 0;
  let longestMs: number | null = null;
  let stalledMs = 0;
  let streamedMs = 0;
  for (const record of records) {
    eachGap(record, (gapMs) => {
      streamedMs += gapMs;
      if (gapMs <= limitMs) return;
      count++;
      stalledMs += gapMs;
      longestMs = Math.max(longestMs ?? 0, gapMs);
    });
  }
  return { count, longestMs, timePercent: streamedMs === 0 ? null : (100 * stalledMs) / streamedMs };
}

/** The range of tokens per chunk in which a chunk may be called a token. */
const ONE_TOKEN = { least: 1, most: 1.02 };

/** Whether one chunk is one token: tokens ÷ chunks within 1.00–1.02. Speculative decoding sends several tokens a chunk. */
export const isOneTokenAChunk = (tokens: number, chunks: number): boolean =>
  chunks > 0 && tokens / chunks >= ONE_TOKEN.least && tokens / chunks <= ONE_TOKEN.most;
