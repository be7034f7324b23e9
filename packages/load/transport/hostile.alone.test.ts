import { chat } from "@brimline/core/dialect/chat";
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { RequestRecord } from "@brimline/core/record/record";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS } from "../request/request.ts";
import { STOP } from "@brimline/testkit/load/scripted";
import { type MakeTransport, TRANSPORTS } from "@brimline/testkit/load/transports";

// Alone: it measures the memory of this process and counts its sockets, which others would add to.

/** How many sockets of this process are open. Linux tells them, and no other system does. */
function openSockets(): number {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).filter((fd) => linkOf(join(folder, fd)).startsWith("socket:")).length;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // It is the folder, which was open while it was read.
    return "";
  }
}

let openAtFirst = 0;
beforeAll(() => {
  openAtFirst = openSockets();
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Sends one request to a TCP server that does what `answer` says once the request has come. */
async function askedOf(transport: MakeTransport, answer: (socket: Socket) => void): Promise<RequestRecord> {
  const [record] = await askedTwice(transport, answer, 1);
  if (record === undefined) throw new Error("no record");
  return record;
}

async function askedTwice(
  transport: MakeTransport,
  answer: (socket: Socket) => void,
  times = 2,
): Promise<RequestRecord[]> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  const limits = { ...REQUEST_LIMITS, headersMs: 400, idleMs: 400, totalMs: 5000 };
  const connection = transport({ target, guard: createGuard({ profile: "local" }), limits })();
  closing.push(() => connection.cut());
  const ask = {
    index: 0,
    user: 0,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect: chat,
    path: "/",
    headers: {},
    body: "{}",
    outputTokens: 1,
    limits,
  };
  const records: RequestRecord[] = [];
  while (records.length < times)
    records.push((await connection.send({ ...ask, explain: (_kind, text) => text }).ended).record);
  return records;
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

const ANSWERS: [fact: string, outcome: RequestRecord["outcome"], answer: (socket: Socket) => unknown][] = [
  ["hangs up without an answer", "connect", (socket) => socket.end()],
  ["resets the connection", "connect", (socket) => socket.resetAndDestroy()],
  ["speaks no HTTP", "protocol", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")],
  [
    "answers with a TLS alert",
    "protocol",
    (socket) => socket.end(Buffer.of(0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46)),
  ],
  [
    "answers in HTTP/2",
    "protocol",
    (socket) => socket.write(Buffer.of(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100)),
  ],
  ["writes a status of its own kind", "protocol", (socket) => socket.write(`HTTP/1.1 099 Odd\r\n\r\n`)],
  [
    "speaks of another protocol without a word",
    "protocol",
    (socket) => socket.write("HTTP/1.1 101 Switching\r\n\r\n"),
  ],
  [
    "ends lines with LF alone",
    "protocol",
    (socket) => socket.write("HTTP/1.1 200 OK\ncontent-type: text/event-stream\n\n"),
  ],
  [
    "leaves a space before the colon",
    "protocol",
    (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-type : text/event-stream\r\n\r\n"),
  ],
  ["folds a header", "protocol", (socket) => socket.write("HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\n\r\n")],
  [
    "writes a control character into a header",
    "protocol",
    (socket) => socket.write("HTTP/1.1 200 OK\r\nx-a: b\u0001"),
  ],
  [
    "names a length that is no number",
    "protocol",
    (socket) => socket.write(`${HEAD}content-length: 5a\r\n\r\nabcde`),
  ],
  [
    "names a length beyond 64 bits",
    "protocol",
    (socket) => socket.write(`${HEAD}content-length: 99999999999999999999\r\n\r\nabcde`),
  ],
  [
    "sends a chunk size beyond 64 bits",
    "protocol",
    (socket) => socket.write(`${CHUNKED}11111111111111111\r\n${EVENT}\r\n`),
  ],
  [
    "sends more than a transfer chunk's size",
    "protocol",
    (socket) => socket.write(`${CHUNKED}5\r\n${EVENT}\r\n`),
  ],
  [
    "sends an empty extension of a transfer chunk",
    "protocol",
    (socket) => socket.write(`${CHUNKED}5;\r\nabcde\r\n`),
  ],
  [
    "sends a bad extension of a transfer chunk",
    "protocol",
    (socket) => socket.write(`${CHUNKED}5; a\r\nabcde\r\n`),
  ],
  [
    "sends trailers without end",
    "headers_too_large",
    (socket) => (socket.write(`${CHUNKED}0\r\n`), repeated(socket, `x-a: ${"a".repeat(500)}\r\n`)),
  ],
  [
    "sends a status line without end",
    "headers_timeout",
    (socket) => (socket.write("HTTP/1.1 200 "), repeated(socket, "a".repeat(1000))),
  ],
  ["sends empty lines without end", "headers_timeout", (socket) => repeated(socket, "\r\n".repeat(500))],
  [
    "floods extensions of a transfer chunk",
    "idle_timeout",
    (socket) => (socket.write(`${CHUNKED}5;a=`), repeated(socket, "b".repeat(1000))),
  ],
  [
    "compresses what it sends",
    "unexpected_encoding",
    (socket) => (socket.write(`${HEAD}content-encoding: gzip\r\n\r\n`), repeated(socket, "\0".repeat(1000))),
  ],
  [
    "switches the protocol",
    "protocol",
    (socket) => socket.write("HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
  ],
  [
    "sends a bad size of a transfer chunk",
    "protocol",
    (socket) => socket.write(`${CHUNKED}zz\r\n${EVENT}\r\n`),
  ],
  [
    "names two lengths",
    "protocol",
    (socket) => socket.write(`${HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\nabcde`),
  ],
  [
    "names a length and chunks",
    "protocol",
    (socket) =>
      socket.write(`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n`),
  ],
  [
    "ends in the middle of a transfer chunk",
    "truncated_stream",
    (socket) => socket.end(`${CHUNKED}ff\r\n${EVENT}`),
  ],
  [
    "promises more bytes than it sends",
    "truncated_stream",
    (socket) => socket.end(`${HEAD}content-length: 5000\r\n\r\n${EVENT}`),
  ],
  [
    "sends headers without end",
    "headers_too_large",
    (socket) => (socket.write("HTTP/1.1 200 OK\r\n"), repeated(socket, `x-a: ${"a".repeat(500)}\r\n`)),
  ],
  [
    "drips informational answers",
    "headers_timeout",
    (socket) =>
      void setInterval(() => socket.writable && socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 50).unref(),
  ],
  [
    "floods chunks that are no events",
    "line_too_long",
    (socket) => (socket.write(CHUNKED), repeated(socket, inChunk("x".repeat(1000)))),
  ],
  [
    "never stops",
    "too_many_events",
    (socket) => (socket.write(CHUNKED), repeated(socket, inChunk(EVENT.repeat(50)))),
  ],
  [
    "answers twice",
    "ok",
    (socket) => socket.write(`${CHUNKED}${inChunk(EVENT + DONE)}0\r\n\r\n${CHUNKED}${inChunk(EVENT)}`),
  ],
  [
    "closes the connection to end its answer",
    "ok",
    (socket) => socket.end(`${HEAD}connection: close\r\n\r\n${EVENT}${DONE}`),
  ],
  [
    "resets the connection to end its answer",
    "ok",
    (socket) => (
      socket.write(`${HEAD}connection: close\r\n\r\n${EVENT}${DONE}`),
      setTimeout(() => socket.resetAndDestroy(), 30)
    ),
  ],
  [
    "promises more bytes than it sends, and to close",
    "protocol",
    (socket) => socket.end(`${HEAD}connection: close\r\ncontent-length: 5000\r\n\r\n${EVENT}`),
  ],
  [
    "ends in the middle of a transfer chunk as it had announced",
    "truncated_stream",
    (socket) => socket.end(`${HEAD}connection: close\r\ntransfer-encoding: chunked\r\n\r\nff\r\n${EVENT}`),
  ],
  [
    "is cut after a reason and [DONE]",
    "ok",
    (socket) => (
      socket.write(CHUNKED + inChunk(EVENT + STOP + DONE)),
      setTimeout(() => socket.resetAndDestroy(), 30)
    ),
  ],
  [
    "is cut after [DONE] without a reason",
    "truncated_stream",
    (socket) => (
      socket.write(CHUNKED + inChunk(EVENT + DONE)),
      setTimeout(() => socket.resetAndDestroy(), 30)
    ),
  ],
];

describe.each(TRANSPORTS)("over %s, an endpoint that", (_name, transport) => {
  test.each(ANSWERS)("%s: %s", async (_fact, outcome, answer) => {
    expect((await askedOf(transport, answer)).outcome).toBe(outcome);
  });
});

test.each(TRANSPORTS)(
  "over %s, an answer that nobody asked for costs the connection, not the next request",
  async (_name, transport) => {
    const answer = `${CHUNKED}${inChunk(EVENT + DONE)}0\r\n\r\n`;
    const records = await askedTwice(transport, (socket) => socket.write(answer + answer));
    expect(records.map(({ outcome, connectionReused }) => [outcome, connectionReused])).toEqual([
      ["ok", false],
      ["ok", false],
    ]);
  },
);

test.each(TRANSPORTS)(
  "over %s, a connection that is kept for no longer than a request may take to arrive is not used again",
  async (_name, transport) => {
    const answer = `${HEAD}keep-alive: timeout=2\r\ncontent-length: ${(EVENT + DONE).length}\r\n\r\n${EVENT}${DONE}`;
    const records = await askedTwice(transport, (socket) => socket.write(answer));
    expect(records.map(({ outcome, connectionReused }) => [outcome, connectionReused])).toEqual([
      ["ok", false],
      ["ok", false],
    ]);
  },
);

test.each(TRANSPORTS)("over %s, an endless stream costs bounded memory", async (_name, transport) => {
  const beforeMiB = process.memoryUsage().rss / 2 ** 20;
  const all = await Promise.all(
    Array.from({ length: 8 }, () =>
      askedOf(
        transport,
        (socket) => (socket.write(CHUNKED), repeated(socket, inChunk(`data: ${"x".repeat(100_000)}`))),
      ),
    ),
  );
  expect(all.map((record) => record.outcome)).toEqual(Array.from({ length: 8 }, () => "line_too_long"));
  expect(process.memoryUsage().rss / 2 ** 20 - beforeMiB).toBeLessThan(64);
});

test("none of them leaves a socket open", async () => {
  await expect.poll(openSockets).toBe(openAtFirst);
});
