import type { ErrorKind } from "@brimline/core/codes";
import type { Dialect } from "@brimline/core/dialect/dialect";
import type { RequestRecord } from "@brimline/core/record/record";
import type { IncomingHttpHeaders } from "node:http";

export interface ConnectionLimits {
  connectMs: number;
  headerBytes: number;
}

/** The ms and bytes after which a request is given up. */
export interface RequestLimits extends ConnectionLimits {
  /** It bounds the time from sent to the end of the headers. */
  headersMs: number;
  /** It bounds the time between two reads of the body. */
  idleMs: number;
  /** It bounds the whole request. */
  totalMs: number;
  /** It bounds the time from the event that ends the stream to the end of the answer. */
  closeMs: number;
}

/** They are long enough for the queue of a saturated endpoint: a wait there is a result, not an error. */
export const REQUEST_LIMITS: RequestLimits = {
  connectMs: 10_000,
  headersMs: 120_000,
  idleMs: 120_000,
  totalMs: 900_000,
  closeMs: 2000,
  headerBytes: 16 * 1024,
};

/**
 * What to send, and what the record says of it. Times are in ms from `t0Ms`, which is a `performance.now()`.
 */
export interface Ask {
  index: number;
  user: number | null;
  t0Ms: number;
  dueMs: number;
  /** How the answer is read. */
  dialect: Dialect;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** The number of tokens that are asked. It bounds the stream events of the answer. */
  outputTokens: number;
  limits: RequestLimits;
  /** Returns the text of a failure to keep, redacted and cut, or null to keep none. */
  explain(kind: ErrorKind, text: string): string | null;
}

export interface RequestEnd {
  record: RequestRecord;
  /** It is false where no connection was opened. */
  connected: boolean;
  /** The answer's headers. It is empty without an answer. */
  headers: IncomingHttpHeaders;
  /** Whether the stream itself said that the answer was whole. */
  saidEnd: boolean;
  retryAfterMs: number | null;
}

export interface OpenRequest {
  ended: Promise<RequestEnd>;
  /** The number of output chunks so far. */
  chunks(): number;
  /** Ends the request now, as censored, and closes its connection. */
  cut(): void;
}
