import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { RequestRecord } from "@brimline/core/record/record";
import { afterEach, expect, test } from "vitest";
import { createConnection } from "./connection.ts";
import { createGuard } from "./guard/guard.ts";
import { REQUEST_LIMITS, sendRequest } from "./request.ts";
import { STOP } from "./testing/scripted.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** One request to a TCP server that does as `answer` says once the request has come. */
async function askedOf(answer: (socket: Socket) => void): Promise<RequestRecord> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  const limits = { ...REQUEST_LIMITS, headersMs: 400, idleMs: 400, totalMs: 5000 };
  const connection = createConnection(target, createGuard({ profile: "local" }).connect({ connectTimeoutMs: 1000 }), limits);
  closing.push(() => connection.cut());
  const ask = { index: 0, user: 0, t0Ms: performance.now(), dueMs: 0, path: "/", headers: {}, body: "{}", outputTokens: 1, limits };
  return (await sendRequest(connection, { ...ask, explain: (_kind, text) => text }).ended).record;
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
const EVENT = 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n';
const DONE = "data: [DONE]\n\n";
const inChunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const repeated = (socket: Socket, text: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.on("drain", more);
  more();
};

test.each([
  ["hangs up without an answer", "connect", (socket) => socket.end()],
  ["resets the connection", "connect", (socket) => socket.resetAndDestroy()],
  ["speaks no HTTP", "protocol", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
  ["switches the protocol", "protocol", (socket) => socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")],
  ["sends a bad chunk size", "protocol", (socket) => socket.write(`${CHUNKED}zz\r\n${EVENT}\r\n`)],
  ["names two lengths", "protocol", (socket) => socket.write(`${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\nabcde`)],
  ["names a length and chunks", "protocol", (socket) => socket.write(`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`)],
  ["ends in the middle of a chunk", "truncated_stream", (socket) => socket.end(`${CHUNKED}ff\r\n${EVENT}`)],
  ["promises more bytes than it sends", "truncated_stream", (socket) => socket.end(`${HEAD}content-length: 5000\r\n\r\n${EVENT}`)],
  ["sends headers without end", "headers_too_large", (socket) => (socket.write("HTTP/1.1 200 OK\r\n"), repeated(socket, `x-a: ${"a".repeat(500)}\r\n`))],
  [
    "drips informational answers",
    "headers_timeout",
    (socket) => void setInterval(() => socket.writable && socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 50).unref(),
  ],
  ["floods chunks that are no events", "line_too_long", (socket) => (socket.write(CHUNKED), repeated(socket, inChunk("x".repeat(1000))))],
  ["never stops", "too_many_events", (socket) => (socket.write(CHUNKED), repeated(socket, inChunk(EVENT.repeat(50))))],
  ["answers twice", "ok", (socket) => socket.write(`${CHUNKED}${inChunk(EVENT + DONE)}0\r\n\r\n${CHUNKED}${inChunk(EVENT)}`)],
  ["closes the connection to end its answer", "ok", (socket) => socket.end(`${HEAD}connection: close\r\n\r\n${EVENT}${DONE}`)],
  [
    "ends in the middle of a chunk as it had announced",
    "truncated_stream",
    (socket) => socket.end(`${HEAD}connection: close\r\ntransfer-encoding: chunked\r\n\r\nff\r\n${EVENT}`),
  ],
  [
    "is cut after a reason and [DONE]",
    "ok",
    (socket) => (socket.write(CHUNKED + inChunk(EVENT + STOP + DONE)), setTimeout(() => socket.resetAndDestroy(), 30)),
  ],
  [
    "is cut after [DONE] without a reason",
    "truncated_stream",
    (socket) => (socket.write(CHUNKED + inChunk(EVENT + DONE)), setTimeout(() => socket.resetAndDestroy(), 30)),
  ],
] satisfies [string, RequestRecord["outcome"], (socket: Socket) => unknown][])("an endpoint that %s: %s", async (_fact, outcome, answer) => {
  expect((await askedOf(answer)).outcome).toBe(outcome);
});

test("an endless stream costs bounded memory", async () => {
  const beforeMiB = process.memoryUsage().rss / 2 ** 20;
  const all = await Promise.all(
    Array.from({ length: 8 }, () => askedOf((socket) => (socket.write(CHUNKED), repeated(socket, inChunk(`data: ${"x".repeat(100_000)}`))))),
  );
  expect(all.map((record) => record.outcome)).toEqual(Array.from({ length: 8 }, () => "line_too_long"));
  expect(process.memoryUsage().rss / 2 ** 20 - beforeMiB).toBeLessThan(64);
});
