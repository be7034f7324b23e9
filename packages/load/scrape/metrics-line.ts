import { createScrape, type Scrape } from "@brimline/core/scrape/scrape";
import { answerFailure, type ScrapeFailure } from "@brimline/core/scrape/failure";
import type { IncomingHttpHeaders } from "node:http";
import { performance } from "node:perf_hooks";
import type { Dial } from "../guard/dial.ts";
import type { Wire, WireSink } from "../guard/wire.ts";
import { failureKind } from "../request/failure.ts";
import { ResponseParser, type ResponseSink } from "../transport/response.ts";

/** How one request for the metrics ended. */
export type ScrapeEnd = { scrape: Scrape; atMs: number } | { failure: ScrapeFailure };

const HEADER_BYTES = 16 * 1024;

/**
 * One wire to a server's own metrics, for one request after another. It reads the answer while it comes and
 * keeps none of it. `isOpen` is false once the wire can carry no more requests.
 */
export class MetricsLine implements WireSink, ResponseSink {
  isOpen = true;
  readonly #parser = new ResponseParser(this, HEADER_BYTES);
  readonly #decoder = new TextDecoder();
  readonly #dial: Dial;
  #wire: Wire | null = null;
  #answer: Answer | null = null;

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /** Asks once. It resolves at the end of the answer, and never rejects. */
  async ask(request: string): Promise<ScrapeEnd> {
    const answer = newAnswer();
    this.#answer = answer;
    try {
      this.#wire ??= await this.#dial(this);
      if (this.isOpen) this.#wire.write(Buffer.from(request, "latin1"));
      else this.#over({ failure: "connect" });
    } catch (error) {
      this.#over({ failure: failureOf(error, "connecting") });
    }
    return answer.ended.promise;
  }

  /** Ends the request that is under way, if there is one, with this failure. */
  close(failure: ScrapeFailure = "timeout"): void {
    this.#over({ failure });
  }

  begun(): void {
    if (this.#answer === null) this.close();
    else this.#answer.atMs = performance.now();
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    const failure = answerFailure(status, headers["content-encoding"]);
    if (failure !== null) this.#over({ failure });
  }

  data(bytes: Buffer, from: number, to: number): void {
    if (this.#answer === null) return;
    const text = this.#decoder.decode(bytes.subarray(from, to), { stream: true });
    if (!this.#answer.reader.take(text)) this.#finish(false);
  }

  end(keepsAlive: boolean): void {
    this.#finish(keepsAlive);
  }

  read(bytes: Buffer, count: number): void {
    try {
      this.#parser.take(bytes, count);
    } catch (error) {
      this.#over({ failure: failureOf(error, "streaming") });
    }
  }

  ended(): void {
    this.failed(new Error("other side closed"));
  }

  failed(error: Error): void {
    if (!this.isOpen) return;
    try {
      this.#parser.close(error);
    } catch (thrown) {
      this.#over({ failure: failureOf(thrown, "waiting") });
    }
    this.#over({ failure: "connect" });
  }

  #finish(keepsAlive: boolean): void {
    const answer = this.#answer;
    if (answer === null) return;
    const read = answer.reader.end();
    const end = typeof read === "string" ? { failure: read } : { scrape: read, atMs: answer.atMs };
    if (keepsAlive) {
      this.#answer = null;
      answer.ended.resolve(end);
    } else this.#over(end);
  }

  /** Nothing may be asked here any more. */
  #over(end: ScrapeEnd): void {
    const answer = this.#answer;
    this.isOpen = false;
    this.#answer = null;
    this.#parser.stop();
    this.#wire?.destroy();
    answer?.ended.resolve(end);
  }
}

const newAnswer = () => ({
  reader: createScrape(),
  /** When the answer began to come, which is right after the server had counted. */
  atMs: performance.now(),
  ended: Promise.withResolvers<ScrapeEnd>(),
});
type Answer = ReturnType<typeof newAnswer>;

function failureOf(error: unknown, stage: Parameters<typeof failureKind>[1]): ScrapeFailure {
  const kind = failureKind(error instanceof Error ? error : new Error(String(error)), stage);
  if (kind === "headers_too_large") return "protocol";
  return kind === "dns" || kind === "tls" || kind === "address_refused" || kind === "protocol"
    ? kind
    : "connect";
}
