import type { RequestRecord } from "@brimline/core/record/record";
import { earlierByChunk } from "@brimline/core/record/columns/merged";
import { type LagQuantiles, lagQuantiles } from "../lag-quantiles.ts";
import type { StreamLog } from "../truth/log.ts";

/** What a client kept of one stream, in ms of the clock that the server writes. */
export interface Read {
  id: number;
  sentMs: number;
  /** When each chunk with content came. */
  cameMs: Float64Array;
  /** The chunks that may have come earlier than that, and by how much. */
  merged: RequestRecord["merged"];
}

export type DriverErrors = Record<"lagMs" | "ttftErrorMs" | "gapErrorMs", LagQuantiles | null> & {
  earlyPercent: number | null;
  mergedPercent: number | null;
  outsidePercent: number | null;
};

/** How much two clocks of the machine that are read one after the other may disagree, ms. */
const CLOCKS_MS = 0.05;

/**
 * How far a client's times are from the server's, over the chunks that were written in [fromMs, toMs). Chunks
 * that are marked as merged have no time but bounds: they count as merged, and those that were written outside
 * their bounds as outside.
 */
export function driverErrors(reads: Read[], log: StreamLog[], fromMs: number, toMs: number): DriverErrors {
  const truth = new Map(log.map((stream) => [stream.id, stream]));
  const most = reads.reduce((sum, { cameMs }) => sum + cameMs.length, 0);
  const lags = new Float64Array(most);
  const gapErrors = new Float64Array(most);
  const ttftErrors = new Float64Array(reads.length);
  let early = 0;
  let mergedCount = 0;
  let outside = 0;
  let lagCount = 0;
  let gapCount = 0;
  let ttftCount = 0;
  for (const { id, sentMs, cameMs, merged } of reads) {
    const stream = truth.get(id);
    if (stream === undefined) continue;
    let lagBefore: number | null = null;
    const earlierUs = merged.length === 0 ? null : earlierByChunk(merged, cameMs.length);
    for (const [chunk, came] of cameMs.entries()) {
      const written = stream.writtenMs[chunk] ?? Number.NaN;
      if (!(written >= fromMs && written < toMs)) continue;
      const lag = came - written;
      const earlierMs = (earlierUs?.[chunk] ?? 0) / 1000;
      if (earlierMs > 0) {
        mergedCount++;
        if (lag < -CLOCKS_MS || lag > earlierMs + CLOCKS_MS) outside++;
        lagBefore = null;
        continue;
      }
      if (lag < 0) early++;
      lags[lagCount++] = Math.abs(lag);
      if (chunk === 0) ttftErrors[ttftCount++] = Math.abs(lag + stream.gotMs - sentMs);
      else if (lagBefore !== null) gapErrors[gapCount++] = Math.abs(lag - lagBefore);
      lagBefore = lag;
    }
  }
  return {
    earlyPercent: lagCount === 0 ? null : (100 * early) / lagCount,
    mergedPercent: lagCount + mergedCount === 0 ? null : (100 * mergedCount) / (lagCount + mergedCount),
    outsidePercent: mergedCount === 0 ? null : (100 * outside) / mergedCount,
    lagMs: lagQuantiles(lags.subarray(0, lagCount)),
    ttftErrorMs: lagQuantiles(ttftErrors.subarray(0, ttftCount)),
    gapErrorMs: lagQuantiles(gapErrors.subarray(0, gapCount)),
  };
}
