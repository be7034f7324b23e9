import type { RequestRecord } from "@brimline/core/record/record";
import type { StreamTruth } from "./stream.ts";

/** The client's errors in reading streams of known timing, ms, each in ascending order. */
export interface ClientError {
  /**
   * Measured TTFT − (first chunk written − request read), one value a stream. It includes what the way to the
   * server and back adds.
   */
  ttftMs: Float64Array;
  /** |our stamp − time at which the server handed the chunk to its socket|, one value a chunk. */
  lagMs: Float64Array;
  /** |measured gap − true gap|, one value a gap. */
  gapMs: Float64Array;
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
  for (const { index, sentMs, gapsUs } of records) {
    const truth = truthOf.get(index);
    if (truth?.writtenMs.length !== gapsUs.length)
      throw new Error(`${gapsUs.length} of ${truth?.writtenMs.length ?? 0} chunks were seen`);
    let atUs = 1000 * sentMs;
    let lagBeforeMs = truth.receivedMs - originMs - sentMs;
    truth.writtenMs.forEach((writtenMs, nth) => {
      atUs += gapsUs[nth] ?? 0;
      const lag = atUs / 1000 + originMs - writtenMs;
      lagMs.push(Math.abs(lag));
      // The request's way to the server comes before the first chunk, and delays the answer as well.
      if (nth === 0) ttftMs.push(lag + lagBeforeMs);
      else gapMs.push(Math.abs(lag - lagBeforeMs));
      lagBeforeMs = lag;
    });
  }
  return { ttftMs: ascending(ttftMs), lagMs: ascending(lagMs), gapMs: ascending(gapMs) };
}

const ascending = (values: number[]): Float64Array => Float64Array.from(values).sort();
