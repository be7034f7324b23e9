import { performance } from "node:perf_hooks";
import type { Dial } from "../guard/dial.ts";
import type { Ask, ConnectionLimits } from "../request/request.ts";
import { type Closing, createLastAnswer } from "./closing.ts";
import { type Driver, Exchange } from "./exchange.ts";
import { asError, CUT, Line } from "./line.ts";
import { requestBytes } from "./request-bytes.ts";
import type { Connection } from "./transport.ts";

/**
 * A connection that reads its own HTTP, over the wires that `dial` opens. `dial` is `guard.dial(…)`, one for all
 * connections of a shard, so that they share TLS sessions and DNS answers. So do they share `closing` and `readEvents`.
 */
export function wireConnection(
  target: URL,
  dial: Dial,
  limits: Pick<ConnectionLimits, "headerBytes">,
  closing: Closing,
  readEvents: Driver["readEvents"],
): Connection {
  /** Those that serve a request, that may serve the next one, or whose last answer has not ended. */
  const lines = new Set<Line>();
  const lastAnswer = createLastAnswer(closing);
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

  /** A kept-alive wire that is still usable once all that has come is read, such as its end. */
  async function takeKept(): Promise<Line | null> {
    for (const kept of lines) {
      if (kept.isUsable()) await kept.settled();
      if (kept.isUsable()) return kept;
      if (kept.isSpent()) drop(kept);
    }
    return null;
  }

  function drop(line: Line): void {
    lines.delete(line);
    line.close();
  }

  /** Writes the request into a kept wire, if there is one. */
  async function deliver(exchange: Exchange, ask: Ask): Promise<void> {
    wasAsked = true;
    const request = requestBytes(target, ask);
    const cutsBefore = cuts;
    await lastAnswer.over();
    const kept = await takeKept();
    if (kept === null) return deliverAnew(exchange, request, cutsBefore);
    if (!exchange.isOver) kept.write(exchange, request, { isNew: false, connectMs: null });
  }

  async function deliverAnew(exchange: Exchange, request: Buffer, cutsBefore: number): Promise<void> {
    const beganMs = performance.now();
    const wasReady = isAheadReady;
    const early = await takeAhead();
    const opened = early ?? (await dialLine());
    if (exchange.isOver || cuts !== cutsBefore) {
      opened.close();
      throw new Error(CUT);
    }
    lines.add(opened);
    opened.write(exchange, request, {
      isNew: true,
      connectMs: early !== null && wasReady ? null : performance.now() - beganMs,
    });
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
      const exchange = new Exchange(
        {
          readEvents,
          cut() {
            for (const line of lines) if (line.serves(exchange)) drop(line);
          },
          resend: () => void deliverAnew(exchange, requestBytes(target, ask), cuts).catch(lost),
        },
        ask,
      );
      deliver(exchange, ask).catch(lost);
      lastAnswer.is(exchange);
      return exchange;
    },
    cut() {
      cuts++;
      for (const line of lines) line.cut();
      lines.clear();
      void takeAhead().then((opened) => opened?.close());
    },
  };
}
