import { BrimlineError } from "@brimline/core/error";
import { createAdaptorServer } from "@hono/node-server";
import { once } from "node:events";
import { Server } from "node:http";

/** The time in which a request must arrive, so that a slow caller does not hold a connection for long. */
const REQUEST_TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2000 };
const KEEP_ALIVE_MS = 20_000;

export interface Listener {
  port: number;
  /** Sets what answers requests. Requests that come before wait for it. */
  answer: (fetch: (request: Request) => Response | Promise<Response>) => void;
  close: () => Promise<void>;
}

/** Listens for HTTP/1.1. It throws a BrimlineError that says what to do when the address cannot be used. */
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
