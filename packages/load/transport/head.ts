import type { IncomingHttpHeaders } from "node:http";
import { AnswerError } from "./answer-error.ts";

/** What the head of an answer says, as far as its lines are read. */
export interface Head {
  status: number;
  /**
   * In HTTP/1.1 a connection is kept alive unless the head says otherwise. In the versions before, and in a
   * so-called 2.0, it is closed unless the head says otherwise.
   */
  isKeptByDefault: boolean;
  headers: IncomingHttpHeaders;
  /** The number of bytes of names and values so far. */
  bytes: number;
  contentLength: number | null;
  isEncoded: boolean;
  isChunked: boolean;
  /** The options of the `connection` header. */
  saysClose: boolean;
  saysKeepAlive: boolean;
  saysUpgrade: boolean;
  hasUpgrade: boolean;
}

/** How the end of the body is found, and whether another answer may follow. */
export interface Framing {
  body: number | "chunked" | "to_close";
  keepsAlive: boolean;
}

const STATUS_LINE = /^HTTP\/(0\.9|1\.0|1\.1|2\.0) (\d{3})(?: [^\r\n]*)?\r\n$/;
const LEAST_STATUS_LINES = ["1.1", "1.0", "2.0", "0.9"].map((version) => `HTTP/${version} 200`);
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)\r\n$/;
const FIELD_PART = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+(?::[\t\x20-\x7e\x80-\xff]*\r?)?|\r?)$/;
/** The largest number that 64 bits hold. */
const LENGTH_MAX = 2n ** 64n - 1n;
const NO_BODY = new Set([204, 304]);

export const newHead = (): Head => ({
  status: 0,
  isKeptByDefault: true,
  headers: Object.create(null) as IncomingHttpHeaders,
  bytes: 0,
  contentLength: null,
  isEncoded: false,
  isChunked: false,
  saysClose: false,
  saysKeepAlive: false,
  saysUpgrade: false,
  hasUpgrade: false,
});

/** The types of the frames that a server of HTTP/2 may send first: SETTINGS, or GOAWAY where it refuses HTTP/1.1. */
const HTTP2_FIRST_TYPES = new Set([4, 7]);

/**
 * Whether these bytes, as latin1, begin an answer of HTTP/2. The head of a frame has its length in three bytes, its
 * type, flags, and in four bytes the stream, which is 0 for the connection.
 * https://www.rfc-editor.org/rfc/rfc9113#section-4.1
 */
export const isHttp2 = (bytes: string): boolean =>
  bytes.startsWith("\0") && HTTP2_FIRST_TYPES.has(bytes.charCodeAt(3)) && bytes.slice(5, 9) === "\0\0\0\0";

/** How a failure says that a server speaks HTTP/2 where it was asked in HTTP/1.1. */
export const ANSWERS_HTTP2 = "the server answers HTTP/1.1 with HTTP/2";

/** The error of an answer that begins with these bytes. */
export const noStatusLine = (bytes: string): AnswerError =>
  malformed(isHttp2(bytes) ? ANSWERS_HTTP2 : "the answer does not begin with a status line of HTTP");

/** Whether a status line may begin like this. */
export function isStatusPart(part: string): boolean {
  if (part.endsWith("\r")) return STATUS_LINE.test(`${part}\n`);
  return LEAST_STATUS_LINES.some((least) => STATUS_LINE.test(`${part}${least.slice(part.length)}\r\n`));
}

/** Whether a field, or the empty line after the last one, may begin like this. */
export const isFieldPart = (part: string): boolean => FIELD_PART.test(part);

/** Reads the status line, which includes its CR LF. */
export function readStatus(head: Head, line: string): void {
  const [, version, status] = STATUS_LINE.exec(line) ?? [];
  if (version === undefined) throw noStatusLine(line);
  head.isKeptByDefault = version === "1.1";
  head.status = Number(status);
}

/**
 * Reads one field, which includes its CR LF, and returns how many bytes its name and value have. Folded lines
 * are malformed: RFC 7230 made them obsolete.
 */
export function readField(head: Head, line: string): number {
  const [, written, value = ""] = FIELD.exec(line) ?? [];
  if (written === undefined) throw malformed("a header has a character that is not allowed");
  const name = written.toLowerCase();
  keep(head.headers, name, value);
  if (name === "content-length") readLength(head, value);
  else if (name === "transfer-encoding") readEncoding(head, value);
  else if (name === "connection" || name === "proxy-connection") readConnection(head, value);
  else if (name === "upgrade" && value !== "") head.hasUpgrade = true;
  return written.length + value.length;
}

/** A field that comes again becomes a list, as in undici. */
function keep(headers: IncomingHttpHeaders, name: string, value: string): void {
  const kept = headers[name];
  if (kept === undefined) headers[name] = value;
  else headers[name] = Array.isArray(kept) ? [...kept, value] : [kept, value];
}

function readLength(head: Head, value: string): void {
  if (head.isEncoded) throw malformed("the answer names a content-length and a transfer-encoding");
  if (head.contentLength !== null) throw malformed("the answer names its content-length twice");
  if (!/^\d+[\t ]*$/.test(value) || BigInt(value.trim()) > LENGTH_MAX)
    throw malformed("the content-length is no number");
  head.contentLength = Number(value);
}

/** Only the last encoding of the last field counts. */
function readEncoding(head: Head, value: string): void {
  if (head.contentLength !== null)
    throw malformed("the answer names a content-length and a transfer-encoding");
  if (value === "") return;
  head.isEncoded = true;
  head.isChunked = /(?:^|,)[\t ]*chunked *$/i.test(value);
}

function readConnection(head: Head, value: string): void {
  for (const option of value.toLowerCase().split(",")) {
    const word = option.replace(/^[\t ]+|[\t ]+$/g, "");
    if (word === "close") head.saysClose = true;
    if (word === "keep-alive") head.saysKeepAlive = true;
    if (word === "upgrade") head.saysUpgrade = true;
  }
}

/**
 * Follows RFC 9112, section 6.3. It throws for a switch of protocols, which nobody asked for, and for what is no
 * status.
 */
export function framingOf(head: Head): Framing {
  const { status, contentLength, isEncoded, isChunked } = head;
  if (status < 100 || status === 101) throw malformed(`status ${status} was not asked for`);
  const maySay = head.isKeptByDefault ? !head.saysClose : head.saysKeepAlive;
  if (status < 200) return { body: 0, keepsAlive: maySay };
  // The bytes that such an answer announces may still come, and would be read as the next answer.
  if (NO_BODY.has(status)) return { body: 0, keepsAlive: maySay && !isEncoded && (contentLength ?? 0) === 0 };
  if (isChunked) return { body: "chunked", keepsAlive: maySay };
  if (isEncoded || contentLength === null) return { body: "to_close", keepsAlive: false };
  return { body: contentLength, keepsAlive: maySay };
}

const malformed = (message: string): AnswerError => new AnswerError("protocol", message);
