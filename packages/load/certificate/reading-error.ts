import { earlierByChunk } from "@brimline/core/record/columns/merged";
import type { RequestRecord } from "@brimline/core/record/record";
import type { StreamTruth } from "./stream.ts";

/**
 * The client's errors in reading streams of known timing, ms, each in ascending order. Merged chunks are left
 * out: a record does not claim to know when they came, and bounds them itself.
 */
export interface ClientError {
  /** Measured TTFT − (first chunk written − request received), one value a stream. */
  ttftMs: Float64Array;
  /** |our stamp − time at which the server handed the chunk to its socket|, one value a chunk. */
  lagMs: Float64Array;
  /** |measured gap − true gap|, one value a gap. */
  gapMs: Float64Array;
}

/** What was recorded of a request, and when the kernel had taken it, on the same clock. */
export interface Measured {
  record: RequestRecord;
  handedMs: number;
}

/**
 * The server's log with the earlier of two times at which it had each request. On loopback a request lies in its
 * socket as soon as the kernel has taken it from us, and how much later the server reads it is no error of ours.
 */
export function withHandover(truths: StreamTruth[], measured: Measured[], originMs: number): StreamTruth[] {
  const handedMs = new Map(measured.map((request) => [request.record.index, request.handedMs]));
  return truths.map((truth) => ({
    ...truth,
    receivedMs: Math.min(truth.receivedMs, originMs + (handedMs.get(truth.index) ?? Infinity)),
  }));
}

/**
 * Holds records against the server's log of the same streams. `originMs` is where 0 of the records' clock
 * lies on the server's. It throws where a stream has other chunks than were written.
 */
export function readingError(records: RequestRecord[], truths: StreamTruth[], originMs: number): ClientError {
  const truthOf = new Map(truths.map((truth) => [truth.index, truth]));
  const ttftMs: number[] = [];
  const lagMs: number[] = [];
  const gapMs: number[] = [];
  for (const { index, sentMs, gapsUs, merged } of records) {
    const truth = truthOf.get(index);
    if (truth?.writtenMs.length !== gapsUs.length)
      throw new Error(`${gapsUs.length} of ${truth?.writtenMs.length ?? 0} chunks were seen`);
    const earlierUs = earlierByChunk(merged, gapsUs.length);
    let atUs = 1000 * sentMs;
    const toServerMs = truth.receivedMs - originMs - sentMs;
    let lagBeforeMs: number | null = null;
    truth.writtenMs.forEach((writtenMs, nth) => {
      atUs += gapsUs[nth] ?? 0;
      if (earlierUs[nth] !== 0) {
        lagBeforeMs = null;
        return;
      }
      const lag = atUs / 1000 + originMs - writtenMs;
      lagMs.push(Math.abs(lag));
      // The request's way to the server comes before the first chunk, and delays the answer as well.
      if (nth === 0) ttftMs.push(lag + toServerMs);
      else if (lagBeforeMs !== null) gapMs.push(Math.abs(lag - lagBeforeMs));
      lagBeforeMs = lag;
    });
  }
  return { ttftMs: ascending(ttftMs), lagMs: ascending(lagMs), gapMs: ascending(gapMs) };
}

const ascending = (values: number[]): Float64Array => Float64Array.from(values).sort();
