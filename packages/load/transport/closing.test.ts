import { chatAsk } from "@brimline/testkit/load/ask";
import {
  type AnswerPart,
  CUT,
  DONE,
  play,
  scriptedEndpoint,
  STOP,
  word,
} from "@brimline/testkit/load/scripted";
import { type MakeTransport, TRANSPORTS } from "@brimline/testkit/load/transports";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { type OpenRequest, REQUEST_LIMITS, type RequestLimits } from "../request/request.ts";
import type { Connection } from "./transport.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const HELD: AnswerPart = 60_000;
const GAP = 30;

type Answer = (response: ServerResponse) => unknown;
/** One word, the end, and what comes between that and the end of the body. */
const answering =
  (...after: AnswerPart[]): Answer =>
  (response) =>
    play(response, [GAP, word("a"), STOP + DONE, ...after]);

async function against(transport: MakeTransport, answer: Answer, limits: Partial<RequestLimits> = {}) {
  const endpoint = await scriptedEndpoint(answer);
  closing.push(() => endpoint.close());
  const all = { ...REQUEST_LIMITS, ...limits };
  const connect = transport({
    target: new URL(endpoint.url),
    guard: createGuard({ profile: "local" }),
    limits: all,
  });
  const newConnection = (): Connection => {
    const connection = connect();
    closing.push(() => connection.cut());
    return connection;
  };
  const first = newConnection();
  const t0Ms = performance.now();
  const send = (connection = first): OpenRequest => connection.send(chatAsk({ t0Ms, limits: all }));
  return { endpoint, newConnection, send };
}

describe.each(TRANSPORTS)("over %s, an answer that is done", (_name, transport) => {
  test("lets its user go on at once, though the endpoint holds its connection", async () => {
    const { endpoint, send } = await against(transport, answering(HELD), { closeMs: 30_000 });
    const requests: OpenRequest[] = [];
    for (let nth = 0; nth < 4; nth++) {
      requests.push(send());
      expect(await requests[nth]?.done).toMatchObject({ outcome: "ok" });
    }
    expect([endpoint.connections(), endpoint.open()]).toEqual([4, 4]);
    for (const request of requests) request.cut();
    const records = await Promise.all(requests.map(async ({ ended }) => (await ended).record));
    expect(records).toMatchObject(
      records.map(() => ({ outcome: "ok", closeCut: true, connectionReused: false })),
    );
    expect(records[0]?.closeLagMs).toBeGreaterThan(3 * GAP);
  });

  test("leaves a connection that serves again once its body has ended", async () => {
    const bodies: ServerResponse[] = [];
    const { endpoint, send } = await against(transport, async (response) => {
      // Each body ends when the next request has come, and the last one at once.
      bodies.at(-1)?.end();
      response.writeHead(200, { "content-type": "text/event-stream" });
      await sleep(GAP);
      bodies.push(response);
      response.write(word("a") + STOP + DONE);
      if (bodies.length === 4) response.end();
    });
    const requests: OpenRequest[] = [];
    for (let nth = 0; nth < 4; nth++) {
      requests.push(send());
      await requests[nth]?.done;
    }
    const records = await Promise.all(requests.map(async ({ ended }) => (await ended).record));
    expect(endpoint.connections()).toBe(2);
    expect(records.map(({ connectionReused }) => connectionReused)).toEqual([false, false, true, true]);
    expect(records.map(({ closeCut }) => closeCut)).toEqual([false, false, false, false]);
    for (const { closeLagMs } of records.slice(0, 3)) expect(closeLagMs).toBeGreaterThan(0);
  });

  test("keeps its connection where the body ends a moment later", async () => {
    const { endpoint, send } = await against(transport, answering(1));
    for (let nth = 0; nth < 4; nth++) {
      const request = send();
      await request.done;
      expect((await request.ended).record).toMatchObject({ closeCut: false, connectionReused: nth > 0 });
    }
    expect(endpoint.connections()).toBe(1);
  });

  test.each<[string, Answer]>([
    ["comments without end", answering(...Array.from({ length: 200 }, () => [": ping\n\n", 10]).flat())],
    ["tokens without end", answering(...Array.from({ length: 200 }, () => [word("b"), 10]).flat())],
  ])("waits no longer for %s", async (_what, answer) => {
    const { send } = await against(transport, answer, { closeMs: 100 });
    const { record } = await send().ended;
    expect(record).toMatchObject({ outcome: "ok", closeCut: true });
    expect(record.gapsUs).toHaveLength(1);
    expect(record.closeLagMs).toBeGreaterThan(90);
  });

  test("stays done when it is cut, and gives up its connection", async () => {
    const { endpoint, send } = await against(transport, answering(HELD));
    const request = send();
    const { doneMs } = await request.done;
    request.cut();
    expect((await request.ended).record).toMatchObject({ outcome: "ok", doneMs, closeCut: true });
    await expect.poll(() => endpoint.open()).toBe(0);
  });

  test("is given up alone: the next request of its user goes on", async () => {
    const { endpoint, send } = await against(
      transport,
      (response) =>
        play(
          response,
          endpoint.seen.length === 1 ? [word("a"), STOP + DONE, HELD] : [200, word("b"), STOP, DONE],
        ),
      { closeMs: 50 },
    );
    const first = send();
    await first.done;
    const second = send();
    expect((await first.ended).record).toMatchObject({ outcome: "ok", closeCut: true });
    expect((await second.ended).record).toMatchObject({ outcome: "ok", closeCut: false });
  });

  test("without a reason lets its user go on, and has failed where its connection is cut then", async () => {
    const { send } = await against(transport, answering(GAP, CUT));
    const whole = send();
    expect(await whole.done).toMatchObject({ outcome: "ok" });
    expect((await whole.ended).record).toMatchObject({ outcome: "ok", closeCut: false });
    const dropped = await against(transport, (response) => play(response, [word("a"), DONE, GAP, CUT]));
    const request = dropped.send();
    expect(await request.done).toMatchObject({ outcome: "ok" });
    expect((await request.ended).record).toMatchObject({ outcome: "truncated_stream", closeCut: false });
  });

  test("says nothing of its body where the stream did not say that it is done", async () => {
    const { send } = await against(transport, (response) => play(response, [word("a"), STOP]));
    expect((await send().ended).record).toMatchObject({ closeLagMs: null, closeCut: false });
  });
});

test.each(TRANSPORTS.slice(0, 1))(
  "over %s, the time that a request may take has no say over a body that is still open",
  async (_name, transport) => {
    const { send } = await against(transport, answering(HELD), { totalMs: 1000, closeMs: 1200 });
    const { record } = await send().ended;
    expect(record).toMatchObject({ outcome: "ok", closeCut: true });
    expect(record.closeLagMs).toBeGreaterThan(1190);
  },
);

test.each(TRANSPORTS.slice(0, 1))(
  "over %s, an endpoint that holds very many connections gets the oldest back",
  async (_name, transport) => {
    const { endpoint, newConnection, send } = await against(transport, answering(HELD), { closeMs: 60_000 });
    const firsts = await Promise.all(
      Array.from({ length: 260 }, async () => {
        const connection = newConnection();
        const first = send(connection);
        await first.done;
        await send(connection).done;
        return first;
      }),
    );
    let given = 0;
    for (const { ended } of firsts) void ended.then(() => given++);
    await sleep(0);
    expect(given).toBe(4);
    await expect.poll(() => endpoint.open()).toBe(2 * 260 - 4);
  },
);
