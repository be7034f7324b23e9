import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { hashOf, idOf } from "./hash.ts";
import { writeLog } from "./log.ts";
import { readStream, type Stream, argumentValues } from "./parameters.ts";

/**
 * The truth server where there is no C compiler. It has the same streams, parameters, /stats and /log as
 * server.c, but Node's timers, which count whole ms. Chunks still say exactly when they were written.
 */
const DIGITS = 20;
/** A flood writes so many chunks at once, as the C server does. */
const BATCH = 64;
const HEAD = `data: {"id":"chatcmpl-5c1f0e6a9d7b4c38","object":"chat.completion.chunk","created":1760000000,"model":"truth","choices":[`;
/** Words as models write them. Some have an escape, or more than one byte a character. */
const WORDS = [
  " it",
  " takes",
  " a",
  " while",
  ",",
  " then",
  " flows",
  ' \\"out\\"',
  ".",
  "\\n",
  " Naïve",
  " users",
  " see",
  " only",
  " steps",
  "!",
];

const digits = (ns: bigint): string => String(ns).padStart(DIGITS, "0");

const chunk = (index: number, ns: bigint, stamp: Stream["stamp"]): string => {
  const content = (WORDS[index % WORDS.length] ?? "") + (stamp === "content" ? digits(ns) : "");
  const more = stamp === "field" ? `,"written":"${digits(ns)}"` : "";
  return `${HEAD}{"index":0,"delta":{"content":"${content}"},"logprobs":null,"finish_reason":null}]${more}}\n\n`;
};
const opening = (gotNs: bigint): string =>
  `${HEAD}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"got":"${digits(gotNs)}"}\n\n`;
const ending = (n: number): string =>
  `${HEAD}{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"length"}]}\n\n` +
  `${HEAD}],"usage":{"prompt_tokens":12,"total_tokens":${n + 12},"completion_tokens":${n}}}\n\ndata: [DONE]\n\n`;

const values = argumentValues(process.argv.slice(2));
const defaults = readStream(values);
const log: { id: number; gotNs: bigint; writtenNs: bigint[] }[] = [];
let streams = 0;
let events = 0;
let lateNs = 0;
let isFailing = false;
/** When a client last sent something. */
let heardNs = 0n;
/** When a client last closed a connection. */
let closedNs = 0n;
/** The connections that have asked for a stream. */
const clients = new Set<Socket>();
/** The sum of a hash of each request's body. It does not depend on their order. */
let bodies = 0n;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "", "http://truth");
  const isStream = request.method === "POST" && url.pathname.endsWith("/chat/completions");
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  await once(request, "end");
  if (isStream) {
    const body = Buffer.concat(pieces);
    hear(request.socket, body);
    if (!isFailing) return stream(url, idOf(body), response);
    response.writeHead(500, { "content-type": "application/json" }).end("{}");
    return;
  }
  if (url.pathname === "/log") return void response.end(writeLog(log));
  const { user, system } = process.cpuUsage();
  const answers: Record<string, unknown> = {
    "/stats": {
      cpuUs: user + system,
      streams,
      events,
      lateNs,
      realtime: false,
      heardNs: Number(heardNs),
      closedNs: Number(closedNs),
      open: clients.size,
      bodies: bodies.toString(16).padStart(16, "0"),
    },
    "/fail": {},
    "/v1/models": { object: "list", data: [{ id: "truth", object: "model" }] },
    "/health": {},
  };
  if (url.pathname === "/stats") lateNs = 0;
  if (url.pathname === "/fail") {
    isFailing = true;
    for (const client of clients) client.destroy();
  }
  const body = answers[url.pathname];
  response
    .writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" })
    .end(JSON.stringify(body ?? {}));
}

function hear(socket: Socket, body: Buffer): void {
  heardNs = process.hrtime.bigint();
  bodies = BigInt.asUintN(64, bodies + hashOf(body));
  if (clients.has(socket)) return;
  clients.add(socket);
  socket.once("close", () => {
    clients.delete(socket);
    closedNs = process.hrtime.bigint();
  });
}

async function stream(url: URL, bodyId: number, response: ServerResponse): Promise<void> {
  const gotNs = process.hrtime.bigint();
  const asked = readStream(new Map(url.searchParams), defaults);
  const id = Number(url.searchParams.get("id") ?? bodyId);
  streams++;
  response.writeHead(200, { server: "truth", "content-type": "text/event-stream; charset=utf-8" });
  response.write(opening(gotNs));
  await (asked.flood ? flood(asked, response) : timed(asked, id, gotNs, response));
  response.end(ending(asked.n));
}

async function flood({ n, stamp }: Stream, response: ServerResponse): Promise<void> {
  for (let sent = 0; sent < n && !response.destroyed; sent += BATCH) {
    const count = Math.min(BATCH, n - sent);
    response.cork();
    for (let index = 0; index < count; index++) response.write(chunk(index, 0n, stamp));
    response.uncork();
    events += count;
    if (response.writableNeedDrain) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
}

async function timed(
  { n, ttftUs, gapUs, jitterUs, sync, stamp }: Stream,
  id: number,
  gotNs: bigint,
  response: ServerResponse,
): Promise<void> {
  const entry = { id, gotNs, writtenNs: [] as bigint[] };
  log.push(entry);
  const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
  const gapMs = gapUs / 1000;
  const firstMs = Number(gotNs) / 1e6 + ttftUs / 1000;
  const gridMs = sync ? (Math.floor(firstMs / gapMs) + 1) * gapMs : firstMs;
  for (let index = 0; index < n; index++) {
    const dueMs = gridMs + index * gapMs + ((2 * Math.random() - 1) * jitterUs) / 1000;
    while (nowMs() < dueMs) await sleep(Math.max(0, Math.ceil(dueMs - nowMs())));
    if (response.destroyed) return;
    const writtenNs = process.hrtime.bigint();
    lateNs = Math.max(lateNs, Number(writtenNs) - 1e6 * dueMs);
    entry.writtenNs.push(writtenNs);
    response.write(chunk(index, writtenNs, stamp));
    events++;
  }
}

const server = createServer((request, response) => void answer(request, response));
server.listen({ port: Number(values.get("port") ?? 0), host: "127.0.0.1", backlog: 4096 }, () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`);
});
// It ends with the process that started it.
process.stdin.on("end", () => process.exit(0)).resume();
