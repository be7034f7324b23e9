import { addMerged } from "@brimline/core/record/columns/merged";
import type { RequestRecord } from "@brimline/core/record/record";

/**
 * One request of which it is known when each chunk truly came, µs after `sent`, and how it was read. `reads` are
 * the numbers of chunks in each read; `slack` (0 to 1) is how much of the time since the read before is added to
 * what a merged chunk was really earlier by.
 */
export interface KnownArrivals {
  sentMs: number;
  atUs: number[];
  reads: number[];
  slack: number;
  /** Whether bytes behind the last chunk came in its read, so that it is merged, too. */
  hasTail: boolean;
}

/** The record if every chunk had been stamped alone, and the record of the reads. */
export function mergedRequest(
  record: RequestRecord,
  { sentMs, atUs, reads, slack, hasTail }: KnownArrivals,
): { truth: RequestRecord; read: RequestRecord } {
  const tailUs = hasTail ? 700 : 0;
  const stampedUs: number[] = [];
  const merged: RequestRecord["merged"] = [];
  let beforeUs = 0;
  let from = 0;
  for (const count of [...reads, atUs.length]) {
    const to = Math.min(atUs.length, from + count);
    if (to === from) continue;
    const isLast = to === atUs.length;
    const stampUs = (atUs[to - 1] ?? 0) + (isLast ? tailUs : 0);
    for (let chunk = from; chunk < to; chunk++) {
      stampedUs.push(stampUs);
      const trueUs = atUs[chunk] ?? 0;
      const earlierUs = Math.ceil(stampUs - trueUs + slack * Math.max(0, trueUs - beforeUs));
      const isExact = chunk === to - 1 && !(isLast && hasTail);
      if (!isExact && earlierUs > 0) addMerged(merged, chunk, 1, earlierUs);
    }
    beforeUs = stampUs;
    from = to;
  }
  return {
    truth: stamped(record, sentMs, atUs, []),
    read: stamped(record, sentMs, stampedUs, merged),
  };
}

function stamped(
  record: RequestRecord,
  sentMs: number,
  atUs: number[],
  merged: RequestRecord["merged"],
): RequestRecord {
  const gapsUs = atUs.map((us, i) => us - (atUs[i - 1] ?? 0));
  const [firstMs, lastMs] = [sentMs + (atUs[0] ?? 0) / 1000, sentMs + (atUs.at(-1) ?? 0) / 1000];
  return {
    ...record,
    dueMs: sentMs,
    sentMs,
    firstByteMs: firstMs,
    firstMs,
    firstVisibleMs: firstMs,
    lastMs,
    doneMs: lastMs,
    gapsUs,
    merged,
    tokens: { ...record.tokens, output: atUs.length },
  };
}
