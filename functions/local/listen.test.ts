import { once } from "node:events";
import { Agent, type IncomingMessage, request, type RequestOptions } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { testbed } from "@brimline/testkit/functions/testbed";
import { listen } from "./listen.ts";

/** The port of the API behind the real listener, because an app alone has no connections. */
async function listening(): Promise<number> {
  const listener = await listen("127.0.0.1", 0);
  onTestFinished(() => listener.close());
  listener.answer((await testbed()).app.fetch);
  return listener.port;
}

/** A caller with one connection. */
function caller(port: number): RequestOptions {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return { agent, port };
}

/** The end of a connection. The service may have closed it when the next part is written. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on("error", () => {}).once("close", () => resolve()));
}

interface Answer {
  status: number;
  connection: string | undefined;
}

async function send(from: RequestOptions, method: string, path: string, body?: Buffer): Promise<Answer> {
  const sent = request({
    ...from,
    method,
    path,
    headers: {
      "content-type": "application/json",
      ...(body !== undefined && { "content-length": body.length }),
    },
  });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await once(response.resume(), "end");
  return { status: response.statusCode ?? 0, connection: response.headers.connection };
}

/** Sends a body of 300 kB that comes bit by bit, over 1 s. */
async function sendSlowly(from: RequestOptions): Promise<Answer> {
  const sent = request({
    ...from,
    method: "POST",
    path: "/v1/jobs",
    headers: { "content-type": "application/json", "content-length": 300_000 },
  });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  for (let nth = 0; nth < 10; nth++) {
    sent.write(Buffer.alloc(30_000, 32));
    await sleep(100);
  }
  sent.end();
  const [response] = await answered;
  await once(response.resume(), "end");
  return { status: response.statusCode ?? 0, connection: response.headers.connection };
}

describe("an answer that is ready before the end of its request's body", () => {
  test.each([
    ["that is too large", "/v1/jobs", 20_000_000, 413],
    ["that nobody reads", "/v1/jobs?x=1", 200_000, 422],
  ])("%s keeps the connection for the next request", async (_, path, bytes, status) => {
    const from = caller(await listening());
    for (let nth = 0; nth < 10; nth++) {
      expect(await send(from, "POST", path, Buffer.alloc(bytes, 32))).toEqual({
        status,
        connection: "keep-alive",
      });
      expect(await send(from, "GET", "/health")).toMatchObject({ status: 200 });
    }
  });

  test("waits for a slow sender, who may use the connection again", async () => {
    const from = caller(await listening());
    expect(await sendSlowly(from)).toEqual({ status: 413, connection: "keep-alive" });
    expect(await send(from, "GET", "/health")).toMatchObject({ status: 200 });
  });

  test("says that it closes the connection when the body has no end", async () => {
    const socket = connect(await listening(), "127.0.0.1");
    socket.write(
      "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900000000\r\n\r\n",
    );
    let heard = "";
    socket.setEncoding("utf8").on("data", (text: string) => (heard += text));
    const feed = setInterval(() => socket.write(" ".repeat(1000)), 20);
    await closed(socket);
    clearInterval(feed);
    expect(heard).toMatch(/^HTTP\/1\.1 413 /);
    expect(heard).toMatch(/\r\nconnection: close\r\n/i);
  });
});

test("callers who drip a request, or send none, are cut in time, and others are served meanwhile", async () => {
  const times = { headersTimeout: 300, requestTimeout: 500, connectionsCheckingInterval: 50 };
  const listener = await listen("127.0.0.1", 0, times);
  onTestFinished(() => listener.close());
  listener.answer((await testbed()).app.fetch);
  const head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
  const slow = ["GET / HTTP/1.1\r\n", `${head}content-length: 9000\r\n\r\n`, ...Array<string>(50).fill("")];
  const cut = slow.map(async (begun) => {
    const socket = connect(listener.port, "127.0.0.1").resume();
    socket.write(begun);
    const drip = begun === "" ? undefined : setInterval(() => socket.write("a"), 50);
    await closed(socket);
    clearInterval(drip);
  });
  expect(await send(caller(listener.port), "GET", "/health")).toMatchObject({ status: 200 });
  await Promise.all(cut);
});
