import type { Dialect } from "@brimline/core/dialect/dialect";
import {
  type Answer,
  streamOf,
  takeEvent,
  takeLastEvent,
  takeOutput,
} from "@brimline/core/record/answer/answer";
import type { EventStream, SseLimits } from "@brimline/core/record/answer/sse";
import type { Driver } from "./exchange.ts";
import type { EventReader } from "./event-reader.ts";
import { endOfEventFrame, learnEventFrame, type EventFrame } from "./event-frame.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const EVENT = Buffer.from("event:");
const DATA = Buffer.from("data:");
const OUTPUT = { visible: true, usage: null } as const;
/**
 * Chunks that each differ outside their content are not worth learning. Up to so many are passed over before
 * the next one is learned.
 */
const WAIT_MAX = 4096;
/**
 * After so many chunks that came with the one before, an answer gets a frame of its own. Learning it costs what it saves
 * in some hundred chunks.
 */
const TOGETHER = 1024;

/** What a whole stream event is called, where its data lies, and where it ends. */
interface Place {
  type: string;
  from: number;
  to: number;
  end: number;
}

/** The frame that was learned last. It holds for other answers too, until an event shows that it does not. */
export interface Learned {
  frame: EventFrame | null;
}

/**
 * Makes readers that begin with what the others of their dialect learned last. So most answers are read without
 * learning anything, and the frame that all of them compare with stays in the cache.
 */
export function createReaders(): Driver["readEvents"] {
  const latest = new Map<Dialect, Learned>();
  return (dialect, limits) => {
    const learned = latest.get(dialect) ?? { frame: null };
    latest.set(dialect, learned);
    return new LearningReader(dialect, limits, learned);
  };
}

/**
 * Reads from a stream what `EventStream` and `takeEvent` read, in three ways. An event that has the learned
 * frame is not parsed. Any other event of one data line, with or without an event line before it, is parsed
 * where it lies, if it lies there whole. All else goes through EventStream, events in pieces too.
 */
export class LearningReader implements EventReader {
  overflow: EventStream["overflow"] = null;
  readonly #dialect: Dialect;
  readonly #limits: SseLimits;
  /** It bounds lines alone, because events that go past it count too. */
  readonly #stream: EventStream;
  #bodyBytes = 0;
  #events = 0;
  readonly #learned: Learned;
  #frame: EventFrame | null;
  /** That of this answer alone, in which fewer bytes vary. It is worth learning where many chunks come at once. */
  #own: EventFrame | null = null;
  #together = 0;
  /** Whether an event had this frame since it was learned. */
  #isOfUse = true;
  #wait = 0;
  #waitNext = 0;

  constructor(dialect: Dialect, limits: SseLimits, learned: Learned = { frame: null }) {
    this.#learned = learned;
    this.#frame = learned.frame;
    this.#dialect = dialect;
    this.#limits = limits;
    this.#stream = streamOf(dialect, { ...limits, events: Infinity, bodyBytes: Infinity });
  }

  get isBetweenEvents(): boolean {
    return this.#stream.isBetweenEvents;
  }

  get stray(): string | null {
    return this.#stream.stray;
  }

  take(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): void {
    this.#bodyBytes += to - from;
    if (this.#bodyBytes > this.#limits.bodyBytes) this.overflow ??= "body_too_large";
    let at = from;
    while (at < to && this.overflow === null) at = this.#takeNext(answer, bytes, at, to, atMs);
  }

  end(answer: Answer, atMs: number): void {
    for (const event of this.#stream.end()) takeLastEvent(answer, this.#dialect, event, atMs);
  }

  #takeNext(answer: Answer, bytes: Buffer, at: number, to: number, atMs: number): number {
    if (!this.#stream.isBetweenEvents) return this.#takeLine(answer, bytes, at, to, atMs);
    const end = this.#endOfKnown(bytes, at, to);
    if (end !== -1 && end - at <= this.#limits.lineBytes) {
      this.#isOfUse = true;
      if (this.#isCounted() && !answer.done) takeOutput(answer, OUTPUT, atMs);
      if (answer.gapsUs.at(-1) === 0 && ++this.#together === TOGETHER)
        this.#learnOwn(bytes.subarray(at, end));
      return end;
    }
    const place = wholeEvent(bytes, at, to);
    if (place === null || place.to - at > this.#limits.lineBytes)
      return this.#takeLine(answer, bytes, at, to, atMs);
    const data = bytes.toString("utf8", place.from, place.to);
    if (!isPlain(data) || !isPlain(place.type)) return this.#takeLine(answer, bytes, at, to, atMs);
    if (!this.#isCounted()) return place.end;
    const chunks = answer.gapsUs.length;
    takeEvent(answer, this.#dialect, { type: place.type, data, validUtf8: true }, atMs);
    if (answer.gapsUs.length > chunks && this.#wait-- === 0)
      this.#learn(bytes.subarray(at, place.end), place.type);
    return place.end;
  }

  /** Where the event ends that has a known frame, or -1. */
  #endOfKnown(bytes: Buffer, at: number, to: number): number {
    const end = this.#own === null ? -1 : endOfEventFrame(this.#own, bytes, at, to);
    return end === -1 && this.#frame !== null ? endOfEventFrame(this.#frame, bytes, at, to) : end;
  }

  /** Takes one line, or the part of it that is there. */
  #takeLine(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): number {
    const found = bytes.indexOf(LF, from);
    const end = found === -1 || found >= to ? to : found + 1;
    for (const event of this.#stream.take(bytes.subarray(from, end))) {
      if (this.#isCounted()) takeEvent(answer, this.#dialect, event, atMs);
    }
    this.overflow ??= this.#stream.overflow;
    return end;
  }

  #isCounted(): boolean {
    if (++this.#events > this.#limits.events) this.overflow ??= "too_many_events";
    return this.overflow === null;
  }

  #learnOwn(event: Buffer): void {
    const place = wholeEvent(event, 0, event.length);
    if (place !== null) this.#own = learnEventFrame(this.#dialect, event, place.type, "answer");
  }

  #learn(event: Buffer, type: string): void {
    this.#waitNext = this.#isOfUse ? 0 : Math.min(2 * this.#waitNext + 1, WAIT_MAX);
    this.#wait = this.#waitNext;
    const frame = learnEventFrame(this.#dialect, event, type);
    this.#isOfUse = false;
    if (frame !== null) this.#frame = this.#learned.frame = frame;
  }
}

/** A CR ends another line, and U+FFFD may stand for bytes that are no UTF-8. */
const isPlain = (text: string): boolean => !text.includes("\r") && !text.includes("\ufffd");

/**
 * The event that begins at `from`, if it is at most one event line, one data line and the blank line, and all
 * lie before `to`.
 */
function wholeEvent(bytes: Buffer, from: number, to: number): Place | null {
  // Most events have no event line, and the first byte shows it for less than a comparison costs.
  if (bytes[from] !== EVENT[0] || !isAt(EVENT, bytes, from, to)) return wholeData(bytes, from, to, "");
  const newline = bytes.indexOf(LF, from);
  if (newline === -1 || newline >= to) return null;
  const typeFrom = valueFrom(EVENT, bytes, from);
  const typeTo = bytes[newline - 1] === CR ? newline - 1 : newline;
  return wholeData(bytes, newline + 1, to, bytes.toString("utf8", typeFrom, typeTo));
}

/** The data line must end as the blank line does, with LF or with CR LF. */
function wholeData(bytes: Buffer, from: number, to: number, type: string): Place | null {
  if (!isAt(DATA, bytes, from, to)) return null;
  const newline = bytes.indexOf(LF, from);
  if (newline === -1 || newline + 1 >= to) return null;
  const dataFrom = valueFrom(DATA, bytes, from);
  if (bytes[newline + 1] === LF)
    return { type, from: dataFrom, to: bytes[newline - 1] === CR ? newline - 1 : newline, end: newline + 2 };
  const isCrLf =
    bytes[newline - 1] === CR && bytes[newline + 1] === CR && newline + 2 < to && bytes[newline + 2] === LF;
  return isCrLf ? { type, from: dataFrom, to: newline - 1, end: newline + 3 } : null;
}

const isAt = (name: Buffer, bytes: Buffer, from: number, to: number): boolean =>
  to - from >= name.length && bytes.compare(name, 0, name.length, from, from + name.length) === 0;

/** Where the value of the field begins. One space after the colon does not belong to it. */
const valueFrom = (name: Buffer, bytes: Buffer, from: number): number =>
  from + name.length + (bytes[from + name.length] === SPACE ? 1 : 0);
