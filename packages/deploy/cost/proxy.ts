import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The header that says which function sends a request. The signature does not cover it, and the server never
 * sees it.
 */
export const S3_CALLER = "x-brimline-caller";

/**
 * The requests to S3, by who sent them (`outside` is no function) and by what they were for, such as `"GET
 * control"`.
 */
export interface S3Counts {
  asked: Record<string, Record<string, number>>;
  /** What each sender asked of which object, once: `"PUT data jobs/…/status.json"`. Lists are not among them. */
  touched: Record<string, string[]>;
  putBytes: number;
  /** The number of 5xx answers, which a working service does not get. */
  faults: number;
}

/**
 * It stands between functions and an S3 server on loopback, and counts each request that is really sent,
 * tries again included.
 */
export interface CountingProxy {
  endpoint: string;
  /** Takes what was counted since the last time, and begins anew. */
  take(): S3Counts;
  close(): Promise<void>;
}

/** Objects of `siteBucket` are all counted as `site`, those of any other bucket by their keys. */
export async function startCountingProxy(to: string, siteBucket: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(to);
  const agent = new Agent({ keepAlive: true });
  const nothing = (): S3Counts => ({ asked: {}, touched: {}, putBytes: 0, faults: 0 });
  let counted = nothing();
  let touched = new Map<string, Set<string>>();

  const forward = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { [S3_CALLER]: caller = "outside", ...headers } = incoming.headers;
    const { method, isSite, isList, key } = askedOf(incoming, siteBucket);
    const operation = `${isList ? "LIST" : method} ${isSite ? "site" : whatOf(key)}`;
    const asked = (counted.asked[String(caller)] ??= {});
    asked[operation] = (asked[operation] ?? 0) + 1;
    const objects = touched.get(String(caller)) ?? new Set();
    if (!isList) touched.set(String(caller), objects.add(`${method} ${isSite ? "site" : "data"} ${key}`));
    if (incoming.method === "PUT") counted.putBytes += Number(headers["content-length"] ?? 0);
    // The Host header is signed, so it is passed on unchanged.
    const out = request({ agent, hostname, port, method: incoming.method, path: incoming.url, headers });
    out.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (status >= 500) counted.faults++;
      answer.writeHead(status, response.rawHeaders);
      response.pipe(answer);
    });
    out.on("error", () => answer.destroy());
    incoming.pipe(out);
  };
  const server = createServer(forward).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = {
        ...counted,
        touched: Object.fromEntries([...touched].map(([caller, objects]) => [caller, [...objects]])),
      };
      counted = nothing();
      touched = new Map();
      return taken;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function askedOf({ method = "", url = "" }: IncomingMessage, siteBucket: string) {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [, bucket = "", ...path] = decodeURIComponent(pathname).split("/");
  const isList = searchParams.has("list-type");
  const key = isList ? (searchParams.get("prefix") ?? "") : path.join("/");
  return { method, isSite: bucket === siteBucket, isList, key };
}

/**
 * What an object of the data bucket is, by its key or a prefix of it: the file's name for `jobs/`, the folder
 * for all others.
 */
function whatOf(key: string): string {
  const [top = "", ...rest] = key.split("/");
  return top === "jobs" ? (rest.at(-1)?.split(".")[0] ?? "") : top;
}
