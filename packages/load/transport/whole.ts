import type { Dialect } from "@brimline/core/dialect/dialect";
import { type Answer, takeEvent } from "@brimline/core/record/answer/answer";
import type { SseLimits } from "@brimline/core/record/answer/sse";
import { isUtf8 } from "node:buffer";
import type { EventReader } from "./event-reader.ts";

/** Reads an answer that is no stream. Its whole body is one event, which came with the last piece. */
export class WholeReader implements EventReader {
  overflow: EventReader["overflow"] = null;
  readonly isBetweenEvents = true;
  readonly stray = null;
  readonly #dialect: Dialect;
  readonly #limits: SseLimits;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #lastMs = 0;

  constructor(dialect: Dialect, limits: SseLimits) {
    this.#dialect = dialect;
    this.#limits = limits;
  }

  take(_answer: Answer, bytes: Buffer, from: number, to: number, atMs: number): void {
    this.#bytes += to - from;
    this.#lastMs = atMs;
    if (this.#bytes > this.#limits.bodyBytes) this.overflow ??= "body_too_large";
    // The bytes are a copy, because the next read overwrites them.
    else this.#pieces.push(Buffer.from(bytes.subarray(from, to)));
  }

  end(answer: Answer): void {
    const body = Buffer.concat(this.#pieces);
    const event = { type: "", data: body.toString("utf8"), validUtf8: isUtf8(body) };
    answer.tokens.isOfTokens = false;
    takeEvent(answer, this.#dialect, event, this.#lastMs);
  }
}
