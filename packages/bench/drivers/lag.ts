import { type LagQuantiles, lagQuantiles } from "../measured.ts";
import type { StreamLog } from "../truth/log.ts";

/** What a client kept of one stream, in ms of the clock that the server writes. */
export interface Read {
  id: number;
  sentMs: number;
  /** When each chunk with content came. */
  cameMs: Float64Array;
}

export type DriverErrors = Record<"lagMs" | "ttftErrorMs" | "gapErrorMs", LagQuantiles | null> & {
  earlyPercent: number | null;
};

/** How far a client's times are from the server's, over the chunks that were written in [fromMs, toMs). */
export function driverErrors(reads: Read[], log: StreamLog[], fromMs: number, toMs: number): DriverErrors {
  const truth = new Map(log.map((stream) => [stream.id, stream]));
  const most = reads.reduce((sum, { cameMs }) => sum + cameMs.length, 0);
  const lags = new Float64Array(most);
  const gapErrors = new Float64Array(most);
  const ttftErrors = new Float64Array(reads.length);
  let early = 0;
  let lagCount = 0;
  let gapCount = 0;
  let ttftCount = 0;
  for (const { id, sentMs, cameMs } of reads) {
    const stream = truth.get(id);
    if (stream === undefined) continue;
    let lagBefore: number | null = null;
    for (const [chunk, came] of cameMs.entries()) {
      const written = stream.writtenMs[chunk] ?? Number.NaN;
      if (!(written >= fromMs && written < toMs)) continue;
      const lag = came - written;
      if (lag < 0) early++;
      lags[lagCount++] = Math.abs(lag);
      if (chunk === 0) ttftErrors[ttftCount++] = Math.abs(lag + stream.gotMs - sentMs);
      else if (lagBefore !== null) gapErrors[gapCount++] = Math.abs(lag - lagBefore);
      lagBefore = lag;
    }
  }
  return {
    earlyPercent: lagCount === 0 ? null : (100 * early) / lagCount,
    lagMs: lagQuantiles(lags.subarray(0, lagCount)),
    ttftErrorMs: lagQuantiles(ttftErrors.subarray(0, ttftCount)),
    gapErrorMs: lagQuantiles(gapErrors.subarray(0, gapCount)),
  };
}
