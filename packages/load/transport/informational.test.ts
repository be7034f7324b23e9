import type { RequestRecord } from "@brimline/core/record/record";
import { chatAsk } from "@brimline/testkit/load/ask";
import { DONE, STOP, word } from "@brimline/testkit/load/scripted";
import { TRANSPORTS } from "@brimline/testkit/load/transports";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS } from "../request/request.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const BODY = word("a") + STOP + DONE;
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** Two requests over one connection, each answered by this text in pieces of `size` bytes. */
async function answered(
  [, transport]: (typeof TRANSPORTS)[number],
  text: string,
  size: number,
): Promise<RequestRecord[]> {
  const server = createServer({ noDelay: true }, (socket: Socket) => {
    closing.push(() => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", () => {
      for (let at = 0; at < text.length; at += size) socket.write(text.slice(at, at + size));
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closing.push(() => server.close());
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  const guard = createGuard({ profile: "local" });
  const connection = transport({ target, guard, limits: REQUEST_LIMITS })();
  closing.push(() => connection.cut());
  const records: RequestRecord[] = [];
  for (let index = 0; index < 2; index++) {
    const { ended } = connection.send(chatAsk({ index }));
    records.push((await ended).record);
  }
  return records;
}

// undici takes a 100 that nobody asked for for a broken answer.
const WITHOUT_UNDICI = TRANSPORTS.filter(([name]) => name !== "undici");

test.each(
  WITHOUT_UNDICI.flatMap((transport) =>
    [
      ["100 Continue", CONTINUE, Infinity],
      ["100 Continue with fields, in pieces", "HTTP/1.1 100 Continue\r\nserver: x\r\ndate: y\r\n\r\n", 7],
      ["several of all kinds", `${CONTINUE}HTTP/1.1 102 Processing\r\n\r\n${CONTINUE}`, Infinity],
      ["as many as there may be", CONTINUE.repeat(100), 900],
    ].map(
      ([what, before, size]) =>
        [transport[0], String(what), transport, String(before), Number(size)] as const,
    ),
  ),
)(
  "over %s, %s before the answer is passed over, and the connection is kept",
  async (_name, _what, transport, before, size) => {
    const records = await answered(transport, before + ANSWER, size === Infinity ? 100_000 : size);
    expect(
      records.map(({ outcome, status, connectionReused }) => ({ outcome, status, connectionReused })),
    ).toEqual([
      { outcome: "ok", status: 200, connectionReused: false },
      { outcome: "ok", status: 200, connectionReused: true },
    ]);
  },
);

test.each(WITHOUT_UNDICI.map((transport) => [transport[0], transport] as const))(
  "over %s, informational answers have an end",
  async (_name, transport) => {
    const [record] = await answered(transport, CONTINUE.repeat(101) + ANSWER, 100_000);
    expect(record).toMatchObject({
      outcome: "protocol",
      errorText: "more than 100 informational answers came before the answer",
    });
  },
);
