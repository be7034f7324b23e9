/**
 * The WHATWG event-stream grammar over bytes as they arrive: lines end with CR, LF or CRLF, a blank line ends
 * an event, and one byte order mark may stand first.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

const LF = 10;
const CR = 13;
const COLON = 58;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const SILENT_FIELDS = new Set(["event", "id", "retry"]);

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });

export interface SseEvent {
  /** The `event:` field, or an empty text without one. */
  type: string;
  /** The `data:` lines, joined by line feeds. */
  data: string;
  /** Whether the bytes were UTF-8. Bytes that were not are replaced. */
  validUtf8: boolean;
}

/** The bounds of one stream. `lineBytes` also bounds the data of one event, however many lines carry it. */
export interface SseLimits {
  lineBytes: number;
  events: number;
  bodyBytes: number;
}

/** How much of a line that is no field is kept. */
const STRAY_LENGTH = 300;

export const SSE_LIMITS: SseLimits = { lineBytes: 256 * 1024, events: 200_000, bodyBytes: 64 * 1024 * 1024 };

/**
 * One stream. It takes the pieces in order and gives the events that each piece completes. An event without
 * its blank line is given at the end only, unless `isWhole` says that its first data line says something alone: some
 * servers leave out the blank lines.
 */
export class EventStream {
  /** The bound that the stream broke. Nothing is read after that. */
  overflow: "line_too_long" | "too_many_events" | "body_too_large" | null = null;
  /**
   * The first line that is no field of the grammar, cut. The grammar ignores it, but it may say what went wrong: a
   * proxy writes its error into the stream, or the body is no event stream at all.
   */
  stray: string | null = null;
  readonly #limits: SseLimits;
  readonly #isWhole: (data: string) => boolean;
  /**
   * The part of a line that earlier pieces brought. It is a copy, because a view would keep its whole read
   * buffer alive.
   */
  #partial = new Uint8Array(512);
  #partialBytes = 0;
  #afterCr = false;
  #firstLine = true;
  #bodyBytes = 0;
  #events = 0;
  #type = "";
  #data: string[] = [];
  #dataLength = 0;
  #validUtf8 = true;

  constructor(limits: SseLimits = SSE_LIMITS, isWhole: (data: string) => boolean = () => false) {
    this.#limits = limits;
    this.#isWhole = isWhole;
  }

  /**
   * Whether the next byte begins a line that belongs to no event yet. It is false until the first line has
   * ended, because a byte order mark may stand before that line.
   */
  get isBetweenEvents(): boolean {
    return (
      this.#partialBytes === 0 &&
      this.#data.length === 0 &&
      this.#type === "" &&
      this.#validUtf8 &&
      !this.#afterCr &&
      !this.#firstLine
    );
  }

  take(piece: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    this.#bodyBytes += piece.length;
    if (this.#bodyBytes > this.#limits.bodyBytes) this.overflow ??= "body_too_large";
    if (this.overflow !== null || piece.length === 0) return events;
    // A CR ends its line at once, so that its event is not held back. An LF that follows belongs to the CR.
    let start = this.#afterCr && piece[0] === LF ? 1 : 0;
    this.#afterCr = false;
    for (let at = start; at < piece.length; at++) {
      const byte = piece[at];
      if (byte !== LF && byte !== CR) continue;
      this.#endLine(piece.subarray(start, at), events);
      if (this.overflow !== null) return events;
      if (byte === CR && at + 1 === piece.length) this.#afterCr = true;
      if (byte === CR && piece[at + 1] === LF) at++;
      start = at + 1;
    }
    if (start < piece.length) this.#keep(piece.subarray(start));
    return events;
  }

  /** The stream is over. It gives the event that lacks its blank line, if there is one. */
  end(): SseEvent[] {
    const events: SseEvent[] = [];
    if (this.overflow === null && this.#partialBytes > 0) this.#endLine(new Uint8Array(0), events);
    if (this.overflow === null) this.#endEvent(events);
    return events;
  }

  #keep(part: Uint8Array): void {
    const bytes = this.#partialBytes + part.length;
    if (bytes > this.#limits.lineBytes) {
      this.overflow = "line_too_long";
      return;
    }
    if (bytes > this.#partial.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#partial.length));
      larger.set(this.#partial.subarray(0, this.#partialBytes));
      this.#partial = larger;
    }
    this.#partial.set(part, this.#partialBytes);
    this.#partialBytes = bytes;
  }

  #endLine(part: Uint8Array, events: SseEvent[]): void {
    let line = part;
    if (this.#partialBytes > 0) {
      this.#keep(part);
      line = this.#partial.subarray(0, this.#partialBytes);
      this.#partialBytes = 0;
    }
    if (line.length > this.#limits.lineBytes) this.overflow = "line_too_long";
    if (this.overflow !== null) return;
    if (this.#firstLine) {
      this.#firstLine = false;
      if (BYTE_ORDER_MARK.every((byte, at) => line[at] === byte))
        line = line.subarray(BYTE_ORDER_MARK.length);
    }
    if (line.length === 0) this.#endEvent(events);
    else if (line[0] !== COLON) this.#field(this.#decode(line), events);
  }

  #decode(line: Uint8Array): string {
    try {
      return strict.decode(line);
    } catch {
      this.#validUtf8 = false;
      return lenient.decode(line);
    }
  }

  #field(line: string, events: SseEvent[]): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "event") this.#type = value;
    // Some servers (llama.cpp among them) write an error as a field of its own.
    if (name === "error") this.#type = "error";
    if (name !== "data" && name !== "error") {
      if (!SILENT_FIELDS.has(name)) this.stray ??= line.slice(0, STRAY_LENGTH);
      return;
    }
    this.#data.push(value);
    this.#dataLength += value.length + 1;
    if (this.#dataLength > this.#limits.lineBytes) this.overflow = "line_too_long";
    else if (this.#data.length === 1 && this.#isWhole(value)) this.#endEvent(events);
  }

  #endEvent(events: SseEvent[]): void {
    if (this.#data.length > 0 && ++this.#events > this.#limits.events) {
      this.overflow = "too_many_events";
      return;
    }
    if (this.#data.length > 0)
      events.push({ type: this.#type, data: this.#data.join("\n"), validUtf8: this.#validUtf8 });
    this.#type = "";
    this.#data = [];
    this.#dataLength = 0;
    this.#validUtf8 = true;
  }
}
