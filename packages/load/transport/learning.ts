import { type Answer, takeEvent, takeOutput } from "@brimline/core/record/answer";
import { EventStream, type SseLimits } from "@brimline/core/record/sse";
import type { EventReader } from "./exchange.ts";
import { endOfEventFrame, learnEventFrame, type EventFrame } from "./event-frame.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const DATA = Buffer.from("data:");
const OUTPUT = { visible: true, usage: null } as const;
/**
 * Chunks that each differ outside their content are not worth learning. Up to so many are passed over before
 * the next one is learned.
 */
const WAIT_MAX = 4096;

/** Where the data of a whole stream event lies, and where the event ends. */
interface Place {
  from: number;
  to: number;
  end: number;
}

/**
 * Reads from a stream what `EventStream` and `takeEvent` read, in three ways. An event that has the learned
 * frame is not parsed. Any other event of one data line is parsed where it lies, if it lies there whole. All
 * else goes through EventStream, torn events too.
 */
export class LearningReader implements EventReader {
  overflow: EventStream["overflow"] = null;
  readonly #limits: SseLimits;
  /** It bounds lines alone, because events that go past it count too. */
  readonly #stream: EventStream;
  #bodyBytes = 0;
  #events = 0;
  #frame: EventFrame | null = null;
  /** Whether an event had this frame since it was learned. */
  #isOfUse = true;
  #wait = 0;
  #waitNext = 0;

  constructor(limits: SseLimits) {
    this.#limits = limits;
    this.#stream = new EventStream({ ...limits, events: Infinity, bodyBytes: Infinity });
  }

  take(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): void {
    this.#bodyBytes += to - from;
    if (this.#bodyBytes > this.#limits.bodyBytes) this.overflow ??= "body_too_large";
    let at = from;
    while (at < to && this.overflow === null) at = this.#takeNext(answer, bytes, at, to, atMs);
  }

  #takeNext(answer: Answer, bytes: Buffer, at: number, to: number, atMs: number): number {
    if (!this.#stream.isBetweenEvents) return this.#takeLine(answer, bytes, at, to, atMs);
    const end = this.#frame === null ? -1 : endOfEventFrame(this.#frame, bytes, at, to);
    if (end !== -1 && end - at <= this.#limits.lineBytes) {
      this.#isOfUse = true;
      if (this.#isCounted() && !answer.done) takeOutput(answer, OUTPUT, atMs);
      return end;
    }
    const place = wholeEvent(bytes, at, to);
    if (place === null || place.to - at > this.#limits.lineBytes)
      return this.#takeLine(answer, bytes, at, to, atMs);
    const data = bytes.toString("utf8", place.from, place.to);
    // A CR ends another line, and U+FFFD may stand for bytes that are no UTF-8.
    if (data.includes("\r") || data.includes("\ufffd")) return this.#takeLine(answer, bytes, at, to, atMs);
    if (!this.#isCounted()) return place.end;
    const chunks = answer.gapsUs.length;
    takeEvent(answer, { type: "", data, validUtf8: true }, atMs);
    if (answer.gapsUs.length > chunks && this.#wait-- === 0) this.#learn(bytes.subarray(at, place.end), data);
    return place.end;
  }

  /** Takes one line, or the part of it that is there. */
  #takeLine(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): number {
    const found = bytes.indexOf(LF, from);
    const end = found === -1 || found >= to ? to : found + 1;
    for (const event of this.#stream.take(bytes.subarray(from, end))) {
      if (this.#isCounted()) takeEvent(answer, event, atMs);
    }
    this.overflow ??= this.#stream.overflow;
    return end;
  }

  #isCounted(): boolean {
    if (++this.#events > this.#limits.events) this.overflow ??= "too_many_events";
    return this.overflow === null;
  }

  #learn(event: Buffer, data: string): void {
    this.#waitNext = this.#isOfUse ? 0 : Math.min(2 * this.#waitNext + 1, WAIT_MAX);
    this.#wait = this.#waitNext;
    const frame = learnEventFrame(event, data);
    this.#isOfUse = false;
    this.#frame = frame ?? this.#frame;
  }
}

/**
 * The event that begins at `from`, if it is one data line and the blank line, both lie before `to`, and both
 * end with LF or both with CR LF.
 */
function wholeEvent(bytes: Buffer, from: number, to: number): Place | null {
  if (to - from < DATA.length || bytes.compare(DATA, 0, DATA.length, from, from + DATA.length) !== 0)
    return null;
  const newline = bytes.indexOf(LF, from);
  if (newline === -1 || newline + 1 >= to) return null;
  const dataFrom = from + DATA.length + (bytes[from + DATA.length] === SPACE ? 1 : 0);
  if (bytes[newline + 1] === LF)
    return { from: dataFrom, to: bytes[newline - 1] === CR ? newline - 1 : newline, end: newline + 2 };
  const isCrLf =
    bytes[newline - 1] === CR && bytes[newline + 1] === CR && newline + 2 < to && bytes[newline + 2] === LF;
  return isCrLf ? { from: dataFrom, to: newline - 1, end: newline + 3 } : null;
}
