import type { Dialect } from "@brimline/core/dialect/dialect";
import { isUtf8 } from "node:buffer";
import { Pattern, viewOf } from "./pattern.ts";

/**
 * The bytes of a stream event around its text. An event that has the same bytes around any other text that is
 * not empty means the same: one chunk of visible output, and nothing else. Where events are numbered, the number
 * may be any: it stands after `head` or before `tail`.
 */
export interface EventFrame {
  head: Pattern | null;
  before: Pattern;
  /** The bytes from the quote that ends the text on, up to the end of the event or up to the number. */
  after: Pattern;
  tail: Pattern | null;
}

const ZERO = 48;
const NINE = 57;
const QUOTE = 34;
const BACKSLASH = 92;
/** What may follow a backslash in JSON, except the u of \u, which is left to JSON.parse. */
const IS_SIMPLE_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const STRING = /"([^"\\]*(?:\\.[^"\\]*)*)"/g;
/** A stream event says its text in few places (log probabilities do too). */
const PLACES_TRIED_MAX = 8;

/**
 * Learns the frame of one whole stream event. It is null for an event that says more than its text. Which
 * bytes are the text is not guessed: with other bytes in their place, the dialect must read another text.
 */
export function learnEventFrame(dialect: Dialect, event: Buffer, type: string): EventFrame | null {
  // One character stands for one byte. In valid UTF-8 the syntax of JSON is ASCII, and all else is inside its
  // strings.
  const bytes = event.toString("latin1");
  const dataAt = bytes.indexOf("{");
  const dataEnd = bytes.lastIndexOf("}") + 1;
  const text = textAlone(dialect, bytes.slice(dataAt, dataEnd), type);
  if (text === null) return null;
  const other = text === "a" ? "b" : "a";
  let tried = 0;
  STRING.lastIndex = dataAt;
  for (let found = STRING.exec(bytes); found !== null; found = STRING.exec(bytes)) {
    if (!isStringOf(text, found)) continue;
    if (++tried > PLACES_TRIED_MAX) return null;
    const [from, to] = [found.index + 1, STRING.lastIndex - 1];
    const changed = bytes.slice(dataAt, from) + other + bytes.slice(to, dataEnd);
    if (textAlone(dialect, changed, type) !== other) continue;
    return framed(event, from, to, numberIn(bytes, dialect.counter, from, to));
  }
  return null;
}

/** Where the number of an event stands, outside its text. */
interface Place {
  from: number;
  to: number;
}

function numberIn(bytes: string, counter: string | null, textFrom: number, textTo: number): Place | null {
  if (counter === null) return null;
  const number = new RegExp(`"${counter}"\\s*:\\s*(\\d+)(?=[\\s,}])`, "g");
  for (const { index, 0: found, 1: digits = "" } of bytes.matchAll(number)) {
    const to = index + found.length;
    if (to <= textFrom || index >= textTo) return { from: to - digits.length, to };
  }
  return null;
}

function framed(event: Buffer, textFrom: number, textTo: number, number: Place | null): EventFrame {
  const pattern = (from: number, to?: number): Pattern => new Pattern(event.subarray(from, to));
  if (number === null)
    return { head: null, before: pattern(0, textFrom), after: pattern(textTo), tail: null };
  if (number.from < textFrom)
    return {
      head: pattern(0, number.from),
      before: pattern(number.to, textFrom),
      after: pattern(textTo),
      tail: null,
    };
  return {
    head: null,
    before: pattern(0, textFrom),
    after: pattern(textTo, number.from),
    tail: pattern(number.to),
  };
}

/** The text of an event that says nothing else. */
function textAlone(dialect: Dialect, data: string, type: string): string | null {
  const reading = dialect.read(data, type);
  if (reading === null || !reading.visible) return null;
  const { finishReason, usage, isUsageFlawed, error, done } = reading;
  return finishReason === null && usage === null && !isUsageFlawed && error === null && !done
    ? reading.text
    : null;
}

function isStringOf(text: string, [literal, inner]: RegExpExecArray): boolean {
  if (inner?.includes("\\") !== true) return inner === text;
  try {
    return JSON.parse(literal) === text;
  } catch {
    return false;
  }
}

/**
 * Where the event that begins at `from` ends, if it ends before `to` and has this frame. Otherwise it is -1.
 */
export function endOfEventFrame(frame: EventFrame, bytes: Buffer, from: number, to: number): number {
  const { head, before, after, tail } = frame;
  const view = viewOf(bytes);
  const textFrom = head === null ? from : afterNumber(bytes, afterPattern(head, view, from, to), to);
  if (textFrom === -1) return -1;
  const start = afterPattern(before, view, textFrom, to);
  if (start === -1) return -1;
  let at = start;
  let isAscii = true;
  for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[++at] ?? 0) {
    if (byte < 32 || at >= to) return -1;
    if (byte === BACKSLASH && IS_SIMPLE_ESCAPE[bytes[++at] ?? 0] !== 1) return -1;
    if (byte > 127) isAscii = false;
  }
  if (at === start) return -1;
  const textEnd = afterPattern(after, view, at, to);
  const end = tail === null ? textEnd : afterPattern(tail, view, afterNumber(bytes, textEnd, to), to);
  return end !== -1 && (isAscii || isUtf8(bytes.subarray(start, at))) ? end : -1;
}

/** Where the bytes of the pattern end, if they stand at `at` and end before `to`. Otherwise it is -1, as it is for -1. */
function afterPattern(pattern: Pattern, view: DataView, at: number, to: number): number {
  const end = at + pattern.length;
  return at !== -1 && end <= to && pattern.isAt(view, at) ? end : -1;
}

/** Where the number at `at` ends, if it is one in JSON. */
function afterNumber(bytes: Buffer, at: number, to: number): number {
  if (at === -1) return -1;
  let end = at;
  for (let byte = bytes[end] ?? 0; end < to && byte >= ZERO && byte <= NINE; byte = bytes[++end] ?? 0);
  return end === at || (bytes[at] === ZERO && end > at + 1) ? -1 : end;
}
