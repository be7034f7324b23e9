import type { RequestRecord } from "@brimline/core/record/record";
import type { StreamTruth } from "./stream.ts";

/** What streams of known timing were measured wrong by, ms, each in ascending order. */
export interface ClientError {
  /** Measured TTFT − (first chunk written − request read), one a stream: what the way to the server and back adds is in it. */
  ttftMs: Float64Array;
  /** |our stamp − handed to the socket|, one a chunk. */
  lagMs: Float64Array;
  /** |measured gap − true gap|, one a gap. */
  gapMs: Float64Array;
}

/**
 * Holds records against what the server says of the same streams. `originMs`: where 0 of the records' clock lies on the server's.
 * Throws where a stream has other chunks than were written.
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
      // Before the first chunk stands the way of the request to the server, which delays the answer as well.
      if (nth === 0) ttftMs.push(lag + lagBeforeMs);
      else gapMs.push(Math.abs(lag - lagBeforeMs));
      lagBeforeMs = lag;
    });
  }
  return { ttftMs: ascending(ttftMs), lagMs: ascending(lagMs), gapMs: ascending(gapMs) };
}

const ascending = (values: number[]): Float64Array => Float64Array.from(values).sort();
