import type { Dialect } from "@brimline/core/dialect/dialect";
import { type Answer, streamOf, takeEvent, takeLastEvent } from "@brimline/core/record/answer/answer";
import type { SseLimits } from "@brimline/core/record/answer/sse";
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { type buildConnector, Client, type Dispatcher } from "undici";
import { isTlsError } from "@brimline/load/request/failure";
import type { Ask, ConnectionLimits } from "@brimline/load/request/request";
import { AnswerError } from "@brimline/load/transport/answer-error";
import { createClosing, createLastAnswer } from "@brimline/load/transport/closing";
import type { EventReader } from "@brimline/load/transport/event-reader";
import { type ConnectionUse, Exchange } from "@brimline/load/transport/exchange";
import { asError } from "@brimline/load/transport/line";
import { type Connection, KEEP_ALIVE_MS } from "@brimline/load/transport/transport";
import { turnMs } from "@brimline/load/clock/turn";

/**
 * The reference, with which the others are compared. undici reads the HTTP, and stream events are read by the grammar
 * alone. `connect` is `guard.connect(…)`, one for all connections of a shard, so that they share TLS sessions and DNS
 * answers.
 */
export function undiciConnection(
  target: URL,
  connect: buildConnector.connector,
  limits: Pick<ConnectionLimits, "headerBytes">,
): Connection {
  /** Those that serve a request, that may serve the next one, or whose last answer has not ended. */
  const slots = new Set<Slot>();
  const lastAnswer = createLastAnswer(createClosing());
  let ahead: Promise<Socket | null> = Promise.resolve(null);
  let isAheadReady = false;
  let cuts = 0;

  const dial = (options: buildConnector.Options): Promise<Socket> =>
    new Promise((resolve, reject) =>
      connect(options, (error, socket) =>
        socket === null ? reject(error ?? new Error("no socket")) : resolve(socket),
      ),
    );

  async function socketFor(slot: Omit<Slot, "client">, options: buildConnector.Options): Promise<Socket> {
    const beganMs = performance.now();
    const wasReady = isAheadReady;
    const early = await takeAhead();
    const socket = early ?? (await dial(options));
    slot.connectMs = early !== null && wasReady ? null : performance.now() - beganMs;
    slot.sockets++;
    slot.tlsError = null;
    // undici hears the end of the connection later, and tells only of that.
    socket.once("error", (error) => {
      if (isTlsError(error)) slot.tlsError = error;
    });
    // The listener stands before undici's own, so that the time is taken before the parsing.
    socket.prependListener("readable", () => {
      slot.readableMs = turnMs();
    });
    return socket;
  }

  /** The socket that was opened ahead, if the endpoint has not closed it since. It is given out once. */
  async function takeAhead(): Promise<Socket | null> {
    const taken = ahead;
    ahead = Promise.resolve(null);
    isAheadReady = false;
    const socket = await taken;
    return socket === null || socket.destroyed || socket.readableEnded ? null : socket;
  }

  function openSlot(): Slot {
    const facts: Omit<Slot, "client"> = {
      exchange: null,
      sockets: 0,
      connectMs: null,
      readableMs: 0,
      tlsError: null,
    };
    const client = new Client(target.origin, {
      connect: (options, callback) => void give(socketFor(facts, options), callback),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: limits.headerBytes,
      // undici's timers are up to half a second late, so requests carry their own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const slot: Slot = Object.assign(facts, { client });
    slots.add(slot);
    return slot;
  }

  /** One that serves no request. undici opens its socket anew where that was lost. */
  const freeSlot = (): Slot =>
    slots.values().find(({ exchange }) => exchange === null || exchange.isOver) ?? openSlot();

  function drop(slot: Slot): void {
    slots.delete(slot);
    void slot.client.destroy();
  }

  async function deliver(exchange: Exchange, ask: Ask): Promise<void> {
    const cutsBefore = cuts;
    await lastAnswer.over();
    if (cuts !== cutsBefore) throw new Error("the connection was cut");
    if (!exchange.isOver) dispatch(exchange, ask);
  }

  function dispatch(exchange: Exchange, { path, headers, body }: Ask): void {
    const slot = freeSlot();
    slot.exchange = exchange;
    const socketsBefore = slot.sockets;
    const source: Source = {
      delivery: () => ({ isNew: slot.sockets > socketsBefore, connectMs: slot.connectMs }),
      readableMs: () => slot.readableMs,
      tlsError: () => slot.tlsError,
    };
    const method = body === null ? "GET" : "POST";
    const options = { path, method, headers, body, headersTimeout: 0, bodyTimeout: 0 } as const;
    slot.client.dispatch(options, handlerOf(exchange, source));
  }

  return {
    async open() {
      // A request that did not wait for it has dialled for itself.
      if (slots.size > 0) return;
      ahead = dial(addressOf(target)).catch(() => null);
      isAheadReady = (await ahead) !== null;
    },
    send(ask) {
      const exchange = new Exchange(
        {
          readEvents,
          cut() {
            for (const slot of slots) if (slot.exchange === exchange) drop(slot);
          },
          resend() {
            for (const slot of slots) if (slot.exchange === exchange) slot.exchange = null;
            dispatch(exchange, ask);
          },
        },
        ask,
      );
      deliver(exchange, ask).catch((error: unknown) => exchange.lost(asError(error)));
      lastAnswer.is(exchange);
      return exchange;
    },
    cut() {
      cuts++;
      for (const slot of slots) drop(slot);
      void takeAhead().then((socket) => socket?.destroy());
    },
  };
}

/** One of undici's clients, which has one socket at a time, and what is known of that. */
interface Slot {
  client: Client;
  /** The latest that it serves. */
  exchange: Exchange | null;
  sockets: number;
  connectMs: number | null;
  readableMs: number;
  tlsError: Error | null;
}

/** What the connection knows of a request's socket. */
interface Source {
  delivery(): ConnectionUse;
  /** The `performance.now()` at which the socket was last readable. */
  readableMs(): number;
  /** What TLS said before the socket closed. */
  tlsError(): Error | null;
}

const handlerOf = (exchange: Exchange, source: Source): Dispatcher.DispatchHandler => ({
  onRequestStart(controller: Dispatcher.DispatchController) {
    if (exchange.isOver) return controller.abort(new Error("over before it began"));
    exchange.written(source.delivery());
  },
  onResponseStarted: () => exchange.begun(exchange.arrived(source.readableMs(), 0, true)),
  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders) {
    if (status >= 200) exchange.head(status, headers);
  },
  onResponseData: (_controller: Dispatcher.DispatchController, piece: Buffer) =>
    exchange.data(piece, 0, piece.length, exchange.arrived(source.readableMs(), 0, true), true),
  onResponseEnd: () => exchange.end(exchange.arrived(source.readableMs(), 0, true)),
  onResponseError(_controller: Dispatcher.DispatchController, error: Error) {
    const tlsError = source.tlsError();
    if (tlsError !== null) exchange.lost(tlsError);
    else if (isHangUp(error)) exchange.dropped(new Error("other side closed"));
    else if (isBroken(error)) exchange.lost(new AnswerError("protocol", error.message));
    else if (codeOf(error) === "UND_ERR_HEADERS_OVERFLOW")
      exchange.lost(new AnswerError("headers_too_large", error.message));
    else if (DROPPED.has(codeOf(error))) exchange.dropped(error);
    else exchange.lost(error);
  },
});

const codeOf = (error: Error): string => ("code" in error ? String(error.code) : "");

/**
 * An answer that breaks the protocol. undici's parser's errors carry no code. It has words of its own for an answer
 * nobody asked for, an informational 100 and a switch of protocols, and asserts that no other 101 and no 099 comes.
 */
const isBroken = (error: Error): boolean =>
  error.name === "HTTPParserError" ||
  error.name === "AssertionError" ||
  error.message === "bad response" ||
  error.message === "bad upgrade" ||
  codeOf(error).startsWith("UND_ERR_RES");

/** undici's code for a connection that its peer closed, and those of one that is found reset. */
const DROPPED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** The bytes end in the middle of a transfer chunk: the endpoint hung up, it did not break the protocol. */
const isHangUp = (error: Error): boolean => error.message.includes("Invalid EOF state");

function readEvents(dialect: Dialect, limits: SseLimits): EventReader {
  const stream = streamOf(dialect, limits);
  return {
    get overflow() {
      return stream.overflow;
    },
    get isBetweenEvents() {
      return stream.isBetweenEvents;
    },
    get stray() {
      return stream.stray;
    },
    take(answer: Answer, bytes: Buffer, from: number, to: number, atMs: number) {
      for (const event of stream.take(bytes.subarray(from, to))) takeEvent(answer, dialect, event, atMs);
    },
    end(answer: Answer, atMs: number) {
      for (const event of stream.end()) takeLastEvent(answer, dialect, event, atMs);
    },
  };
}

async function give(socket: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  const outcome = await socket.then(
    (opened): [null, Socket] => [null, opened],
    (error: unknown): [Error, null] => [error instanceof Error ? error : new Error(String(error)), null],
  );
  callback(...outcome);
}

/** The target as undici describes an origin to its `connect`. */
const addressOf = (target: URL): buildConnector.Options => ({
  host: target.host,
  hostname: target.hostname.replace(/^\[|\]$/g, ""),
  protocol: target.protocol,
  port: target.port,
});
