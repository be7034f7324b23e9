import { readChunk } from "@brimline/core/record/completion";
import { isUtf8 } from "node:buffer";
import { Pattern, viewOf } from "./pattern.ts";

/**
 * The bytes of a stream event around its content. An event that has the same bytes around any other non-empty
 * content means the same: one chunk of visible output, and nothing else.
 */
export interface EventFrame {
  before: Pattern;
  /** The bytes from the quote that ends the content to the end of the event. */
  after: Pattern;
}

const QUOTE = 34;
const BACKSLASH = 92;
/** What may follow a backslash in JSON, except the u of \u, which is left to JSON.parse. */
const IS_SIMPLE_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  '"\\/bfnrt'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const CONTENT_KEY = /"content"[\t ]*:[\t ]*"/g;
const STRING_REST = /(?:[^"\\]|\\.)*/y;
/** A stream event has few keys of that name (log probabilities have some too). */
const KEYS_TRIED_MAX = 8;

/**
 * Learns the frame of one whole stream event whose `data` is `text`. It is null for an event that says more
 * than its content. Which bytes are the content is not guessed: with other bytes in their place, JSON.parse
 * must find another content.
 */
export function learnEventFrame(event: Buffer, text: string): EventFrame | null {
  const chunk = readChunk(text);
  if (
    chunk === null ||
    !chunk.visible ||
    chunk.finishReason !== null ||
    chunk.usage !== null ||
    chunk.error !== null
  )
    return null;
  // One character stands for one byte. In valid UTF-8 the syntax of JSON is ASCII, and all else is inside its
  // strings.
  const bytes = event.toString("latin1");
  const dataAt = bytes.indexOf("{");
  const dataEnd = bytes.lastIndexOf("}") + 1;
  const content = onlyContent(bytes.slice(dataAt, dataEnd));
  if (content === null) return null;
  const other = content === "a" ? "b" : "a";
  for (const key of [...bytes.matchAll(CONTENT_KEY)].slice(0, KEYS_TRIED_MAX)) {
    const from = key.index + key[0].length;
    STRING_REST.lastIndex = from;
    const to = from + (STRING_REST.exec(bytes)?.[0].length ?? 0);
    if (onlyContent(bytes.slice(dataAt, from) + other + bytes.slice(to, dataEnd)) !== other) continue;
    return { before: new Pattern(event.subarray(0, from)), after: new Pattern(event.subarray(to)) };
  }
  return null;
}

/** The content of a chunk's only choice. It is null unless it is a text that is not empty. */
function onlyContent(json: string): string | null {
  const chunk: unknown = parsed(json);
  const choices = fieldOf(chunk, "choices");
  if (!Array.isArray(choices) || choices.length !== 1) return null;
  const content = fieldOf(fieldOf(choices[0], "delta"), "content");
  return typeof content === "string" && content !== "" ? content : null;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : null;

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
