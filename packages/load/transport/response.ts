import type { IncomingHttpHeaders } from "node:http";
import { AnswerError } from "./answer-error.ts";
import {
  type Head,
  newHead,
  noStatusLine,
  readField,
  readStatus,
  framingOf,
  isFieldPart,
  isStatusPart,
} from "./head.ts";

/** It is told what an answer is made of, in order. It may call `stop` at any time. */
export interface ResponseSink {
  /** The first byte of an answer came, which may be an informational one. */
  begun(): void;
  head(status: number, headers: IncomingHttpHeaders): void;
  /** A piece of the body came. It is the bytes from `from` to `to`, which will be overwritten. */
  data(bytes: Buffer, from: number, to: number): void;
  /** The answer is whole. If `keepsAlive` is false, nothing more may come on this connection. */
  end(keepsAlive: boolean): void;
}

/**
 * Where the parser stands: what the next byte belongs to.
 *
 *   state              reads                                      until            then
 *   BETWEEN            line ends before an answer                 any other byte   STATUS
 *   STATUS             the status line                            LF               FIELD
 *   FIELD              header fields, or those of a trailer       an empty line    by the head's framing: BODY,
 *                                                                                  BODY_TO_CLOSE or SIZE_FIRST; after
 *                                                                                  1xx BETWEEN; after a trailer the end
 *   BODY               content-length bytes, or one transfer      its last byte    the end, or CHUNK_CR
 *                      chunk
 *   BODY_TO_CLOSE      all that comes                             the close        the end
 *   SIZE_FIRST, SIZE   hexadecimal digits                         CR or ;          SIZE_LF or EXTENSION_FIRST
 *   EXTENSION_*        an extension, which is ignored             CR or ;          SIZE_LF or EXTENSION_FIRST
 *   SIZE_LF            the line end of a size                     LF               BODY; after size 0 FIELD (trailer)
 *   CHUNK_CR, _LF      the line end of a transfer chunk           CR LF            SIZE_FIRST
 *   CLOSED             nothing may come any more                  any byte         throws
 *   STOPPED            nothing is read any more
 *
 * "The end" is BETWEEN where the connection is kept alive, else CLOSED.
 */
const BETWEEN = 0;
const STATUS = 1;
const FIELD = 2;
const BODY = 3;
const BODY_TO_CLOSE = 4;
const SIZE_FIRST = 5;
const SIZE = 6;
const EXTENSION_FIRST = 7;
const EXTENSION_NAME = 8;
const EXTENSION_VALUE = 9;
const EXTENSION_QUOTED = 10;
const EXTENSION_PAIR = 11;
const EXTENSION_QUOTED_END = 12;
const SIZE_LF = 13;
const CHUNK_CR = 14;
const CHUNK_LF = 15;
const CLOSED = 16;
const STOPPED = 17;

const LF = 10;
const CR = 13;
const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * A table of the characters of a token (RFC 9110). Names of chunk extensions and their bare values are
 * tokens.
 */
const IS_TOKEN = Uint8Array.from({ length: 256 }, (_, byte) =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/.test(String.fromCharCode(byte)) ? 1 : 0,
);
/** The value of a hexadecimal digit, or 255 for any other byte. */
const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? 255 : digit;
});
/** Sizes of up to so many digits are read at once. */
const PLAIN_DIGITS = 6;
/** One more digit would overflow 64 bits. */
const SIZE_MAX = 2 ** 60;

/** Some servers say 100 although nobody asked, or hint early. That they say so without end is no answer. */
const INFORMATIONAL_MAX = 100;

const isTextByte = (byte: number): boolean => byte === 9 || (byte >= 32 && byte !== 127);

/**
 * Reads HTTP/1.1 answers to POST as their bytes come. It never looks ahead, and it copies nothing but a line
 * of the head that two reads share. `headerBytes` bounds its memory: it is the largest number of bytes of the
 * fields' names and values, and again of the trailer's. It is as strict as llhttp without its leniencies, and
 * throws an AnswerError.
 * RFC 9112: https://www.rfc-editor.org/rfc/rfc9112
 */
export class ResponseParser {
  readonly #sink: ResponseSink;
  readonly #headerBytes: number;
  #state = BETWEEN;
  /** What came so far of an incomplete line of the head, as latin1. */
  #line = "";
  #head: Head = newHead();
  #isTrailer = false;
  /** The number of informational answers since the last answer. */
  #informational = 0;
  #isChunked = false;
  #keepsAlive = true;
  /** The number of bytes of the body, or of its transfer chunk, that are still to come. */
  #left = 0;

  constructor(sink: ResponseSink, headerBytes: number) {
    this.#sink = sink;
    this.#headerBytes = headerBytes;
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#state = STOPPED;
  }

  take(bytes: Buffer, to: number): void {
    let at = 0;
    while (at < to) {
      const state = this.#state;
      if (state === BODY) at = this.#takeBody(bytes, at, to);
      else if (state >= SIZE_FIRST && state <= CHUNK_LF) at = this.#takeFraming(bytes, at, to);
      else if (state === STATUS || state === FIELD) at = this.#takeLine(bytes, at, to);
      else if (state === BODY_TO_CLOSE) {
        this.#sink.data(bytes, at, to);
        return;
      } else if (state === STOPPED) return;
      else if (bytes[at] === CR || bytes[at] === LF) at++;
      else if (state === CLOSED)
        throw new AnswerError("protocol", "bytes came after an answer that was to be the last");
      else {
        this.#state = STATUS;
        this.#sink.begun();
      }
    }
  }

  /**
   * The peer sends no more, perhaps because of `error`. It ends an answer that lasts as long as its
   * connection. For any other it throws the error, or an AnswerError where a length was announced, and the
   * connection's end as well.
   */
  close(error: Error): void {
    if (this.#state === BODY_TO_CLOSE) return this.#endAnswer();
    if (this.#state === BODY && !this.#isChunked && !this.#keepsAlive) {
      throw malformed(
        `the connection was closed ${this.#left} bytes before the end of the announced content-length`,
      );
    }
    throw error;
  }

  #takeLine(bytes: Buffer, from: number, to: number): number {
    const found = bytes.indexOf(LF, from);
    const isWhole = found !== -1 && found < to;
    const end = isWhole ? found + 1 : to;
    const line = this.#line + bytes.toString("latin1", from, end);
    if (isWhole) {
      this.#line = "";
      if (this.#state === STATUS) this.#endStatus(line);
      else this.#endField(line);
    } else this.#line = this.#state === STATUS ? shortStatus(line) : this.#shortField(line);
    return end;
  }

  #endStatus(line: string): void {
    this.#head = newHead();
    this.#isTrailer = false;
    readStatus(this.#head, line);
    this.#state = FIELD;
  }

  #endField(line: string): void {
    if (line === "\r\n") {
      if (this.#isTrailer) this.#endAnswer();
      else this.#endHead();
      return;
    }
    this.#head.bytes += readField(this.#head, line);
    if (this.#head.bytes >= this.#headerBytes) throw tooLarge(this.#headerBytes);
  }

  /**
   * What to keep of a line that is not whole. White space before a value is worth nothing and must not fill
   * memory.
   */
  #shortField(line: string): string {
    if (!isFieldPart(line)) throw new AnswerError("protocol", "a header has a character that is not allowed");
    if (this.#head.bytes + line.length > this.#headerBytes + 1) {
      const short = line.replace(/^([^:]*:)[\t ]+/, "$1");
      if (this.#head.bytes + short.length > this.#headerBytes) throw tooLarge(this.#headerBytes);
      return short;
    }
    return line;
  }

  #endHead(): void {
    const { status, headers } = this.#head;
    const framing = framingOf(this.#head);
    this.#keepsAlive = framing.keepsAlive;
    if (status < 200) {
      if (++this.#informational > INFORMATIONAL_MAX)
        throw malformed(`more than ${INFORMATIONAL_MAX} informational answers came before the answer`);
      this.#state = framing.keepsAlive ? BETWEEN : CLOSED;
      return;
    }
    this.#informational = 0;
    this.#isChunked = framing.body === "chunked";
    this.#left = typeof framing.body === "number" ? framing.body : 0;
    if (framing.body === "chunked") this.#state = SIZE_FIRST;
    else if (framing.body === "to_close") this.#state = BODY_TO_CLOSE;
    else this.#state = BODY;
    this.#sink.head(status, headers);
    if (this.#state === BODY && this.#left === 0) this.#endAnswer();
  }

  #startTrailer(): void {
    this.#head = { ...newHead(), isEncoded: true };
    this.#isTrailer = true;
  }

  #takeBody(bytes: Buffer, from: number, to: number): number {
    const end = Math.min(to, from + this.#left);
    this.#left -= end - from;
    const isWhole = this.#left === 0;
    if (isWhole && this.#isChunked) this.#state = CHUNK_CR;
    this.#sink.data(bytes, from, end);
    if (!isWhole) return end;
    if (this.#state === CHUNK_CR) return this.#takePlainFraming(bytes, end, to);
    if (this.#state === BODY) this.#endAnswer();
    return end;
  }

  /**
   * Reads what stands between nearly all transfer chunks if it lies there whole: line end, size, line end. It
   * leaves anything else for `#takeFraming`.
   */
  #takePlainFraming(bytes: Buffer, from: number, to: number): number {
    let at = from + 2;
    const end = at + PLAIN_DIGITS;
    let size = 0;
    let digit = 0;
    while (at < end && (digit = HEX[bytes[at] ?? 0] ?? 255) !== 255) {
      size = size * 16 + digit;
      at++;
    }
    if (
      size === 0 ||
      at >= to - 1 ||
      bytes[from] !== CR ||
      bytes[from + 1] !== LF ||
      bytes[at] !== CR ||
      bytes[at + 1] !== LF
    )
      return from;
    this.#left = size;
    this.#state = BODY;
    return at + 2;
  }

  #endAnswer(): void {
    this.#state = this.#keepsAlive ? BETWEEN : CLOSED;
    this.#sink.end(this.#keepsAlive);
  }

  /**
   * Reads the bytes around the data of transfer chunks: sizes, line ends, and extensions, which are checked
   * and ignored.
   */
  #takeFraming(bytes: Buffer, from: number, to: number): number {
    let state = this.#state;
    let left = this.#left;
    let at = from;
    while (at < to && state !== BODY && state !== FIELD) {
      const byte = bytes[at++] ?? 0;
      switch (state) {
        case SIZE_FIRST:
          left = digitOf(byte);
          state = SIZE;
          break;
        case SIZE:
          if (byte === CR) state = SIZE_LF;
          else if (byte === SEMICOLON) state = EXTENSION_FIRST;
          else if (left >= SIZE_MAX) throw malformed("the size of a transfer chunk is too large");
          else left = left * 16 + digitOf(byte);
          break;
        case SIZE_LF:
          if (byte !== LF) throw malformed("the size of a transfer chunk does not end with CR LF");
          // After the size 0 the trailer begins.
          state = left > 0 ? BODY : FIELD;
          break;
        case CHUNK_CR:
          if (byte !== CR) throw malformed("a transfer chunk is longer than its size");
          state = CHUNK_LF;
          break;
        case CHUNK_LF:
          if (byte !== LF) throw malformed("a transfer chunk does not end with CR LF");
          state = SIZE_FIRST;
          break;
        default:
          state = afterExtensionByte(state, byte);
      }
    }
    this.#left = left;
    this.#state = state;
    if (state === FIELD) this.#startTrailer();
    return at;
  }
}

const malformed = (message: string): AnswerError => new AnswerError("protocol", message);
const tooLarge = (bytes: number): AnswerError =>
  new AnswerError("headers_too_large", `the headers are longer than ${bytes} bytes`);

function digitOf(byte: number): number {
  const digit = HEX[byte] ?? 255;
  if (digit === 255) throw malformed("the size of a transfer chunk is no hexadecimal number");
  return digit;
}

function afterExtensionByte(state: number, byte: number): number {
  const isToken = IS_TOKEN[byte] === 1;
  const isEnd = byte === CR && state !== EXTENSION_FIRST;
  switch (state) {
    case EXTENSION_FIRST:
    case EXTENSION_NAME:
      if (isToken) return EXTENSION_NAME;
      if (byte === EQUALS) return EXTENSION_VALUE;
      break;
    case EXTENSION_VALUE:
      if (isToken) return EXTENSION_VALUE;
      if (byte === QUOTE) return EXTENSION_QUOTED;
      break;
    case EXTENSION_QUOTED:
      if (byte === QUOTE) return EXTENSION_QUOTED_END;
      if (byte === BACKSLASH) return EXTENSION_PAIR;
      if (isTextByte(byte)) return EXTENSION_QUOTED;
      throw malformed("the extension of a transfer chunk has a character that is not allowed");
    case EXTENSION_PAIR:
      if (isTextByte(byte)) return EXTENSION_QUOTED;
      throw malformed("the extension of a transfer chunk has a character that is not allowed");
    default:
      break;
  }
  if (byte === SEMICOLON) return EXTENSION_FIRST;
  if (isEnd) return SIZE_LF;
  throw malformed("the extension of a transfer chunk has a character that is not allowed");
}

/** What to keep of a status line that is not whole. Its text is worth nothing and must not fill memory. */
function shortStatus(line: string): string {
  if (!isStatusPart(line)) throw noStatusLine(line);
  return line.length <= 64 ? line : `${line.slice(0, 13)}${line.endsWith("\r") ? "\r" : ""}`;
}
