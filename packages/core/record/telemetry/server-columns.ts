import type { ColumnRule } from "./column-rule.ts";

const GAUGE = { unit: "{request}", least: 0, most: 1e9 } as const;
const COUNT = { unit: "{request}", least: 0, most: 1e15 } as const;
const TOKENS = { unit: "{token}", least: 0, most: 1e18 } as const;
const SECONDS = { unit: "s", least: 0, most: 1e13 } as const;

/**
 * The columns of source `server` that are not buckets, and the values that each can have. `running`, `waiting`
 * and `kvPercent` are of the moment. All others are counters, which only grow until the server starts anew. What
 * ends in `S` is the sum of a duration over the requests that the column of the same name with `Count` counts.
 */
export const SERVER_COLUMNS = {
  /** Requests in the batch. */
  running: GAUGE,
  /** Requests in the queue. */
  waiting: GAUGE,
  /** The KV cache in use. */
  kvPercent: { unit: "%", least: 0, most: 100 },
  /** Requests that were thrown out of the batch for want of KV cache, each time anew. */
  preemptions: COUNT,
  /** What was looked up in the prefix cache, in tokens or in blocks, and how much of it was there. */
  prefixQueries: TOKENS,
  prefixHits: TOKENS,
  /** Tokens that speculative decoding proposed, and those of them that were right. */
  draftTokens: TOKENS,
  acceptedTokens: TOKENS,
  promptTokens: TOKENS,
  outputTokens: TOKENS,
  /** Requests that ended well. Some servers count those that their client cut, too. */
  requests: COUNT,
  queueS: SECONDS,
  queueCount: COUNT,
  prefillS: SECONDS,
  prefillCount: COUNT,
  decodeS: SECONDS,
  decodeCount: COUNT,
  ttftS: SECONDS,
  ttftCount: COUNT,
  tpotS: SECONDS,
  tpotCount: COUNT,
  e2eS: SECONDS,
  e2eCount: COUNT,
} as const satisfies Record<string, ColumnRule>;
export type ServerColumn = keyof typeof SERVER_COLUMNS;

/** The durations of which a server may count how many requests were no longer than some edges. */
export const BUCKETED = ["ttft", "tpot"] as const;
export type Bucketed = (typeof BUCKETED)[number];

const BUCKET = /^(ttft|tpot)LeUs(\d{1,13})$/;

/** The column of the requests that took at most so long: `ttftLeUs250000` for 0.25 s. */
export const bucketColumn = (of: Bucketed, edgeS: number): string => `${of}LeUs${Math.round(1e6 * edgeS)}`;

/** What a column of buckets counts. It is null for any other column. */
export function readBucketColumn(name: string): { of: Bucketed; edgeMs: number } | null {
  const [, of, edgeUs] = BUCKET.exec(name) ?? [];
  return of === "ttft" || of === "tpot" ? { of, edgeMs: Number(edgeUs) / 1000 } : null;
}

/** The rule of any column of source `server`. It is null for one that is not known. */
export function serverColumnRule(name: string): ColumnRule | null {
  if (Object.hasOwn(SERVER_COLUMNS, name)) return SERVER_COLUMNS[name as ServerColumn];
  return readBucketColumn(name) === null ? null : COUNT;
}
