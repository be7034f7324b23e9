import type { RecordLine } from "./codec.ts";

/** A number with the name that it has in a line. The numbers inside `tokens` have names of their own. */
const NUMBER = /"(\w+)":(-?\d+(?:\.\d+)?)(?=[,}])/g;

/** What may differ between the lines of one frame. */
const SLOTS = [
  "index",
  "user",
  "dueMs",
  "sentMs",
  "connectMs",
  "firstByteMs",
  "firstMs",
  "firstVisibleMs",
  "lastMs",
  "doneMs",
  "status",
] as const;
const TOKEN_SLOTS = ["input", "output", "reasoning", "cached"] as const;
type Slot = (typeof SLOTS)[number] | (typeof TOKEN_SLOTS)[number];
const isSlot = (name: string): name is Slot => [...SLOTS, ...TOKEN_SLOTS].some((slot) => slot === name);

const [ZERO, NINE, MINUS, POINT] = [48, 57, 45, 46];
/** Whole numbers of up to this many digits are exact, and so is one division of them by a power of ten. */
const DIGITS_MAX = 15;

/**
 * Reads the head of a line that differs only in its numbers from one that JSON has parsed. It compares the
 * other bytes and reads the numbers in place.
 */
export interface LineFrame {
  /**
   * The fields of the line that begins at `start`, or null if it has another frame. The next call overwrites
   * them.
   */
  read(bytes: Uint8Array, start: number): RecordLine | null;
  /** The end of the head that was read last. */
  end(): number;
}

/** `head` is a line up to where its gaps begin, and `line` is what JSON makes of it. */
export function learnLineFrame(head: string, line: RecordLine): LineFrame {
  const utf8 = new TextEncoder();
  const parts: { literal: Uint8Array; slot: Slot }[] = [];
  let from = 0;
  for (const match of head.matchAll(NUMBER)) {
    const [whole, name = "", digits = ""] = match;
    if (!isSlot(name)) continue;
    const numberAt = match.index + whole.length - digits.length;
    parts.push({ literal: utf8.encode(head.slice(from, numberAt)), slot: name });
    from = match.index + whole.length;
  }
  const rest = utf8.encode(head.slice(from));
  const fields: RecordLine = { ...line, tokens: { ...line.tokens } };
  /** The end of the number that `number` read last. */
  let at = 0;

  function isLiteral(bytes: Uint8Array, start: number, literal: Uint8Array): boolean {
    for (let i = 0; i < literal.length; i++) if (bytes[start + i] !== literal[i]) return false;
    return true;
  }

  /**
   * Reads the decimal number at `at` and moves `at` behind it. It gives NaN for a number that is written in
   * any other way.
   */
  function number(bytes: Uint8Array): number {
    const isNegative = bytes[at] === MINUS;
    const startsAt = isNegative ? at + 1 : at;
    let end = startsAt;
    let value = 0;
    let scale = 0;
    for (; ; end++) {
      const byte = bytes[end] ?? 0;
      if (byte >= ZERO && byte <= NINE) {
        value = 10 * value + byte - ZERO;
        scale *= 10;
      } else if (byte === POINT && scale === 0) scale = 1;
      else break;
    }
    at = end;
    if (end === startsAt || end - startsAt > DIGITS_MAX) return Number.NaN;
    const size = scale > 1 ? value / scale : value;
    return isNegative ? -size : size;
  }

  return {
    read(bytes, start) {
      at = start;
      for (const { literal, slot } of parts) {
        if (!isLiteral(bytes, at, literal)) return null;
        at += literal.length;
        const value = number(bytes);
        if (Number.isNaN(value)) return null;
        put(fields, slot, value);
      }
      if (!isLiteral(bytes, at, rest)) return null;
      at += rest.length;
      return fields;
    },
    end: () => at,
  };
}

function put(line: RecordLine, slot: Slot, value: number): void {
  switch (slot) {
    case "input":
    case "output":
    case "reasoning":
    case "cached":
      line.tokens[slot] = value;
      return;
    default:
      line[slot] = value;
  }
}
