import { chatAsk } from "@brimline/testkit/load/ask";
import { DONE, STOP, word } from "@brimline/testkit/load/scripted";
import { type MakeTransport, TRANSPORTS } from "@brimline/testkit/load/transports";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { type OpenRequest, REQUEST_LIMITS, type RequestLimits } from "../request/request.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
const BODY = word("a") + STOP + DONE;
const ANSWER = `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY}`;

type Act = (socket: Socket) => unknown;
const answers: Act = (socket) => socket.write(ANSWER);
const closes: Act = (socket) => socket.end();
const resets: Act = (socket) => socket.resetAndDestroy();
const staysSilent: Act = () => {};

/** A server whose nth request is met with the nth act, and one connection to it. */
async function against(transport: MakeTransport, acts: Act[], limits: Partial<RequestLimits> = {}) {
  let connections = 0;
  let asked = 0;
  const server = createServer((socket) => {
    connections++;
    closing.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      if (bytes.toString("latin1").endsWith("{}")) acts[asked++]?.(socket);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closing.push(() => server.close());
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  const all = { ...REQUEST_LIMITS, ...limits };
  const connection = transport({ target, guard: createGuard({ profile: "local" }), limits: all })();
  closing.push(() => connection.cut());
  const t0Ms = performance.now();
  const send = (): OpenRequest => connection.send(chatAsk({ t0Ms, limits: all }));
  return { connection, send, server, asked: () => asked, connections: () => connections };
}

describe.each(TRANSPORTS)("over %s, a request whose kept connection", (_name, transport) => {
  test.each([
    ["closes", closes],
    ["is reset", resets],
    ["closes after 20 ms", (socket: Socket) => setTimeout(() => socket.end(), 20)],
  ])("%s before any answer is sent again, and its times count from the first write", async (_how, loses) => {
    const server = await against(transport, [answers, loses, answers, answers]);
    const records = [];
    for (let nth = 0; nth < 3; nth++) records.push((await server.send().ended).record);
    expect(
      records.map(({ outcome, resent, connectionReused }) => ({ outcome, resent, connectionReused })),
    ).toEqual([
      { outcome: "ok", resent: false, connectionReused: false },
      { outcome: "ok", resent: true, connectionReused: false },
      { outcome: "ok", resent: false, connectionReused: true },
    ]);
    expect([server.asked(), server.connections()]).toEqual([4, 2]);
    const [, resent] = records;
    expect(resent?.connectMs).toBeGreaterThan(0);
    const ttftMs = Number(resent?.firstMs) - Number(resent?.sentMs);
    expect(ttftMs).toBeGreaterThan(Number(resent?.connectMs));
    if (_how.includes("20 ms")) expect(ttftMs).toBeGreaterThan(20);
  });

  test.each([
    ["after a part of a head", "HTTP/1.1 2", "connect"],
    ["after an informational answer", "HTTP/1.1 103 Early Hints\r\n\r\n", "connect"],
    ["after a head", `${HEAD}transfer-encoding: chunked\r\n\r\n`, "truncated_stream"],
  ])("closes %s has failed", async (_when, bytes, outcome) => {
    const server = await against(transport, [answers, (socket) => socket.end(bytes), answers]);
    await server.send().ended;
    expect((await server.send().ended).record).toMatchObject({ outcome, resent: false });
    expect(server.asked()).toBe(2);
  });

  test("is lost has failed where the new one is lost too", async () => {
    const server = await against(transport, [answers, closes, resets, answers]);
    await server.send().ended;
    expect((await server.send().ended).record).toMatchObject({ outcome: "connect", resent: true });
    expect([server.asked(), server.connections()]).toEqual([3, 2]);
  });

  test("is lost has failed where there is nobody any more, and says that nothing was opened", async () => {
    const gone: Act = (socket) => (server.server.close(), socket.end());
    const server = await against(transport, [answers, gone]);
    await server.send().ended;
    expect(await server.send().ended).toMatchObject({
      connected: false,
      record: { outcome: "connect", resent: true, connectionReused: false, connectMs: null },
    });
  });

  test("is lost has so long for its headers as any other, from the first write on", async () => {
    const late: Act = (socket) => setTimeout(() => socket.end(), 200);
    const server = await against(transport, [answers, late, staysSilent], { headersMs: 300 });
    await server.send().ended;
    const { record } = await server.send().ended;
    expect(record).toMatchObject({ outcome: "headers_timeout", resent: true });
    expect(Number(record.doneMs) - record.sentMs).toBeLessThan(450);
    expect(server.asked()).toBe(3);
  });

  test("is lost can be cut while it is sent again", async () => {
    const server = await against(transport, [answers, closes, staysSilent, answers]);
    await server.send().ended;
    const request = server.send();
    await expect.poll(() => server.asked()).toBe(3);
    request.cut();
    expect((await request.ended).record).toMatchObject({ outcome: "censored", resent: true });
    expect((await server.send().ended).record.resent).toBe(false);
  });

  test("is cut by us is not sent again", async () => {
    const server = await against(transport, [answers, staysSilent, answers]);
    await server.send().ended;
    const request = server.send();
    await expect.poll(() => server.asked()).toBe(2);
    server.connection.cut();
    expect((await request.ended).record).toMatchObject({ outcome: "connect", resent: false });
    expect(server.asked()).toBe(2);
  });
});

test.each(TRANSPORTS)(
  "over %s, a new connection that is lost is a failed request",
  async (_name, transport) => {
    const server = await against(transport, [closes, answers]);
    expect((await server.send().ended).record).toMatchObject({ outcome: "connect", resent: false });
    expect(server.asked()).toBe(1);
  },
);
