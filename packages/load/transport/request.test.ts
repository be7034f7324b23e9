import { chat } from "@brimline/core/dialect/chat";
import { afterEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "@brimline/core/record/record";
import { Secret } from "@brimline/core/secret";
import { safeText } from "../request/failure-text.ts";
import { createGuard } from "../guard/guard.ts";
import { REQUEST_LIMITS, type RequestLimits } from "../request/request.ts";
import { chatAsk } from "@brimline/testkit/load/ask";
import {
  chunk,
  CUT,
  DONE,
  play,
  type Scripted,
  scriptedEndpoint,
  type AnswerPart,
  STOP,
  word,
} from "@brimline/testkit/load/scripted";
import { type MakeTransport, TRANSPORTS } from "@brimline/testkit/load/transports";
import type { Connection } from "./transport.ts";

const KEY = new Secret("test-key-0123456789");
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function connect(transport: MakeTransport, target: URL, limits: RequestLimits): Connection {
  const connection = transport({ target, guard: createGuard({ profile: "local" }), limits })();
  closing.push(() => connection.cut());
  return connection;
}

async function ask(
  transport: MakeTransport,
  url: string,
  limits: Partial<RequestLimits> = {},
): Promise<RequestRecord> {
  const target = new URL(url);
  const all = { ...REQUEST_LIMITS, ...limits };
  const { ended } = connect(transport, target, all).send({
    index: 7,
    user: 3,
    t0Ms: performance.now(),
    dueMs: 0,
    dialect: chat,
    path: `${target.pathname}/chat/completions`,
    headers: { "accept-encoding": "identity", authorization: `Bearer ${KEY.reveal()}` },
    body: "{}",
    outputTokens: 10,
    limits: all,
    explain: (_kind, text) => safeText(text, [KEY]),
  });
  return (await ended).record;
}

async function answered(
  transport: MakeTransport,
  parts: AnswerPart[],
  head: Parameters<typeof play>[2] = {},
  limits: Partial<RequestLimits> = {},
): Promise<RequestRecord> {
  const endpoint = await scriptedEndpoint((response) => play(response, parts, head));
  closing.push(() => endpoint.close());
  return ask(transport, endpoint.url, limits);
}

/**
 * What a record says apart from its clock: how many output chunks it has, which of them came in the same read
 * as the one before, and which was the first to be visible.
 */
function factsOf(record: RequestRecord): Facts {
  const { status, outcome, finishReason, gapsUs, chunkTokens, tokens, usageInvalid, errorText } = record;
  const coalesced = gapsUs.flatMap((gap, at) => (gap === 0 ? [at] : []));
  const arrivedUs = gapsUs.map((_, at) => gapsUs.slice(0, at + 1).reduce((sum, gap) => sum + gap, 0));
  const visibleUs =
    record.firstVisibleMs === null ? null : Math.round((record.firstVisibleMs - record.sentMs) * 1000);
  const visibleAt = visibleUs === null ? null : arrivedUs.indexOf(visibleUs);
  return {
    status,
    outcome,
    finishReason,
    chunks: gapsUs.length,
    coalesced,
    visibleAt,
    chunkTokens,
    tokens,
    usageInvalid,
    errorText,
  };
}

interface Facts extends Pick<
  RequestRecord,
  "status" | "outcome" | "finishReason" | "chunkTokens" | "tokens" | "usageInvalid" | "errorText"
> {
  chunks: number;
  coalesced: number[];
  visibleAt: number | null;
}

const counted = (
  output: number | null,
  more: Partial<RequestRecord["tokens"]> = {},
): RequestRecord["tokens"] => ({
  input: null,
  output,
  reasoning: null,
  cached: null,
  source: "chunks",
  ...more,
});
/** Two words, each in a read of its own, and then the end. */
const TWO_WORDS: Facts = {
  status: 200,
  outcome: "ok",
  finishReason: "stop",
  chunks: 2,
  coalesced: [],
  visibleAt: 0,
  chunkTokens: null,
  tokens: counted(2),
  usageInvalid: false,
  errorText: null,
};
const NO_OUTPUT = { chunks: 0, visibleAt: null, tokens: counted(null), finishReason: null };

const GAP = 15;
const usage = (
  prompt_tokens: unknown,
  completion_tokens: unknown,
  more: object = {},
): Record<string, unknown> => ({
  usage: { prompt_tokens, completion_tokens, ...more },
});
const lateUsage = (...counts: Parameters<typeof usage>): string =>
  `data: ${JSON.stringify({ choices: [], ...usage(...counts) })}\n\n`;
/** JSON.stringify cannot write 1e999. */
const raw = (event: string, from: string, to: string): string => event.replace(from, to);
const bytewise = (text: string): AnswerPart[] =>
  [...Buffer.from(text)].flatMap((byte) => [Uint8Array.of(byte), 1]);
const USAGE = { input: 12, source: "usage" as const };

const STREAMS: [fact: string, parts: AnswerPart[], demanded: Partial<Facts>][] = [
  ["two chunks in two reads are two arrivals", [word("a"), GAP, word("b"), GAP, STOP, DONE], {}],
  [
    "an empty role chunk is no output",
    [chunk({ role: "assistant", content: "" }), GAP, word("a"), GAP, word("b"), STOP, DONE],
    {},
  ],
  [
    "reasoning_content is output that is not visible",
    [chunk({ reasoning_content: "hm" }), GAP, chunk({ reasoning_content: "so" }), STOP, DONE],
    { visibleAt: null },
  ],
  ["reasoning is output", [chunk({ reasoning: "hm" }), GAP, word("a"), STOP, DONE], { visibleAt: 1 }],
  [
    "the arguments of a tool call are output, its name alone is not",
    [
      chunk({ tool_calls: [{ index: 0, function: { name: "f", arguments: "" } }] }),
      GAP,
      chunk({ tool_calls: [{ index: 0, function: { arguments: "{" } }] }),
      GAP,
      chunk({ tool_calls: [{ index: 0, function: { arguments: "}" } }] }, { finish_reason: "tool_calls" }),
      DONE,
    ],
    { finishReason: "tool_calls" },
  ],
  ["a refusal is output", [chunk({ refusal: "I" }), GAP, chunk({ refusal: " will not" }), STOP, DONE], {}],
  [
    "audio is output",
    [chunk({ audio: { data: "UklG" } }), GAP, chunk({ audio: { transcript: "hi" } }), STOP, DONE],
    {},
  ],
  [
    "events of one read arrive together, in one HTTP chunk or in several",
    [word("a") + word("b"), word("c"), GAP, STOP, DONE],
    { chunks: 3, coalesced: [1, 2], tokens: counted(3) },
  ],
  ["an event split at every byte is one arrival", [word("a"), GAP, ...bytewise(word("b")), STOP, DONE], {}],
  [
    "lines may end with CR LF",
    [word("a").replaceAll("\n", "\r\n"), GAP, (word("b") + STOP + DONE).replaceAll("\n", "\r\n")],
    {},
  ],
  [
    "lines may end with CR alone",
    [word("a").replaceAll("\n", "\r"), GAP, (word("b") + STOP + DONE).replaceAll("\n", "\r")],
    {},
  ],
  [
    "several data lines are one event",
    [word("a"), GAP, 'data: {"choices": [{"index": 0,\ndata: "delta": {"content": "b"}}]}\n\n', STOP, DONE],
    {},
  ],
  [
    "comments are not events",
    [": ping\n\n", GAP, word("a"), GAP, ": ping\n", word("b"), STOP, DONE, ": bye\n\n"],
    {},
  ],
  [
    "data: needs no space",
    [
      word("a").replace("data: ", "data:"),
      GAP,
      word("b").replace("data: ", "data:"),
      STOP,
      "data:[DONE]\n\n",
    ],
    {},
  ],
  ["a byte order mark may lead", [`\ufeff${word("a")}`, GAP, word("b"), STOP, DONE], {}],
  [
    "a character may be split between reads",
    [word("a"), GAP, ...splitInside(word("日本"), "本"), STOP, DONE],
    {},
  ],
  ["without usage the chunks are counted", [word("a"), GAP, word("b"), STOP, DONE], { tokens: counted(2) }],
  [
    "the last chunk may carry the usage",
    [word("a"), GAP, word("b"), chunk({}, { finish_reason: "stop", ...usage(12, 3) }), DONE],
    { tokens: counted(3, USAGE) },
  ],
  [
    "usage in every chunk gives the tokens of each",
    [
      chunk({ role: "assistant" }, usage(12, 0)),
      word("a", usage(12, 1)),
      GAP,
      word("b", usage(12, 4)),
      chunk({}, { finish_reason: "stop", ...usage(12, 5) }),
      DONE,
    ],
    { chunkTokens: [1, 3], tokens: counted(5, USAGE) },
  ],
  [
    "usage in every chunk counts even where the whole is not reported",
    [word("a", usage(12, 2)), GAP, word("b", usage(12, 3)), DONE],
    { finishReason: null, chunkTokens: [2, 1], tokens: counted(3, { input: 12, source: "chunk_usage" }) },
  ],
  [
    "negative count is ignored and flagged, and the rest of the usage stays",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, -5), DONE],
    { usageInvalid: true, tokens: { ...TWO_WORDS.tokens, input: 12 } },
  ],
  [
    "usage of 1e999 is ignored and flagged, and the rest stays",
    [word("a"), GAP, word("b"), STOP, raw(lateUsage(12, 77), "77", "1e999"), DONE],
    { usageInvalid: true, tokens: { ...TWO_WORDS.tokens, input: 12 } },
  ],
  [
    "usage of half a token is ignored and flagged, and the rest stays",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, 2.5), DONE],
    { usageInvalid: true, tokens: { ...TWO_WORDS.tokens, input: 12 } },
  ],
  [
    "usage as a string is ignored and flagged, and the rest stays",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, "2"), DONE],
    { usageInvalid: true, tokens: { ...TWO_WORDS.tokens, input: 12 } },
  ],
  [
    "usage of no tokens beside output is ignored and flagged, and the rest stays",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, 0), DONE],
    { usageInvalid: true, tokens: { ...TWO_WORDS.tokens, input: 12 } },
  ],
  ["an end without its blank line is an end", [word("a"), GAP, word("b"), STOP, DONE.trimEnd()], {}],
  [
    "so is one that lacks the blank line before it too",
    [word("a"), GAP, word("b"), STOP.trimEnd(), "\r\ndata:[DONE] \r\n"],
    {},
  ],
  [
    "events without a blank line between them are several (GLM, Kimi)",
    [word("a"), GAP, `${word("b").trimEnd()}\n${STOP}`, DONE],
    {},
  ],
  [
    "a heartbeat is no event, whether it is a word, a time, or called one",
    [
      "data: ping\n\n",
      word("a"),
      GAP,
      "data: 2024-04-07 20:20:50.554328\n\nevent: heartbeat\ndata: 7 s\n\n",
      word("b"),
      'data: {"type": "keepalive", "sequence_number": 3}\n\n',
      STOP,
      DONE,
    ],
    {},
  ],
  [
    "a line that is no event is quoted where the stream ends without its end",
    [word("a"), GAP, word("b"), "upstream error: read ECONNRESET\n\n"],
    {
      outcome: "truncated_stream",
      finishReason: null,
      errorText:
        "the stream ended after 2 output chunks, and a line in it is no event: upstream error: read ECONNRESET",
    },
  ],
  ["and costs nothing where the stream ends well", [word("a"), GAP, "<br>\n", word("b"), STOP, DONE], {}],
  [
    "a reason, usage and a whole answer stand for an end that is not written (transformers serve)",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, 2)],
    { tokens: { input: 12, output: 2, reasoning: null, cached: null, source: "usage" } },
  ],
  [
    "a reason without usage does not",
    [word("a"), GAP, word("b"), STOP],
    { outcome: "truncated_stream", errorText: "the stream ended after 2 output chunks" },
  ],
  [
    "an answer that is cut after both has failed",
    [word("a"), GAP, word("b"), STOP, lateUsage(12, 2), GAP, CUT],
    {
      outcome: "truncated_stream",
      errorText: expect.any(String) as string,
      tokens: { input: 12, output: 2, reasoning: null, cached: null, source: "usage" },
    },
  ],
  [
    "an answer that was given up has failed",
    [word("a"), GAP, word("b"), chunk({}, { finish_reason: "abort" }), DONE],
    { outcome: "stream_error", finishReason: null, errorText: "the finish reason is abort" },
  ],
  [
    "an error in a field of its own has failed the answer (llama.cpp)",
    [word("a"), GAP, word("b"), 'error: {"code":500,"message":"out of memory"}\n\n', DONE],
    { outcome: "stream_error", finishReason: null, errorText: "out of memory" },
  ],
  [
    "a late usage chunk is no output",
    [
      word("a"),
      GAP,
      word("b"),
      STOP,
      GAP,
      lateUsage(12, 2, {
        prompt_tokens_details: { cached_tokens: 8 },
        completion_tokens_details: { reasoning_tokens: 1 },
      }),
      DONE,
    ],
    { tokens: counted(2, { ...USAGE, cached: 8, reasoning: 1 }) },
  ],
  [
    "usage: null in every chunk is no usage",
    [word("a", { usage: null }), GAP, word("b", { usage: null }), STOP, DONE],
    {},
  ],
  ["what comes after [DONE] is not read", [word("a"), GAP, word("b"), STOP, DONE, word("c")], {}],
  [
    "the last token may come with the finish reason (vLLM)",
    [
      chunk({ role: "assistant", content: "" }),
      word("a"),
      GAP,
      chunk({ content: "b" }, { finish_reason: "length" }),
      lateUsage(12, 2),
      DONE,
    ],
    { finishReason: "length", tokens: counted(2, USAGE) },
  ],
  [
    "a token without text is counted by usage and is no chunk (vLLM's special tokens)",
    [word("a"), GAP, word(""), GAP, word("b"), STOP, lateUsage(12, 3), DONE],
    { tokens: counted(3, USAGE) },
  ],
  [
    "several tokens may come as one chunk (vLLM under load)",
    [word("a"), GAP, word("b c d"), STOP, lateUsage(12, 4), DONE],
    { tokens: counted(4, USAGE) },
  ],
  [
    "usage of nothing in the role chunk is no flaw (vLLM's continuous usage)",
    [
      chunk({ role: "assistant", content: "" }, usage(12, 0)),
      word("a", usage(12, 1)),
      GAP,
      word("b", usage(12, 2)),
      STOP,
      lateUsage(12, 2),
      DONE,
    ],
    { chunkTokens: [1, 1], tokens: counted(2, USAGE) },
  ],
  [
    "a role chunk may lack content, and a ping come before the first event (llama.cpp for Python)",
    [
      ": ping - 2026-01-01\r\n\r\n",
      GAP,
      chunk({ role: "assistant" }),
      word("a"),
      GAP,
      word("b"),
      chunk({}, { finish_reason: "length" }),
      DONE,
    ],
    { finishReason: "length" },
  ],
  [
    "a request that is dropped for another gets [DONE], no reason, and a cut connection (llama.cpp for Python)",
    [word("a"), GAP, word("b"), GAP, DONE, GAP, CUT],
    { finishReason: null, outcome: "truncated_stream", errorText: "other side closed" },
  ],
  [
    "with a reason, a connection that is cut after [DONE] costs only the connection",
    [word("a"), GAP, word("b"), STOP, DONE, GAP, CUT],
    {},
  ],
  [
    "without [DONE] the stream is cut short",
    [word("a"), GAP, word("b"), STOP],
    { outcome: "truncated_stream", errorText: "the stream ended after 2 output chunks" },
  ],
  [
    "[DONE] without output is an empty stream",
    [STOP, DONE],
    {
      ...NO_OUTPUT,
      finishReason: "stop",
      outcome: "empty_stream",
      errorText: "the stream ended after 0 output chunks by the finish reason stop",
    },
  ],
  [
    "an error inside the stream fails the stream",
    [word("a"), GAP, 'data: {"error": {"message": "out of memory", "code": 500}}\n\n', DONE],
    {
      outcome: "stream_error",
      finishReason: null,
      chunks: 1,
      tokens: counted(1),
      errorText: "out of memory",
    },
  ],
  [
    "an error without a message is quoted whole",
    [
      word("a"),
      GAP,
      `data: {"error": ${"[".repeat(9000)}${"]".repeat(9000)}}\n\ndata: {"error": {"code": 1}}\n\n`,
      DONE,
    ],
    {
      outcome: "stream_error",
      chunks: 1,
      tokens: counted(1),
      finishReason: null,
      errorText: '{"error": {"code": 1}}',
    },
  ],
  [
    "an event of the type error fails the stream",
    [word("a"), GAP, "event: error\ndata: gone\n\n"],
    { outcome: "stream_error", finishReason: null, chunks: 1, tokens: counted(1), errorText: "gone" },
  ],
  [
    "an event that is no JSON fails the stream",
    [word("a"), GAP, "data: {oops\n\n", word("b"), STOP, DONE],
    { outcome: "malformed_events", errorText: "{oops" },
  ],
  [
    "bytes that are no UTF-8 fail the stream",
    [
      word("a"),
      GAP,
      word("b"),
      Buffer.concat([Buffer.from('data: {"choices": "'), Buffer.of(0xff), Buffer.from('"}\n\n')]),
      STOP,
      DONE,
    ],
    { outcome: "malformed_events", errorText: '{"choices": "\ufffd"}' },
  ],
  [
    "a deep and hostile event is only an event",
    [
      word("a"),
      GAP,
      word("b"),
      'data: {"__proto__": {"choices": [[[[]]]]}, "constructor": 1}\n\n',
      STOP,
      DONE,
    ],
    {},
  ],
];

/** The event comes in two reads, the first of which ends with the first byte of this character. */
function splitInside(text: string, character: string): AnswerPart[] {
  const bytes = Buffer.from(text);
  const at = bytes.indexOf(character) + 1;
  return [bytes.subarray(0, at), GAP, bytes.subarray(at)];
}

describe.each(TRANSPORTS)("over %s, a stream gives exactly the record it should", (_name, transport) => {
  test.each(STREAMS)("%s", async (_fact, parts, demanded) => {
    const record = await answered(transport, parts);
    expect(factsOf(record)).toEqual({ ...TWO_WORDS, ...demanded });
    // The times of every record are consistent.
    const { sentMs, firstByteMs, firstMs, lastMs, doneMs, gapsUs } = record;
    const lengthUs = gapsUs.reduce((sum, gap) => sum + gap, 0);
    expect(firstMs).toBe(gapsUs[0] === undefined ? null : Math.round(sentMs * 1000 + gapsUs[0]) / 1000);
    expect(lastMs).toBe(gapsUs[0] === undefined ? null : Math.round(sentMs * 1000 + lengthUs) / 1000);
    expect([0, sentMs, firstByteMs, firstMs ?? firstByteMs, lastMs ?? firstByteMs, doneMs]).toEqual(
      [0, sentMs, firstByteMs, firstMs ?? firstByteMs, lastMs ?? firstByteMs, doneMs].toSorted(
        (a, b) => Number(a) - Number(b),
      ),
    );
    expect({ index: record.index, user: record.user, reused: record.connectionReused }).toEqual({
      index: 7,
      user: 3,
      reused: false,
    });
    expect(record.connectMs).toBeGreaterThan(0);
  });

  test.each(["none", "Identity", "", "UTF-8", "identity, none"])(
    "a coding of “%s” is none",
    async (coding) => {
      const parts = [word("a"), GAP, word("b"), STOP, DONE];
      const record = await answered(transport, parts, { headers: { "content-encoding": coding } });
      expect(factsOf(record)).toEqual(TWO_WORDS);
    },
  );

  test("a role chunk does not stop the clock of the first token", async () => {
    const { sentMs, firstByteMs, firstMs } = await answered(transport, [
      chunk({ role: "assistant", content: "" }),
      200,
      word("a"),
      STOP,
      DONE,
    ]);
    expect(Number(firstMs) - sentMs).toBeGreaterThan(195);
    expect(Number(firstMs) - Number(firstByteMs)).toBeGreaterThan(150);
  });

  test("a stall of 600 ms is a gap of that length, and the only one", async () => {
    const { gapsUs, lastMs, doneMs } = await answered(transport, [
      word("a"),
      30,
      word("b"),
      600,
      word("c"),
      30,
      word("d"),
      60,
      STOP,
      DONE,
    ]);
    const [, before = 0, stall = 0, after = 0] = gapsUs;
    // A busy process may read the chunk before it late.
    expect(stall).toBeGreaterThan(400_000);
    expect(Math.max(before, after)).toBeLessThan(stall / 2);
    expect(Number(doneMs) - Number(lastMs)).toBeGreaterThan(50);
  });
});

const TEXT = { "content-type": "text/plain" };
const REFUSALS: [
  fact: string,
  parts: AnswerPart[],
  head: NonNullable<Parameters<typeof play>[2]>,
  demanded: Partial<Facts>,
][] = [
  [
    "HTML with status 200 is no stream",
    ["<html>hello</html>"],
    { headers: { "content-type": "text/html" } },
    { status: 200, outcome: "protocol", errorText: "content-type: text/html\n<html>hello</html>" },
  ],
  [
    "a redirect is not followed",
    [],
    { status: 307, headers: { location: "http://127.0.0.1:1/" } },
    { status: 307, outcome: "redirect_refused", errorText: "status 307, location: http://127.0.0.1:1/" },
  ],
  [
    "429 is a rate limit",
    ["slow down"],
    { status: 429, headers: { ...TEXT, "retry-after": "2" } },
    { status: 429, outcome: "http_429", errorText: "slow down" },
  ],
  [
    "404 is the caller's fault",
    ["no such model"],
    { status: 404, headers: TEXT },
    { status: 404, outcome: "http_4xx", errorText: "no such model" },
  ],
  [
    "500 is the endpoint's fault",
    ["boom"],
    { status: 500, headers: TEXT },
    { status: 500, outcome: "http_5xx", errorText: "boom" },
  ],
  [
    "compression that nobody asked for is not read",
    ["x"],
    { headers: { "content-encoding": "gzip" } },
    { status: 200, outcome: "unexpected_encoding", errorText: "content-encoding: gzip" },
  ],
  [
    "the key never comes back",
    [`your key ${KEY.reveal()} is bad`],
    { status: 401, headers: TEXT },
    { status: 401, outcome: "http_4xx", errorText: "your key [secret] is bad" },
  ],
  [
    "a stream that stands still",
    [word("a"), 1000],
    {},
    {
      outcome: "idle_timeout",
      chunks: 1,
      visibleAt: 0,
      tokens: counted(1),
      errorText: "nothing came for 0.3 s",
    },
  ],
  [
    "a stream of comments alone ends too",
    Array.from({ length: 20 }, () => [": ping\n\n", 100]).flat(),
    {},
    { outcome: "total_timeout", errorText: "not done after 0.9 s" },
  ],
  [
    "a line without end",
    ["data: ", "x".repeat(300_000), 500],
    {},
    { outcome: "line_too_long", errorText: null },
  ],
];

describe.each(TRANSPORTS)(
  "over %s, an answer that is no good stream is a failed request, never a success",
  (_name, transport) => {
    test.each(REFUSALS)("%s", async (_fact, parts, head, demanded) => {
      const record = await answered(transport, parts, head, { idleMs: 300, totalMs: 900 });
      expect(factsOf(record)).toEqual({ ...TWO_WORDS, ...NO_OUTPUT, ...demanded });
      expect(record.doneMs).not.toBeNull();
    });

    test("a stream whose connection is reset is cut short, with what had come", async () => {
      const endpoint = await scriptedEndpoint((response) => {
        void play(response, [word("a"), 500]);
        setTimeout(() => response.destroy(), 50);
      });
      closing.push(() => endpoint.close());
      expect(factsOf(await ask(transport, endpoint.url))).toMatchObject({
        outcome: "truncated_stream",
        chunks: 1,
      });
    });

    test("an endpoint that never answers runs out of time for its headers", async () => {
      const endpoint = await scriptedEndpoint(() => {});
      closing.push(() => endpoint.close());
      expect(factsOf(await ask(transport, endpoint.url, { headersMs: 200 }))).toMatchObject({
        outcome: "headers_timeout",
        status: null,
      });
    });

    test("headers beyond 16 KiB are refused", async () => {
      const record = await answered(transport, [word("a"), DONE], {
        headers: { "x-long": "x".repeat(20_000) },
      });
      expect(factsOf(record)).toMatchObject({ outcome: "headers_too_large", status: null });
    });

    test("a closed port is a failed connect, at once", async () => {
      const endpoint = await scriptedEndpoint(() => {});
      await endpoint.close();
      const record = await ask(transport, endpoint.url);
      expect(factsOf(record)).toMatchObject({ outcome: "connect", status: null, chunks: 0 });
      expect(record).toMatchObject({ connectMs: null, connectionReused: false, firstByteMs: null });
    });

    test("an address that the guard refuses is never dialled", async () => {
      expect(factsOf(await ask(transport, "http://169.254.169.254/v1"))).toMatchObject({
        outcome: "address_refused",
      });
    });

    test("an endpoint that holds the connection open after [DONE] costs the connection, not the request", async () => {
      const endpoint = await scriptedEndpoint((response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(word("a") + STOP + DONE);
      });
      closing.push(() => endpoint.close());
      const record = await ask(transport, endpoint.url, { closeMs: 100 });
      expect(factsOf(record)).toMatchObject({ outcome: "ok", chunks: 1 });
      expect(record).toMatchObject({ doneMs: record.lastMs, closeCut: true });
      expect(record.closeLagMs).toBeGreaterThan(90);
    });
  },
);

describe.each(TRANSPORTS)("over %s, cutting", (_name, transport) => {
  const slow = (): Promise<Scripted> =>
    scriptedEndpoint((response) => play(response, [word("a"), 5000, STOP, DONE]));
  const request = () => chatAsk({ explain: () => null });

  test("a request censors it, closes its connection, and leaves the next one a new one", async () => {
    const endpoint = await scriptedEndpoint((response, _seen, nth) =>
      play(response, nth === 0 ? [word("a"), 5000] : [word("b"), STOP, DONE]),
    );
    closing.push(() => endpoint.close());
    const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
    const first = connection.send(request());
    await expect.poll(() => first.chunks()).toBe(1);
    first.cut();
    expect((await first.ended).record).toMatchObject({ outcome: "censored", doneMs: null, errorText: null });
    await expect.poll(() => endpoint.open()).toBe(0);
    const second = await connection.send(request()).ended;
    expect(second.record).toMatchObject({ outcome: "ok", connectionReused: false });
  });

  test("a connection ends the request on it", async () => {
    const endpoint = await slow();
    closing.push(() => endpoint.close());
    const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
    const open = connection.send(request());
    await expect.poll(() => open.chunks()).toBe(1);
    connection.cut();
    expect((await open.ended).record.outcome).toBe("truncated_stream");
  });

  test("a request that is not yet written keeps it from being written", async () => {
    const endpoint = await slow();
    closing.push(() => endpoint.close());
    const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
    const open = connection.send(request());
    open.cut();
    expect(await open.ended).toMatchObject({ connected: false, record: { outcome: "censored" } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(endpoint.seen).toEqual([]);
  });
});

test.each(TRANSPORTS)("over %s, a header that would be two is not sent", async (_name, transport) => {
  const endpoint = await scriptedEndpoint((response) => play(response, [word("a"), STOP, DONE]));
  closing.push(() => endpoint.close());
  const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
  const headers = { "x-a": "b\r\nx-c: d" };
  const ask = chatAsk({ path: "/", headers, explain: () => null });
  expect((await connection.send(ask).ended).record.outcome).toBe("connect");
  expect(endpoint.seen).toEqual([]);
});

test.each(TRANSPORTS)(
  "over %s, a kept-alive connection is reused, a connection opened ahead costs the request nothing",
  async (_name, transport) => {
    const endpoint: Scripted = await scriptedEndpoint((response) => play(response, [word("a"), STOP, DONE]));
    closing.push(() => endpoint.close());
    const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
    await connection.open();
    const records: RequestRecord[] = [];
    for (let index = 0; index < 3; index++) {
      const { ended } = connection.send(chatAsk({ index, explain: () => null }));
      records.push((await ended).record);
    }
    expect(
      records.map(({ connectMs, connectionReused, outcome }) => [outcome, connectMs, connectionReused]),
    ).toEqual([
      ["ok", null, false],
      ["ok", null, true],
      ["ok", null, true],
    ]);
  },
);

test.each(TRANSPORTS)(
  "over %s, who opens a connection that already serves a request opens no second one",
  async (_name, transport) => {
    const endpoint = await scriptedEndpoint((response) => play(response, [word("a"), 100, STOP, DONE]));
    closing.push(() => endpoint.close());
    const connection = connect(transport, new URL(endpoint.url), REQUEST_LIMITS);
    const { ended } = connection.send(chatAsk({ explain: () => null }));
    await connection.open();
    expect((await ended).record.outcome).toBe("ok");
    expect(endpoint.connections()).toBe(1);
  },
);
