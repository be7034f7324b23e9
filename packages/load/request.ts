import type { ErrorKind } from "@brimline/core/codes";
import type { RequestRecord } from "@brimline/core/record/record";
import { type Answer, fieldsOf, newAnswer, outcomeOf, takeEvent } from "@brimline/core/record/answer";
import { EventStream, SSE_LIMITS } from "@brimline/core/record/sse";
import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import type { Dispatcher } from "undici";
import type { Connection, ConnectionLimits } from "./connection.ts";
import { kindOf, kindOfStatus, retryAfterMs } from "./failure.ts";

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

/** Of an answer that is no stream, so much is kept for the error text. */
const TEXT_BYTES = 8 * 1024;
/** Endpoints that ignore the asked length may send more events than tokens were asked, but not without end. */
const EVENTS_MIN = 20_000;

/**
 * Sends one request and reads its stream. Never rejects: whatever happens is a record. `sent` is stamped right before the request
 * is written (where no connection came about: when it was asked for); events are stamped when their socket became readable.
 */
export function sendRequest(connection: Connection, ask: Ask): OpenRequest {
  const exchange = new Exchange(connection, ask);
  connection.client().dispatch({ path: ask.path, method: "POST", headers: ask.headers, body: ask.body, headersTimeout: 0, bodyTimeout: 0 }, exchange);
  return { ended: exchange.ended, chunks: () => exchange.chunks(), cut: () => exchange.fail("censored", null) };
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly ended: Promise<RequestEnd>;
  readonly #resolve: (end: RequestEnd) => void;
  readonly #connection: Connection;
  readonly #ask: Ask;
  readonly #socketsBefore: number;
  readonly #stream: EventStream;
  readonly #total: NodeJS.Timeout;
  /** Runs out where the answer stands still. */
  #patience: NodeJS.Timeout | null = null;
  #isOver = false;
  #isWritten = false;
  #sentMs: number;
  #answer: Answer;
  #firstByteMs: number | null = null;
  #status: number | null = null;
  #headers: IncomingHttpHeaders = {};
  /** The failure that the head of the answer means: its body is read as text, not as events. */
  #refusal: ErrorKind | null = null;
  #text = "";

  constructor(connection: Connection, ask: Ask) {
    const { promise, resolve } = Promise.withResolvers<RequestEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#connection = connection;
    this.#ask = ask;
    this.#socketsBefore = connection.sockets();
    this.#stream = new EventStream({ ...SSE_LIMITS, events: Math.min(Math.max(EVENTS_MIN, 4 * ask.outputTokens), SSE_LIMITS.events) });
    this.#total = setTimeout(() => this.fail("total_timeout", `not done after ${ask.limits.totalMs / 1000} s`), ask.limits.totalMs);
    this.#sentMs = this.#now();
    this.#answer = newAnswer(this.#sentMs);
  }

  chunks(): number {
    return this.#answer.gapsUs.length;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) return controller.abort(new Error("over before it began"));
    this.#sentMs = this.#now();
    this.#answer = newAnswer(this.#sentMs);
    this.#isWritten = true;
    this.#wait("headers_timeout", this.#ask.limits.headersMs);
  }

  onResponseStarted(): void {
    this.#firstByteMs ??= this.#readMs();
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver || status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#wait("idle_timeout", this.#ask.limits.idleMs);
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") return this.fail("unexpected_encoding", `content-encoding: ${encoding}`);
    this.#refusal = kindOfStatus(status);
    if (this.#refusal === "redirect_refused") {
      this.#text = `status ${status}, location: ${headers.location ?? "none"}`;
      return this.fail("redirect_refused", this.#text);
    }
    const type = headers["content-type"] ?? "";
    if (this.#refusal === null && !/^text\/event-stream\b/i.test(type)) {
      this.#refusal = "protocol";
      this.#text = `content-type: ${type === "" ? "none" : type}\n`;
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#isOver) return;
    const atMs = this.#readMs();
    this.#patience?.refresh();
    if (this.#refusal !== null) return this.#keepText(piece);
    const wasDone = this.#answer.done;
    for (const event of this.#stream.take(piece)) takeEvent(this.#answer, event, atMs);
    if (this.#stream.overflow !== null) return this.fail(this.#stream.overflow, null);
    if (this.#answer.done && !wasDone) this.#awaitClose();
  }

  onResponseEnd(): void {
    if (this.#refusal !== null) this.#finish(this.#refusal, this.#text);
    else this.#finishStream();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    if (this.#refusal !== null) return this.#finish(this.#refusal, this.#text);
    // An engine that drops a request for another may still write [DONE]: without a finish reason, the cut connection tells.
    if (this.#answer.done && this.#answer.finishReason === null) return this.#finish("truncated_stream", error.message);
    // What the stream itself said counts for more than how its connection ended.
    if (this.#answer.done || this.#answer.error !== null || this.#answer.malformed !== null) return this.#finishStream();
    const stage = this.#status !== null ? "streaming" : this.#isWritten ? "waiting" : "connecting";
    this.#finish(kindOf(error, stage), error.message);
  }

  /** Ends the request and its connection. The first end is the one that counts. */
  fail(outcome: ErrorKind | "censored", text: string | null): void {
    if (this.#isOver) return;
    const refusal = outcome === "censored" ? null : this.#refusal;
    this.#finish(refusal ?? outcome, refusal === null ? text : this.#text);
    this.#connection.cut();
  }

  #finishStream(): void {
    const outcome = outcomeOf(this.#answer);
    this.#finish(outcome, this.#answer.error ?? this.#answer.malformed ?? `the stream ended after ${this.chunks()} output chunks`);
  }

  #finish(outcome: RequestRecord["outcome"], text: string | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#total);
    if (this.#patience !== null) clearTimeout(this.#patience);
    const ask = this.#ask;
    const isFresh = this.#isWritten && this.#connection.sockets() > this.#socketsBefore;
    const record: RequestRecord = {
      index: ask.index,
      user: ask.user,
      dueMs: roundToUs(ask.dueMs),
      sentMs: roundToUs(this.#sentMs),
      connectMs: isFresh ? roundToUs(this.#connection.connectMs()) : null,
      firstByteMs: roundToUs(this.#firstByteMs),
      doneMs: outcome === "censored" ? null : roundToUs(this.#now()),
      status: this.#status,
      outcome,
      ...fieldsOf(this.#answer),
      connectionReused: this.#isWritten && !isFresh,
      errorText: outcome === "ok" || outcome === "censored" || text === null ? null : ask.explain(outcome, text),
    };
    const retryAfter = this.#headers["retry-after"];
    this.#resolve({ record, connected: this.#isWritten, headers: this.#headers, retryAfterMs: retryAfterMs(retryAfter ?? null) });
  }

  #keepText(piece: Buffer): void {
    const room = TEXT_BYTES - this.#text.length;
    if (room > 0) this.#text += piece.toString("utf8", 0, room);
    // A longer answer is not worth its transfer; a shorter one is read to its end, so that the connection stays usable.
    else this.fail(this.#refusal ?? "protocol", this.#text);
  }

  #wait(kind: "headers_timeout" | "idle_timeout", ms: number): void {
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.fail(kind, `nothing came for ${ms / 1000} s`), ms);
  }

  /** After `[DONE]` the answer is whole: an endpoint that then holds the connection open costs the connection, not the request. */
  #awaitClose(): void {
    if (this.#patience !== null) clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#finishStream();
      this.#connection.cut();
    }, this.#ask.limits.closeMs);
  }

  #now(): number {
    return performance.now() - this.#ask.t0Ms;
  }

  /** A stamp from before this request was written is not of its answer. */
  #readMs(): number {
    const readableMs = this.#connection.readableMs() - this.#ask.t0Ms;
    return readableMs > this.#sentMs ? readableMs : this.#now();
  }
}

function roundToUs(ms: number): number;
function roundToUs(ms: number | null): number | null;
function roundToUs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
