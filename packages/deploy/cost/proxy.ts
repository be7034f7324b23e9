import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:http";
import type { Tally, Verb } from "./tally.ts";
import { whatOf } from "./tally.ts";

/** Between the driver and an S3 server on loopback: counts what is really sent, tries again included. */
export interface CountingProxy {
  endpoint: string;
  counted: Tally;
  /** Bytes that were PUT, by what they are. */
  putBytes: Tally;
  /** Answers that a working service does not get: 5xx. */
  faults: number;
  close(): Promise<void>;
}

/** `siteBucket`: its objects are all called `site`; those of any other bucket by their keys. */
export async function startCountingProxy(to: string, siteBucket: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(to);
  const agent = new Agent({ keepAlive: true });
  const counted: Tally = {};
  const putBytes: Tally = {};
  const proxy = { endpoint: "", counted, putBytes, faults: 0, close };

  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { verb, what } = operationOf(incoming, siteBucket);
    counted[`${verb} ${what}`] = (counted[`${verb} ${what}`] ?? 0) + 1;
    if (verb === "PUT")
      putBytes[what] = (putBytes[what] ?? 0) + Number(incoming.headers["content-length"] ?? 0);
    // The Host header is signed, so it goes on as it came.
    const out = request({
      agent,
      hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    });
    out.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 500) proxy.faults += 1;
      answer.writeHead(status, response.rawHeaders);
      response.pipe(answer);
    });
    out.on("error", () => answer.destroy());
    incoming.pipe(out);
  };
  const server = createServer(forward).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  proxy.endpoint = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  return proxy;

  async function close(): Promise<void> {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    agent.destroy();
    await closed;
  }
}

function operationOf(
  { method = "", url = "" }: IncomingMessage,
  siteBucket: string,
): { verb: Verb; what: string } {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [, bucket = "", ...path] = decodeURIComponent(pathname).split("/");
  const isList = searchParams.has("list-type");
  const key = isList ? (searchParams.get("prefix") ?? "") : path.join("/");
  return { verb: isList ? "LIST" : (method as Verb), what: bucket === siteBucket ? "site" : whatOf(key) };
}
