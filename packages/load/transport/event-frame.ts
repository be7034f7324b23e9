import type { Dialect } from "@brimline/core/dialect/dialect";
import { isUtf8 } from "node:buffer";
import { Pattern, viewOf } from "./pattern.ts";

/**
 * The bytes of a stream event around its text. An event that has the same bytes around any other text that is
 * not empty means the same: one chunk of visible output, and nothing else. What stands in the fields that nobody
 * reads may be any number or any text.
 */
export interface EventFrame {
  start: Pattern;
  /** What varies, in its order, each with the bytes after it. Texts are without their quotes. */
  varying: { kind: "text" | "number" | "string"; after: Pattern }[];
}

const ZERO = 48;
const NINE = 57;
const QUOTE = 34;
const BACKSLASH = 92;
/** What may follow a backslash in JSON, except the u of \u, which is left to JSON.parse. */
const IS_SIMPLE_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
/** The bytes of a text in JSON that stand for themselves. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 32 && byte < 127 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
const STRING = /"([^"\\]*(?:\\.[^"\\]*)*)"/g;
/** A stream event says its text in few places (log probabilities do too). */
const PLACES_TRIED_MAX = 8;

/**
 * Learns the frame of one whole stream event, for its answer or for all answers. It is null for an event that says more
 * than its text. Which bytes are the text is not guessed: with other bytes in their place, the dialect must read
 * another text.
 */
export function learnEventFrame(
  dialect: Dialect,
  event: Buffer,
  type: string,
  holdsFor: "answer" | "answers" = "answers",
): EventFrame | null {
  const { ofAnswers, ofEvents } = dialect.unread;
  const unread = holdsFor === "answer" ? ofEvents : [...ofAnswers, ...ofEvents];
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
    const place: Place = { kind: "text", from, to };
    return framed(event, [place, ...unreadIn(bytes, unread, place)]);
  }
  return null;
}

/** Where what varies stands in an event. */
interface Place {
  kind: EventFrame["varying"][number]["kind"];
  from: number;
  to: number;
}

const VALUE = `\\s*:\\s*(?:(\\d+)(?=[\\s,}])|${STRING.source})`;

/** The values of these fields, outside the text. */
function unreadIn(bytes: string, names: readonly string[], text: Place): Place[] {
  return names.flatMap((name): Place[] => {
    for (const { index, 0: found, 1: digits } of bytes.matchAll(new RegExp(`"${name}"${VALUE}`, "g"))) {
      const to = index + found.length;
      if (to > text.from && index < text.to) continue;
      if (digits !== undefined) return [{ kind: "number", from: to - digits.length, to }];
      return [{ kind: "string", from: bytes.indexOf('"', index + name.length + 2) + 1, to: to - 1 }];
    }
    return [];
  });
}

function framed(event: Buffer, places: Place[]): EventFrame {
  const inOrder = places.toSorted((a, b) => a.from - b.from);
  const bytesAfter = (nth: number): Pattern =>
    new Pattern(event.subarray(inOrder[nth]?.to ?? 0, inOrder[nth + 1]?.from));
  return {
    start: bytesAfter(-1),
    varying: inOrder.map(({ kind }, nth) => ({ kind, after: bytesAfter(nth) })),
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
  const view = viewOf(bytes);
  const { start, varying } = frame;
  let at = from + start.length;
  if (at > to || !start.isAt(view, from)) return -1;
  // An iterator would take a tenth of what reading a chunk takes outside the kernel.
  for (let nth = 0; nth < varying.length; nth++) {
    const { kind, after } = varying[nth] as EventFrame["varying"][number];
    const begin = at;
    at = kind === "number" ? afterNumber(bytes, begin, to) : afterString(bytes, begin, to);
    if (at === -1 || (kind === "text" && at === begin)) return -1;
    const end = at + after.length;
    if (end > to || !after.isAt(view, at)) return -1;
    at = end;
  }
  return at;
}

/** Where the text at `from` ends, which is before its quote, if it is one in JSON and needs no more than UTF-8. */
function afterString(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && IS_PLAIN[bytes[at] ?? 0] === 1) at++;
  return at < to && bytes[at] === QUOTE ? at : afterAnyString(bytes, from, at, to);
}

/** The same for a text of which the bytes before `plainTo` are plain. */
function afterAnyString(bytes: Buffer, from: number, plainTo: number, to: number): number {
  let at = plainTo;
  let isAscii = true;
  for (let byte = bytes[at] ?? 0; byte !== QUOTE; byte = bytes[++at] ?? 0) {
    if (byte < 32 || at >= to) return -1;
    if (byte === BACKSLASH && IS_SIMPLE_ESCAPE[bytes[++at] ?? 0] !== 1) return -1;
    if (byte > 127) isAscii = false;
  }
  return isAscii || isUtf8(bytes.subarray(from, at)) ? at : -1;
}

/** Where the number at `at` ends, if it is one in JSON. */
function afterNumber(bytes: Buffer, at: number, to: number): number {
  let end = at;
  for (let byte = bytes[end] ?? 0; end < to && byte >= ZERO && byte <= NINE; byte = bytes[++end] ?? 0);
  return end === at || (bytes[at] === ZERO && end > at + 1) ? -1 : end;
}
