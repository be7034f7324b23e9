import type { ErrorKind } from "@brimline/core/codes";
import type { RequestRecord } from "@brimline/core/record/record";
import type { IncomingHttpHeaders } from "node:http";

export interface ConnectionLimits {
  connectMs: number;
  headerBytes: number;
}

/** ms and bytes after which a request is given up. */
export interface RequestLimits extends ConnectionLimits {
  /** From sent to the end of the headers, between two reads of the body, and over all. */
  headersMs: number;
  idleMs: number;
  totalMs: number;
  /** How long the end of the answer may come after `[DONE]`. */
  closeMs: number;
}

/** Long enough for the queue of a saturated endpoint: its wait is a result, not an error. */
export const REQUEST_LIMITS: RequestLimits = {
  connectMs: 10_000,
  headersMs: 120_000,
  idleMs: 120_000,
  totalMs: 900_000,
  closeMs: 2000,
  headerBytes: 16 * 1024,
};

/** What to send, and what its record says of it. Times in ms from `t0Ms`, itself a `performance.now()`. */
export interface Ask {
  index: number;
  user: number | null;
  t0Ms: number;
  dueMs: number;
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Tokens asked for: bounds the events of the answer. */
  outputTokens: number;
  limits: RequestLimits;
  /** The text to keep of a failure, redacted and cut; null to keep none. */
  explain(kind: ErrorKind, text: string): string | null;
}

export interface RequestEnd {
  record: RequestRecord;
  /** False: no connection came about. */
  connected: boolean;
  /** Headers of the answer; empty without one. */
  headers: IncomingHttpHeaders;
  retryAfterMs: number | null;
}

export interface OpenRequest {
  ended: Promise<RequestEnd>;
  /** Output chunks so far. */
  chunks(): number;
  /** Ends it now, as censored, and closes its connection. */
  cut(): void;
}
