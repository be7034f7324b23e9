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
  /** It bounds the time from the event that ends the stream to the end of the answer's body. */
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
  /** Without one it is a GET, else a POST. */
  body: string | null;
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

/** What is known of a request when its user may go on. */
export type RequestDone = Pick<RequestRecord, "outcome" | "sentMs" | "firstMs" | "doneMs"> &
  Pick<RequestEnd, "retryAfterMs">;

export interface OpenRequest {
  /**
   * It resolves as soon as the stream says that the answer is whole, though its body may still be open. Where the
   * stream does not say so, it resolves at the end.
   */
  done: Promise<RequestDone>;
  /** It resolves with the record, at the end of the body, or when the connection was given up. */
  ended: Promise<RequestEnd>;
  /** The number of output chunks so far. */
  chunks(): number;
  /** Ends the request now and closes its connection. It is censored unless it is done. */
  cut(): void;
}
