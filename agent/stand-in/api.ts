import { type SegmentName, segmentName } from "@brimline/core/record/telemetry/segment-name";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/**
 * What happens to a request: an answer, a 503, a cut connection, or a stored segment whose answer is lost.
 */
export type Fate = "answer" | "unavailable" | "reset" | "answer_lost";

/** The service's routes for agents on a loopback port, with the faults that a test asks for. */
export interface StandInApi {
  url: string;
  /** The texts of the stored segments by key, in the order in which they came. */
  stored: Map<string, string>;
  requests: { method: string; path: string; authorization: string | null; body: string }[];
  /** The fates of the next requests and uploads, in order. When they are used up, everything is answered. */
  fates: Fate[];
  flush: boolean;
  rest: boolean;
  /** The token of each enrolled agent. */
  tokens: Map<string, string>;
  /** The number of connections that were opened, and the sockets that carried a clock probe. */
  connections: { all: number; probes: Set<unknown> };
  /** The key that enrolling needs. Null means none. */
  key: string | null;
  close(): Promise<void>;
}

export async function startApi(): Promise<StandInApi> {
  const server = createServer((request, response) => void handle(request, response));
  const api: StandInApi = {
    url: "",
    stored: new Map(),
    requests: [],
    fates: [],
    flush: false,
    rest: false,
    tokens: new Map(),
    connections: { all: 0, probes: new Set() },
    key: null,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
  server.on("connection", () => (api.connections.all += 1));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedUnixMs = Date.now();
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const { method = "", url: path = "" } = request;
    const authorization = request.headers.authorization ?? null;
    api.requests.push({ method, path, authorization, body: method === "PUT" ? "" : body.toString() });
    const answer = (status: number, value: unknown): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));

    if (path === "/v1/time") {
      api.connections.probes.add(request.socket);
      return answer(200, { receivedUnixMs, answeredUnixMs: Date.now() });
    }
    if (path === "/v1/agents") {
      if (api.key !== null && authorization !== `Bearer ${api.key}`) return answer(401, {});
      const id = `agent${String(api.tokens.size).padStart(15, "0")}`;
      api.tokens.set(id, `token-of-${id}`);
      return answer(201, { id, token: `token-of-${id}` });
    }
    const [, id = "", key] = /^\/v1\/agents\/([a-z0-9]+)\/segments(?:\/(.+))?$/.exec(path) ?? [];
    if (!api.tokens.has(id) || authorization !== `Bearer ${api.tokens.get(id)}`) return answer(401, {});
    const fate = api.fates.shift() ?? "answer";
    if (fate === "unavailable") return answer(503, {});
    if (fate === "reset") return void request.socket.destroy();
    if (key !== undefined) {
      const isNew = !api.stored.has(key);
      if (isNew) api.stored.set(key, gunzipSync(body).toString());
      return fate === "answer_lost" ? void request.socket.destroy() : answer(isNew ? 201 : 412, {});
    }
    if (fate === "answer_lost") return void request.socket.destroy();
    const { segments } = JSON.parse(body.toString()) as { segments: SegmentName[] };
    // The host is not the one that the agent knows, as behind a proxy.
    const uploads = segments.map((segment) => ({
      url: `http://service.invalid/v1/agents/${id}/segments/${segmentName(segment)}`,
      headers: { "content-type": "application/gzip" },
    }));
    answer(200, { uploads, flush: api.flush, rest: api.rest });
  }
}
