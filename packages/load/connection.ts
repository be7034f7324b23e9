import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { type buildConnector, Client } from "undici";
import type { Guard } from "./guard/guard.ts";
import { turnMs } from "./turn.ts";

/** One user's connection to the endpoint: at most one socket, kept alive between requests, opened anew when it was lost. */
export interface Connection {
  /** Opens the socket ahead of the first request. Where that fails, the first request tries again and records its failure. */
  open(): Promise<void>;
  client(): Client;
  /** Sockets handed to requests so far. */
  sockets(): number;
  /** How long the newest socket took to open, ms; null if it was opened ahead. */
  connectMs(): number | null;
  /** Monotonic ms of the newest moment at which the socket was readable. */
  readableMs(): number;
  /** Destroys the socket and what runs on it; the next request opens a new one. */
  cut(): void;
}

/** Below the 5 s after which node and uvicorn close an idle connection: a request sent into that close would be lost. */
const KEEP_ALIVE_MS = 4000;

export interface ConnectionLimits {
  connectMs: number;
  headerBytes: number;
}

/** `connect` = `guard.connect(…)`, one for all connections of a shard, so that they share TLS sessions and DNS answers. */
export function createConnection(target: URL, connect: ReturnType<Guard["connect"]>, limits: Pick<ConnectionLimits, "headerBytes">): Connection {
  let ahead: Promise<Socket | null> = Promise.resolve(null);
  let isAheadReady = false;
  let client: Client | null = null;
  let sockets = 0;
  let connectMs: number | null = null;
  let readableMs = 0;

  const dial = (options: buildConnector.Options): Promise<Socket> =>
    new Promise((resolve, reject) => connect(options, (error, socket) => (socket === null ? reject(error ?? new Error("no socket")) : resolve(socket))));

  async function socketFor(options: buildConnector.Options): Promise<Socket> {
    const beganMs = performance.now();
    const wasReady = isAheadReady;
    const early = await takeAhead();
    const socket = early ?? (await dial(options));
    connectMs = early !== null && wasReady ? null : performance.now() - beganMs;
    sockets++;
    // Before undici's own listener: the stamp comes first, the parsing after.
    socket.prependListener("readable", () => {
      readableMs = turnMs();
    });
    return socket;
  }

  /** The socket that was opened ahead, once, if the endpoint has not closed it since. */
  async function takeAhead(): Promise<Socket | null> {
    const taken = ahead;
    ahead = Promise.resolve(null);
    isAheadReady = false;
    const socket = await taken;
    return socket === null || socket.destroyed || socket.readableEnded ? null : socket;
  }

  function newClient(): Client {
    return new Client(target.origin, {
      connect: (options, callback) => void give(socketFor(options), callback),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: limits.headerBytes,
      // Up to half a second late: requests carry timers of their own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  return {
    async open() {
      ahead = dial(addressOf(target)).catch(() => null);
      isAheadReady = (await ahead) !== null;
    },
    client: () => (client ??= newClient()),
    sockets: () => sockets,
    connectMs: () => connectMs,
    readableMs: () => readableMs,
    cut() {
      void takeAhead().then((socket) => socket?.destroy());
      void client?.destroy();
      client = null;
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

/** As undici describes an origin to its `connect`. */
const addressOf = (target: URL): buildConnector.Options => ({
  host: target.host,
  hostname: target.hostname.replace(/^\[|\]$/g, ""),
  protocol: target.protocol,
  port: target.port,
});
