import { chat } from "@brimline/core/dialect/chat";
import type { Dialect } from "@brimline/core/dialect/dialect";
import type { RequestRecord } from "@brimline/core/record/record";
import { type AnswerPart, play, scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { type MakeTransport, TRANSPORTS } from "@brimline/testkit/load/transports";
import { performance } from "node:perf_hooks";
import { describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS } from "../request/request.ts";

/** A kind of endpoint that answers in one piece, with a list. */
const LISTS: Dialect = {
  ...chat,
  streams: false,
  read(data) {
    const reading = chat.read('{"choices":[]}', "");
    return reading !== null && /^\[.*\]$/s.test(data)
      ? { ...reading, output: true, visible: true, done: true }
      : null;
  },
};

async function answered(transport: MakeTransport, parts: AnswerPart[], type: string): Promise<RequestRecord> {
  const endpoint = await scriptedEndpoint((response) =>
    play(response, parts, { headers: { "content-type": type } }),
  );
  const [target, limits] = [new URL(endpoint.url), REQUEST_LIMITS];
  const connection = transport({ target, guard: createGuard({ profile: "local" }), limits })();
  const { ended } = connection.send({
    index: 0,
    user: null,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect: LISTS,
    path: "/v1/lists",
    headers: {},
    body: "{}",
    outputTokens: 1,
    limits,
    explain: (_kind, text) => text,
  });
  const { record } = await ended;
  connection.cut();
  await endpoint.close();
  return record;
}

const JSON_TYPE = "application/json; charset=utf-8";

describe.each(TRANSPORTS)("over %s, an answer in one piece", (_name, transport) => {
  test("is one chunk, which came with its last byte", async () => {
    const record = await answered(transport, ["[1,\n", 60, "\n2", 60, "]"], JSON_TYPE);
    expect(record).toMatchObject({ outcome: "ok", errorText: null });
    expect(record.gapsUs).toHaveLength(1);
    expect(Number(record.firstMs) - Number(record.firstByteMs)).toBeGreaterThan(100);
  });
  test.each<[fact: string, parts: AnswerPart[], type: string, outcome: string, errorText: RegExp]>([
    ["the dialect cannot read", ["{}"], JSON_TYPE, "malformed_events", /\{\}/],
    ["is no UTF-8", ["[", Uint8Array.of(0xff), "]"], JSON_TYPE, "malformed_events", /\ufffd/],
    ["is empty", [], JSON_TYPE, "truncated_stream", /after 0 output chunks/],
    ["is a stream", ["data: [1]\n\n"], "text/event-stream", "protocol", /text\/event-stream/],
  ])("fails where it %s", async (_fact, parts, type, outcome, errorText) => {
    const record = await answered(transport, parts, type);
    expect(record).toMatchObject({ outcome, errorText: expect.stringMatching(errorText) });
  });
});
