import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import type { Dial } from "../guard/dial.ts";
import type { Wire, WireSink } from "../guard/wire.ts";
import type { Ask, ConnectionLimits } from "../request/request.ts";
import { type Driver, Exchange } from "./exchange.ts";
import { LearningReader } from "./learning.ts";
import { ResponseParser, type ResponseSink } from "./response.ts";
import { type Connection, KEEP_ALIVE_MS } from "./transport.ts";

/** A server that says how long it keeps a connection is believed, less this margin. */
const KEEP_ALIVE_MARGIN_MS = 2000;

const CUT = "the connection was cut";
const CRLF_BYTES = 2;
/** The peer has closed the connection, as a read and a write find it. */
const DROPPED = new Set(["ECONNRESET", "EPIPE"]);

/**
 * A connection that reads its own HTTP, over the wires that `dial` opens. `dial` is `guard.dial(…)`, one for all
 * connections of a shard, so that they share TLS sessions and DNS answers.
 */
export function wireConnection(
  target: URL,
  dial: Dial,
  limits: Pick<ConnectionLimits, "headerBytes">,
): Connection {
  let line: Line | null = null;
  let ahead: Promise<Line | null> = Promise.resolve(null);
  let isAheadReady = false;
  let wasAsked = false;
  /** It counts cuts, so that a socket which opens after one is closed. */
  let cuts = 0;

  async function dialLine(): Promise<Line> {
    const cutsBefore = cuts;
    const opened = new Line(limits.headerBytes);
    await opened.open(dial);
    if (cuts === cutsBefore) return opened;
    opened.close();
    throw new Error(CUT);
  }

  /** The socket that was opened ahead, if the endpoint has not closed it since. It is given out once. */
  async function takeAhead(): Promise<Line | null> {
    const taken = ahead;
    ahead = Promise.resolve(null);
    isAheadReady = false;
    const opened = await taken;
    return opened?.isUsable() === true ? opened : null;
  }

  /** The kept-alive wire, if it is still usable once all that has come is read, such as its end. */
  async function takeKept(): Promise<Line | null> {
    const kept = line;
    if (kept === null || !kept.isUsable()) return null;
    await kept.settled();
    return kept.isUsable() && kept === line ? kept : null;
  }

  /** Writes the request into the kept wire, if there is one. */
  async function deliver(exchange: Exchange, ask: Ask): Promise<void> {
    wasAsked = true;
    const request = requestOf(target, ask);
    const cutsBefore = cuts;
    const kept = await takeKept();
    if (kept === null) return deliverAnew(exchange, request, cutsBefore);
    kept.write(exchange, request, { isNew: false, connectMs: null });
  }

  async function deliverAnew(exchange: Exchange, request: Buffer, cutsBefore: number): Promise<void> {
    const beganMs = performance.now();
    line?.close();
    line = null;
    const wasReady = isAheadReady;
    const early = await takeAhead();
    const opened = early ?? (await dialLine());
    if (cuts !== cutsBefore) {
      opened.close();
      throw new Error(CUT);
    }
    line = opened;
    line.write(exchange, request, {
      isNew: true,
      connectMs: early !== null && wasReady ? null : performance.now() - beganMs,
    });
  }

  function cut(): void {
    cuts++;
    line?.cut();
    line = null;
    void takeAhead().then((opened) => opened?.close());
  }

  return {
    async open() {
      // A request that did not wait for it has dialled for itself.
      if (wasAsked) return;
      ahead = dialLine().catch(() => null);
      isAheadReady = (await ahead) !== null;
    },
    send(ask) {
      const lost = (error: unknown): void => exchange.lost(asError(error));
      const resend = (): void => void deliverAnew(exchange, requestOf(target, ask), cuts).catch(lost);
      const exchange = new Exchange({ readEvents, cut, resend }, ask);
      deliver(exchange, ask).catch(lost);
      return exchange;
    },
    cut,
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const readEvents: Driver["readEvents"] = (dialect, limits) => new LearningReader(dialect, limits);

const PATH = /^\/[\x21-\xff]*$/;
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The bytes of a request. It throws where a part could be read as more than itself. */
function requestOf(target: URL, { path, headers, body }: Ask): Buffer {
  if (!PATH.test(path)) throw new Error("the path has a character that is not allowed");
  let head = `POST ${path} HTTP/1.1\r\nhost: ${target.host}\r\nconnection: keep-alive\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!NAME.test(name) || !VALUE.test(value))
      throw new Error(`the header ${name} has a character that is not allowed`);
    head += `${name}: ${value}\r\n`;
  }
  const bodyBytes = Buffer.byteLength(body);
  head += `content-length: ${bodyBytes}\r\n\r\n`;
  const request = Buffer.allocUnsafe(head.length + bodyBytes);
  request.write(head, 0, "latin1");
  request.write(body, head.length, "utf8");
  return request;
}

/** One wire, and the exchange that it serves. */
class Line implements ResponseSink, WireSink {
  readonly #parser: ResponseParser;
  #wire: Wire | null = null;
  #exchange: Exchange | null = null;
  #isClosed = false;
  /** When the bytes that are read now arrived, by the clock of the exchange. */
  #atMs = 0;
  #readEnd = 0;
  #keptUntilMs = Infinity;
  #keepAliveMs = KEEP_ALIVE_MS;

  constructor(headerBytes: number) {
    this.#parser = new ResponseParser(this, headerBytes);
  }

  async open(dial: Dial): Promise<void> {
    this.#wire = await dial(this);
    if (this.#isClosed) this.close();
  }

  isUsable(): boolean {
    return !this.#isClosed && this.#exchange === null && performance.now() < this.#keptUntilMs;
  }

  async settled(): Promise<void> {
    await this.#wire?.settled();
  }

  write(exchange: Exchange, request: Buffer, delivery: Parameters<Exchange["written"]>[0]): void {
    const wire = this.#wire;
    if (wire === null || this.#isClosed) return exchange.lost(new Error("other side closed"));
    this.#exchange = exchange;
    exchange.written(delivery);
    wire.write(request);
  }

  /** It ends the exchange that uses the socket, too. */
  cut(): void {
    this.#over(new Error(CUT));
  }

  close(): void {
    this.#isClosed = true;
    this.#exchange = null;
    this.#parser.stop();
    this.#wire?.destroy();
  }

  begun(): void {
    // Nobody asked for this answer, and it would be taken for that of the next request.
    if (this.#exchange === null) this.close();
    else this.#exchange.begun(this.#atMs);
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    this.#keepAliveMs = keepAliveMsOf(headers);
    this.#exchange?.head(status, headers);
  }

  data(bytes: Buffer, from: number, to: number): void {
    // What follows the last event of a read is the end of its transfer chunk at most.
    const isLast = to + CRLF_BYTES >= this.#readEnd;
    this.#exchange?.data(bytes, from, to, this.#atMs, isLast);
  }

  end(keepsAlive: boolean): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#keptUntilMs = performance.now() + this.#keepAliveMs;
    if (!keepsAlive || this.#keepAliveMs <= 0) this.close();
    exchange?.end(this.#atMs);
  }

  read(bytes: Buffer, count: number, atMs: number, earlierMs: number, isExact: boolean): void {
    if (this.#exchange !== null) this.#atMs = this.#exchange.arrived(atMs, earlierMs, isExact);
    this.#readEnd = count;
    try {
      this.#parser.take(bytes, count);
    } catch (error) {
      this.#over(error);
    }
  }

  ended(): void {
    this.#dropped(new Error("other side closed"));
  }

  failed(error: Error): void {
    // A peer that had announced the end of the connection may end it in any way.
    if ("code" in error && DROPPED.has(String(error.code))) this.#dropped(error);
    else this.#over(error);
  }

  #dropped(error: Error): void {
    if (this.#isClosed) return;
    try {
      this.#parser.close(error);
      this.close();
    } catch (thrown) {
      const exchange = this.#exchange;
      this.close();
      exchange?.dropped(asError(thrown));
    }
  }

  #over(error: unknown): void {
    const exchange = this.#exchange;
    this.close();
    exchange?.lost(asError(error));
  }
}

/** How long an idle connection may be used again, ms. */
function keepAliveMsOf(headers: IncomingHttpHeaders): number {
  const seconds = /(?:^|,)[\t ]*timeout=(\d+)/i.exec(String(headers["keep-alive"] ?? ""))?.[1];
  return seconds === undefined ? KEEP_ALIVE_MS : Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS;
}
