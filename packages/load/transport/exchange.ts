import type { ErrorKind } from "@brimline/core/codes";
import type { Dialect } from "@brimline/core/dialect/dialect";
import type { RequestRecord } from "@brimline/core/record/record";
import { type Answer, fieldsOf, newAnswer, outcomeOf } from "@brimline/core/record/answer/answer";
import { SSE_LIMITS, type SseLimits } from "@brimline/core/record/answer/sse";
import { addMerged } from "@brimline/core/record/columns/merged";
import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import { failureKind, failureWords, statusFailure, retryAfterMs } from "../request/failure.ts";
import type { Ask, OpenRequest, RequestDone, RequestEnd } from "../request/request.ts";
import type { EventReader } from "./event-reader.ts";
import { Silence } from "./silence.ts";
import { WholeReader } from "./whole.ts";

/** How the connection of a request was opened. */
export interface ConnectionUse {
  isNew: boolean;
  /** How long a new connection took to open, ms. It is null if the connection was opened ahead. */
  connectMs: number | null;
}

/** What an exchange needs from its driver. */
export interface Driver {
  readEvents(dialect: Dialect, limits: SseLimits): EventReader;
  /** It is called when the exchange ended before its answer did: the socket can serve no other request. */
  cut(): void;
  /** It is called when the request was lost with a kept connection. It must be written into a new one. */
  resend(): void;
}

/** Servers say "none" to keep a proxy from compressing, and some name the charset here. */
const NO_CODING = /^(?:identity|none|utf-?8|[\s,])*$/i;
const EVENT_STREAM = /^text\/event-stream\b/i;
const JSON_BODY = /^application\/json\b/i;
/**
 * What one read hides of its chunks' times is counted only where it is more than this. It is what two turns of the
 * kernel driver's sweep take, so that chunks which an endpoint sends together are not taken for the client's fault.
 */
const MERGED_MS = 2.5;
/** How much of an answer that is no stream is kept for the error text. */
const TEXT_BYTES = 8 * 1024;
/**
 * An endpoint that ignores the asked length may send more stream events than tokens were asked, but not
 * without end.
 */
const EVENTS_MIN = 20_000;

/**
 * One request, from being asked to its record. It has the timers of each phase, and knows what the answer's head and
 * end mean. A driver tells it what came, in this order: `written`, `begun`, `head`, `data`, then `end`, `dropped` or
 * `lost`. After the first end it ignores everything. The total timer and `cut` end every state before closing.
 *
 *   state       its timer     it is told                          what follows
 *   connecting  the guard's   written                             waiting
 *                             lost                                fails: dns, connect, tls, address_refused …
 *   waiting     headers       dropped, before any byte, on a      connecting: it is sent again, and the timer runs on
 *                             connection that was kept
 *                             head, 2xx and what is expected      streaming
 *                             head, anything else                 refused
 *                             head, 3xx or an encoding            fails at once, connection cut
 *                             dropped, lost                       fails: connect, protocol …
 *   streaming   idle          data                                streaming; a bound broken: fails, connection cut
 *                             data that ends the answer           closing: the request is done
 *                             end                                 ok, or what the stream lacks
 *                             dropped, lost                       what the stream said of itself, else truncated_stream
 *   closing     close         end, dropped, lost, cut, the timer  as the stream ended; the last two cut the connection
 *   refused     idle          data                                refused; its text is kept, up to 8 KiB
 *                             end, dropped, lost                  fails as its head said
 */
export class Exchange implements OpenRequest {
  readonly done: Promise<RequestDone>;
  readonly ended: Promise<RequestEnd>;
  readonly #resolveDone: (done: RequestDone) => void;
  readonly #resolve: (end: RequestEnd) => void;
  readonly #driver: Driver;
  readonly #ask: Ask;
  readonly #t0Ms: number;
  readonly #reader: EventReader;
  readonly #total: NodeJS.Timeout;
  readonly #silence = new Silence(() => this.#now());
  #isOver = false;
  /** It is null until the request is written. */
  #delivery: ConnectionUse | null = null;
  #isResent = false;
  #sentMs: number;
  #answer: Answer;
  /** When the stream said that the answer is whole. */
  #doneMs: number | null = null;
  #isCloseCut = false;
  #firstByteMs: number | null = null;
  /** How much earlier than its time what is read now may have come, and whether that is true of its last packet. */
  #earlierMs = 0;
  #isExact = true;
  #status: number | null = null;
  #headers: IncomingHttpHeaders = {};
  /**
   * The failure that the head of the answer means. With one, the body is read as text, not as stream events.
   */
  #refusal: ErrorKind | null = null;
  #text = "";

  constructor(driver: Driver, ask: Ask) {
    ({ promise: this.done, resolve: this.#resolveDone } = Promise.withResolvers<RequestDone>());
    ({ promise: this.ended, resolve: this.#resolve } = Promise.withResolvers<RequestEnd>());
    this.#driver = driver;
    this.#ask = ask;
    this.#t0Ms = ask.t0Ms;
    const { dialect, outputTokens } = ask;
    const limits = {
      ...SSE_LIMITS,
      events: Math.min(Math.max(EVENTS_MIN, 4 * outputTokens), SSE_LIMITS.events),
    };
    this.#reader = dialect.streams ? driver.readEvents(dialect, limits) : new WholeReader(dialect, limits);
    this.#total = setTimeout(
      () => this.#fail("total_timeout", `not done after ${ask.limits.totalMs / 1000} s`),
      ask.limits.totalMs,
    );
    this.#sentMs = this.#now();
    this.#answer = newAnswer(this.#sentMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  chunks(): number {
    return this.#answer.gapsUs.length;
  }

  cut(): void {
    if (this.#isOver) return;
    if (this.#doneMs === null) this.#fail("censored", null);
    else this.#giveUpClose();
  }

  /** It must be called right before the first byte is written. The times of a request count from the first write. */
  written(delivery: ConnectionUse): void {
    this.#delivery = delivery;
    if (this.#isResent) return;
    this.#sentMs = this.#now();
    this.#answer = newAnswer(this.#sentMs);
    this.#wait("headers_timeout", this.#ask.limits.headersMs);
  }

  /**
   * Bytes are read now that arrived at `stampMs`, a `performance.now()`. It returns that on the exchange's own
   * clock. A time before `sent` is not of this answer. Those before the last packet may have come up to
   * `earlierMs` earlier, and where the stamp is not exact so may the last.
   */
  arrived(stampMs: number, earlierMs: number, isExact: boolean): number {
    const atMs = stampMs - this.#t0Ms;
    this.#earlierMs = earlierMs > MERGED_MS ? Math.min(earlierMs, atMs - this.#sentMs) : 0;
    this.#isExact = isExact;
    return atMs > this.#sentMs ? atMs : this.#now();
  }

  /** The first byte of the answer came, which may be an informational one. */
  begun(atMs: number): void {
    this.#firstByteMs ??= atMs;
  }

  /** The head came, with names in lower case. An informational answer is no head. */
  head(status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver) return;
    this.#status = status;
    this.#headers = headers;
    this.#wait("idle_timeout", this.#ask.limits.idleMs);
    const encoding = headers["content-encoding"];
    if (encoding !== undefined && !NO_CODING.test(encoding))
      return this.#fail("unexpected_encoding", `content-encoding: ${encoding}`);
    this.#refusal = statusFailure(status);
    if (this.#refusal === "redirect_refused") {
      this.#text = `status ${status}, location: ${headers.location ?? "none"}`;
      return this.#fail("redirect_refused", this.#text);
    }
    const type = headers["content-type"] ?? "";
    const isExpected = this.#ask.dialect.streams ? EVENT_STREAM : JSON_BODY;
    if (this.#refusal === null && !isExpected.test(type)) {
      this.#refusal = "protocol";
      this.#text = `content-type: ${type === "" ? "none" : type}\n`;
    }
  }

  /**
   * A piece of the body came. It is the bytes from `from` to `to`, which are not kept. `isLast` says that the
   * read ends with it.
   */
  data(bytes: Buffer, from: number, to: number, atMs: number, isLast: boolean): void {
    if (this.#isOver || this.#doneMs !== null) return;
    this.#silence.heardMs = atMs;
    if (this.#refusal !== null) return this.#keepText(bytes.subarray(from, to));
    const answer = this.#answer;
    const chunks = answer.gapsUs.length;
    this.#reader.take(answer, bytes, from, to, atMs);
    if (this.#earlierMs > 0) this.#markMerged(chunks, isLast);
    if (this.#reader.overflow !== null) return this.#fail(this.#reader.overflow, null);
    if (answer.done) this.#saidDone(atMs);
  }

  /** The answer is whole. Its last byte came at `atMs`. */
  end(atMs: number): void {
    if (this.#refusal !== null) this.#finish(this.#refusal, this.#text, atMs);
    else {
      this.#reader.end(this.#answer, atMs);
      this.#finishStream(true, atMs);
    }
  }

  /**
   * The peer closed or reset the connection. It may close one that lies idle at any moment, also while a request is on
   * its way. So that request is sent again, but on a new connection, where there is no such excuse.
   */
  dropped(error: Error): void {
    const wasKept = this.#delivery?.isNew === false && this.#firstByteMs === null;
    if (this.#isOver || !wasKept) return this.lost(error);
    this.#isResent = true;
    this.#delivery = null;
    this.#driver.resend();
  }

  /** The connection failed, or could not be opened. */
  lost(error: Error): void {
    if (this.#isOver) return;
    if (this.#refusal !== null) return this.#finish(this.#refusal, this.#text);
    this.#reader.end(this.#answer, this.#silence.heardMs);
    // An inference engine that drops one request in favour of another may still end its stream. If there is no
    // finish reason, the lost connection shows it.
    if (this.#answer.done && this.#answer.finishReason === null)
      return this.#finish("truncated_stream", error.message);
    // What the stream itself said counts for more than how its connection ended.
    if (this.#answer.done || this.#answer.error !== null || this.#answer.malformed !== null)
      return this.#finishStream(false);
    const stage = this.#status !== null ? "streaming" : this.#delivery !== null ? "waiting" : "connecting";
    this.#finish(failureKind(error, stage), failureWords(error));
  }

  /** Ends the request and its connection. Only the first end counts. */
  #fail(outcome: ErrorKind | "censored", text: string | null): void {
    this.#finish(outcome, text);
    this.#driver.cut();
  }

  #finishStream(isWhole: boolean, endMs = this.#now()): void {
    const { error, malformed } = this.#answer;
    const { stray } = this.#reader;
    const ended = `the stream ended after ${this.chunks()} output chunks${emptinessOf(this.#answer)}`;
    this.#finish(
      outcomeOf(this.#answer, isWhole),
      error ?? malformed ?? (stray === null ? ended : `${ended}, and a line in it is no event: ${stray}`),
      endMs,
    );
  }

  #finish(outcome: RequestRecord["outcome"], text: string | null, endMs = this.#now()): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#total);
    this.#silence.end();
    const doneMs = this.#doneMs;
    const ask = this.#ask;
    const isNew = this.#delivery?.isNew === true;
    const record: RequestRecord = {
      index: ask.index,
      user: ask.user,
      dueMs: roundToUs(ask.dueMs),
      sentMs: roundToUs(this.#sentMs),
      connectMs: isNew ? roundToUs(this.#delivery?.connectMs ?? null) : null,
      firstByteMs: roundToUs(this.#firstByteMs),
      doneMs: outcome === "censored" ? null : roundToUs(doneMs ?? endMs),
      closeLagMs: doneMs === null ? null : Math.max(0, roundToUs(endMs - doneMs)),
      closeCut: this.#isCloseCut,
      status: this.#status,
      outcome,
      ...fieldsOf(this.#answer),
      connectionReused: this.#delivery !== null && !isNew,
      resent: this.#isResent,
      errorText:
        outcome === "ok" || outcome === "censored" || text === null ? null : ask.explain(outcome, text),
    };
    this.#resolve({
      record,
      connected: this.#delivery !== null,
      headers: this.#headers,
      saidEnd: this.#answer.done,
      retryAfterMs: retryAfterMs(this.#headers["retry-after"] ?? null),
    });
    this.#tellDone(outcome, endMs);
  }

  /**
   * Several events lay in one read that came late. All chunks from `first` on may have come earlier, except the
   * one that ends the read.
   */
  #markMerged(first: number, isLast: boolean): void {
    const { gapsUs, merged, endsInOutput } = this.#answer;
    const isLastExact = this.#isExact && isLast && endsInOutput && this.#reader.isBetweenEvents;
    const earlierUs = Math.ceil(1000 * this.#earlierMs);
    const chunks = gapsUs.length - first - (isLastExact ? 1 : 0);
    if (chunks > 0) addMerged(merged, first, chunks, earlierUs);
  }

  #keepText(piece: Buffer): void {
    const room = TEXT_BYTES - this.#text.length;
    if (room > 0) this.#text += piece.toString("utf8", 0, room);
    // A longer answer is not worth its transfer. A shorter one is read to its end, so that the connection
    // stays usable.
    else this.#fail(this.#refusal ?? "protocol", this.#text);
  }

  #wait(why: "headers_timeout" | "idle_timeout", ms: number): void {
    this.#silence.begin(ms, () => this.#fail(why, `nothing came for ${ms / 1000} s`));
  }

  /**
   * The stream said that the answer is whole. The request is done, and its user goes on. Nothing else is read, and the
   * body has so long to end, whatever comes.
   */
  #saidDone(atMs: number): void {
    this.#doneMs = atMs;
    clearTimeout(this.#total);
    this.#silence.begin(this.#ask.limits.closeMs, () => this.#giveUpClose());
    this.#tellDone(outcomeOf(this.#answer, false), atMs);
  }

  /** An endpoint that holds the connection open after that loses the connection, but the request counts. */
  #giveUpClose(): void {
    this.#isCloseCut = true;
    this.#finishStream(false);
    this.#driver.cut();
  }

  /** Only the first time counts. */
  #tellDone(outcome: RequestRecord["outcome"], doneMs: number): void {
    const { firstUs } = this.#answer;
    this.#resolveDone({
      outcome,
      sentMs: roundToUs(this.#sentMs),
      firstMs: firstUs === null ? null : firstUs / 1000,
      doneMs: outcome === "censored" ? null : roundToUs(doneMs),
      retryAfterMs: retryAfterMs(this.#headers["retry-after"] ?? null),
    });
  }

  #now(): number {
    return performance.now() - this.#t0Ms;
  }
}

/** What an answer without output has in its place. */
function emptinessOf({ gapsUs, finishReason, silent }: Answer): string {
  if (gapsUs.length > 0) return "";
  const reason = finishReason === null ? "" : ` by the finish reason ${finishReason}`;
  return silent === null ? reason : `${reason}, with events such as ${silent}`;
}

function roundToUs(ms: number): number;
function roundToUs(ms: number | null): number | null;
function roundToUs(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1000) / 1000;
}
