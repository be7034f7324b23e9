import type { Dialect } from "@brimline/core/dialect/dialect";
import { isUtf8 } from "node:buffer";
import { Pattern, viewOf } from "./pattern.ts";

/**
 * The bytes of a stream event around its text. An event that has the same bytes around any other text that is
 * not empty means the same: one chunk of visible output, and nothing else.
 */
export interface EventFrame {
  before: Pattern;
  /** The bytes from the quote that ends the text to the end of the event. */
  after: Pattern;
}

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
    return { before: new Pattern(event.subarray(0, from)), after: new Pattern(event.subarray(to)) };
  }
  return null;
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
export function endOfEventFrame(
  { before, after }: EventFrame,
  bytes: Buffer,
  from: number,
  to: number,
): number {
  const view = viewOf(bytes);
  const start = from + before.length;
  if (start + after.length >= to || !before.isAt(view, from)) return -1;
  let at = start;
  let isAscii = true;
  for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[++at] ?? 0) {
    if (byte < 32 || at >= to) return -1;
    if (byte === BACKSLASH && IS_SIMPLE_ESCAPE[bytes[++at] ?? 0] !== 1) return -1;
    if (byte > 127) isAscii = false;
  }
  const end = at + after.length;
  if (at === start || end > to || !after.isAt(view, at)) return -1;
  return isAscii || isUtf8(bytes.subarray(start, at)) ? end : -1;
}
