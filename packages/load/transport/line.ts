import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import type { Dial } from "../guard/dial.ts";
import type { Wire, WireSink } from "../guard/wire.ts";
import type { ConnectionUse, Exchange } from "./exchange.ts";
import { ResponseParser, type ResponseSink } from "./response.ts";
import { KEEP_ALIVE_MS } from "./transport.ts";

/** A server that says how long it keeps a connection is believed, less this margin. */
const KEEP_ALIVE_MARGIN_MS = 2000;
const CRLF_BYTES = 2;
/** The peer has closed the connection, as a read and a write find it. */
const DROPPED = new Set(["ECONNRESET", "EPIPE"]);

export const CUT = "the connection was cut";

export const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** One wire, and the exchange that it serves. */
export class Line implements ResponseSink, WireSink {
  readonly #parser: ResponseParser;
  #wire: Wire | null = null;
  #exchange: Exchange | null = null;
  #isClosed = false;
  /** Whether an answer began for which nobody had asked. */
  #isStray = false;
  #error: Error | null = null;
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

  /** Whether the next request may be written into it. */
  isUsable(): boolean {
    return !this.#isClosed && this.#exchange === null && performance.now() < this.#keptUntilMs;
  }

  serves(exchange: Exchange): boolean {
    return this.#exchange === exchange;
  }

  /** Whether it serves no request and never will. */
  isSpent(): boolean {
    return this.#exchange === null && !this.isUsable();
  }

  async settled(): Promise<void> {
    await this.#wire?.settled();
  }

  write(exchange: Exchange, request: Buffer, delivery: ConnectionUse): void {
    const wire = this.#wire;
    if (wire === null || this.#isClosed) return exchange.lost(this.#error ?? new Error("other side closed"));
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
    // It would be taken for that of the next request.
    if (this.#exchange === null) this.#isStray = true;
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
    if (this.#isStray) this.close();
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
    this.#error = asError(error);
    this.close();
    exchange?.lost(this.#error);
  }
}

/** How long an idle connection may be used again, ms. */
function keepAliveMsOf(headers: IncomingHttpHeaders): number {
  const seconds = /(?:^|,)[\t ]*timeout=(\d+)/i.exec(String(headers["keep-alive"] ?? ""))?.[1];
  return seconds === undefined ? KEEP_ALIVE_MS : Number(seconds) * 1000 - KEEP_ALIVE_MARGIN_MS;
}
