import { BrimlineError } from "@brimline/core/error";
import { createAdaptorServer } from "@hono/node-server";
import { once } from "node:events";
import { Server } from "node:http";

/** A request must come in this fast: a caller that drips holds no connection for long. */
const REQUEST_TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };
const KEEP_ALIVE_MS = 20_000;

export interface Listener {
  port: number;
  /** What answers; requests that come earlier wait for it. */
  answer: (fetch: (request: Request) => Response | Promise<Response>) => void;
  close: () => Promise<void>;
}

/** Listens for HTTP/1.1. Throws a BrimlineError that says what to do when the address cannot be had. */
export async function listen(host: string, port: number): Promise<Listener> {
  const { promise: ready, resolve: answer } =
    Promise.withResolvers<(request: Request) => Response | Promise<Response>>();
  const server = createAdaptorServer({
    fetch: async (request) => (await ready)(request),
    serverOptions: REQUEST_TIMES,
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
