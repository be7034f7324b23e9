import { BrimlineError } from "@brimline/core/error";
import { createAdaptorServer } from "@hono/node-server";
import { once } from "node:events";
import { IncomingMessage, Server } from "node:http";

/** The time in which a request must arrive, so that a slow caller does not hold a connection for long. */
const REQUEST_TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };
const KEEP_ALIVE_MS = 20_000;
/** So much of a body that nobody reads is thrown away, and for so long, before its answer. */
const UNREAD_MAX = { bytes: 64 * 1024 * 1024, ms: 2000 };

export interface Listener {
  port: number;
  /** Sets what answers requests. Requests that come before wait for it. */
  answer: (fetch: (request: Request) => Response | Promise<Response>) => void;
  close: () => Promise<void>;
}

/** Listens for HTTP/1.1. It throws a BrimlineError that says what to do when the address cannot be used. */
export async function listen(host: string, port: number, times = REQUEST_TIMES): Promise<Listener> {
  const { promise: ready, resolve: answer } =
    Promise.withResolvers<(request: Request) => Response | Promise<Response>>();
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      const response = await (await ready)(request);
      if (!(env.incoming instanceof IncomingMessage) || (await hasArrived(env.incoming))) return response;
      response.headers.set("connection", "close");
      return response;
    },
    serverOptions: times,
  });
  if (!(server instanceof Server)) throw new TypeError("not an HTTP/1.1 server");
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    throw notListening(error, host, port);
  }
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    answer,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/**
 * Whether all of a request is here once its answer is. An answer such as 413 may be ready before. Then the
 * rest of the body is thrown away within bounds, because whoever is still sending may not see an answer whose
 * connection is closed, and because the next request can follow on the connection only then.
 */
async function hasArrived(incoming: IncomingMessage): Promise<boolean> {
  if (incoming.complete) return true;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => resolve();
  let bytes = 0;
  const drop = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > UNREAD_MAX.bytes) resolve();
  };
  const timer = setTimeout(done, UNREAD_MAX.ms);
  // The request's own stream would keep what nobody reads, and pause when it is full.
  incoming.removeAllListeners("data");
  incoming.on("data", drop).on("end", done).on("close", done);
  incoming.resume();
  await promise;
  clearTimeout(timer);
  incoming.off("data", drop).off("end", done).off("close", done);
  return incoming.complete;
}

function notListening(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && "code" in error ? error.code : null;
  if (code === "EADDRINUSE")
    return new BrimlineError(
      "internal",
      `port ${port} of ${host} is in use: choose another with --port, or 0 for a free one`,
      { cause: error },
    );
  if (code === "EACCES")
    return new BrimlineError(
      "internal",
      `port ${port} may not be used by this user: choose one above 1023 with --port`,
      { cause: error },
    );
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new BrimlineError(
      "internal",
      `${host} is no address of this machine: choose another with --host`,
      { cause: error },
    );
  return error;
}
