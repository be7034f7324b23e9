import { chat } from "@brimline/core/dialect/chat";
import { responses } from "@brimline/core/dialect/responses";
import { type Answer, fieldsOf, newAnswer, streamOf, takeEvent } from "@brimline/core/record/answer/answer";
import { SSE_LIMITS, type SseLimits } from "@brimline/core/record/answer/sse";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { chunk, DONE, STOP, word } from "@brimline/testkit/load/scripted";
import { createReaders, type Learned, LearningReader } from "./learning.ts";
import { endOfEventFrame, learnEventFrame } from "./event-frame.ts";

afterEach(() => void vi.restoreAllMocks());

/** Reads the pieces at ms 1, 2, 3 …, each from a buffer that has more bytes after it. */
function learned(
  pieces: Buffer[],
  limits: SseLimits,
  dialect = chat,
  known: Learned = { frame: null },
): { answer: Answer; overflow: string | null } {
  const reader = new LearningReader(dialect, limits, known);
  const answer = newAnswer(0);
  for (const [nth, piece] of pieces.entries())
    reader.take(
      answer,
      Buffer.concat([Buffer.from("xx"), piece, Buffer.from('"}\n\n')]),
      2,
      2 + piece.length,
      nth + 1,
    );
  return { answer, overflow: reader.overflow };
}

function plain(
  pieces: Buffer[],
  limits: SseLimits,
  dialect = chat,
): { answer: Answer; overflow: string | null } {
  const stream = streamOf(dialect, limits);
  const answer = newAnswer(0);
  for (const [nth, piece] of pieces.entries())
    for (const event of stream.take(piece)) takeEvent(answer, dialect, event, nth + 1);
  return { answer, overflow: stream.overflow };
}

const piecesOf = (bytes: Buffer, cuts: number[]): Buffer[] => {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  return [0, ...places].map((from, nth) => bytes.subarray(from, places[nth] ?? bytes.length));
};

describe("a reader that learns", () => {
  test("parses the first chunk of 1,000, not the others", () => {
    const parse = vi.spyOn(JSON, "parse");
    const stream = Buffer.from(
      chunk({ role: "assistant", content: "" }) +
        Array.from({ length: 1000 }, (_, nth) => word(` ${nth}\n日`)).join("") +
        STOP +
        DONE,
    );
    const { answer } = learned([stream], SSE_LIMITS);
    expect(fieldsOf(answer)).toMatchObject({ tokens: { output: 1000 }, finishReason: "stop" });
    expect(parse.mock.calls.length).toBeLessThan(8);
  });

  test("an event line before the data is a part of what is learned", () => {
    const parse = vi.spyOn(JSON, "parse");
    const events = Array.from({ length: 1000 }, (_, nth) => `event: message\n${word(` ${nth}`)}`);
    const { answer } = learned([Buffer.from(`: ping\n\n${events.join("")}${STOP}${DONE}`)], SSE_LIMITS);
    expect(fieldsOf(answer)).toMatchObject({ tokens: { output: 1000 }, finishReason: "stop" });
    expect(parse.mock.calls.length).toBeLessThan(8);
  });

  test.each([
    [
      "after its content, as OpenAI does,",
      (text: string, obfuscation: string) => word(text, { obfuscation }),
    ],
    [
      "before its content",
      (text: string, obfuscation: string) =>
        word(text, { obfuscation }).replace(/\{(.*),("obfuscation":"[^"]*")\}/, "{$2,$1}"),
    ],
  ])("an event that is padded %s is learned whatever the padding", (_where, padded) => {
    const parse = vi.spyOn(JSON, "parse");
    const events = Array.from({ length: 1000 }, (_, nth) => padded(` ${nth}`, "x".repeat(nth % 9)));
    const { answer } = learned([Buffer.from(`: ping\n\n${events.join("")}${STOP}${DONE}`)], SSE_LIMITS);
    expect(fieldsOf(answer)).toMatchObject({ tokens: { output: 1000 }, finishReason: "stop" });
    expect(parse.mock.calls.length).toBeLessThan(8);
  });

  test("an event of the type error is not taken for one that was learned", () => {
    const stream = `: ping\n\n${word("a")}${word("b")}event: error\n${word("c")}`;
    expect(learned([Buffer.from(stream)], SSE_LIMITS).answer.error).toContain('"c"');
  });

  test("does not try again and again where no two chunks are alike", () => {
    const parse = vi.spyOn(JSON, "parse");
    learned([Buffer.from(Array.from({ length: 1000 }, (_, nth) => word("a", { nth })).join(""))], SSE_LIMITS);
    expect(parse.mock.calls.length).toBeLessThan(1060);
  });

  test("begins with what the last one of its dialect learned, whatever the answer's id and time", () => {
    const readEvents = createReaders();
    const answerOf = (id: string, created: number): string =>
      [chunk({ role: "assistant", content: "" }, { id, created })]
        .concat(
          Array.from({ length: 10 }, (_, nth) => word(` ${nth}`, { id, created })),
          STOP,
          DONE,
        )
        .join("");
    const parse = vi.spyOn(JSON, "parse");
    const parsed = [chat, chat, responses, chat].map((dialect, nth) => {
      const answer = newAnswer(0);
      const bytes = Buffer.from(answerOf(`chatcmpl-${10 ** nth}`, nth));
      const before = parse.mock.calls.length;
      readEvents(dialect, SSE_LIMITS).take(answer, bytes, 0, bytes.length, 1);
      if (dialect === chat) expect(answer.gapsUs).toHaveLength(10);
      return parse.mock.calls.length - before;
    });
    // Only the role, which is read twice because it comes first, and the finish reason differ from what is known.
    expect(parsed[0]).toBeGreaterThan(5);
    expect([parsed[1], parsed[3]]).toEqual([3, 3]);
  });

  test("reads what the grammar alone reads, within any bounds and whatever it knows from before", () => {
    const known: Learned = { frame: null };
    const event = fc.constantFrom(
      word("a"),
      word("b\n"),
      word("日"),
      word("a".repeat(90)),
      word("c", { created: 2 }),
      word("c", { id: "a", created: 30 }),
      word("c", { id: "日\n", created: 30 }),
      word("c", { id: 7, created: "now" }),
      chunk({ content: "c", tool_calls: [{ id: "a" }] }, { id: "b" }),
      word("\ud800"),
      STOP,
      DONE,
      ": ping\n\n",
      "event: message\n",
      "event: error\n",
      `event:message\n${word("a")}`,
      `event: message\r\n${word("a")}`,
      `event: \ud800\n${word("a")}`,
      "id: 1\n",
      word("a").trimEnd(),
      `${word("a").trimEnd()}\n`,
      "\n",
      "\r",
      word("a").replaceAll("\n", "\r\n"),
      word("a").replaceAll("\n", "\r"),
      chunk({ reasoning: "r" }),
      "data: {\n\n",
      "\ufeff",
    );
    const limits = fc.record({
      lineBytes: fc.constantFrom(120, 150, 10_000),
      events: fc.constantFrom(3, 10, 1000),
      bodyBytes: fc.constantFrom(400, 1000, 100_000),
    });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 25 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        limits,
        (events, cuts, bounds) => {
          const pieces = piecesOf(Buffer.from(events.join("")), cuts);
          expect(learned(pieces, bounds, chat, known)).toEqual(plain(pieces, bounds));
        },
      ),
      { numRuns: 400 },
    );
    // After so many chunks at once an answer has a frame of its own.
    const many = word("a", { id: "a", created: 30 }).repeat(1100);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const pieces = [Buffer.from(`: ping\n\n${many}${events.join("")}`)];
        expect(learned(pieces, SSE_LIMITS, chat, known)).toEqual(plain(pieces, SSE_LIMITS));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the frame of a chunk", () => {
  const frameOf = (event: string) => learnEventFrame(chat, Buffer.from(event), "");
  const isTaken = (learnedFrom: string, event: string): boolean => {
    const frame = frameOf(learnedFrom);
    const bytes = Buffer.from(event + learnedFrom, "latin1");
    return frame !== null && endOfEventFrame(frame, bytes, 0, bytes.length) === event.length;
  };

  test.each([
    ["a finish reason", chunk({ content: "a" }, { finish_reason: "stop" })],
    ["usage", word("a", { usage: { prompt_tokens: 1, completion_tokens: 1 } })],
    ["an error", word("a", { error: "no" })],
    ["no content", chunk({ role: "assistant", content: "" })],
    ["reasoning alone", chunk({ reasoning_content: "a" })],
    ["two choices", 'data: {"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}\n\n'],
    ["a content that is a list", chunk({ content: [{ type: "text", text: "a" }] })],
  ])("is not learned from one with %s", (_fact, event) => expect(frameOf(event)).toBeNull());

  test.each([
    ["another word", word("b"), true],
    ["a longer text with simple escapes", word('b "\n\\c/'), true],
    ["UTF-8", Buffer.from(word("日本")).toString("latin1"), true],
    ["bytes that are no UTF-8", word("\xff"), false],
    ["a \\u escape", word("?").replace("?", "\\u0041"), false],
    ["an escape that JSON lacks", word("?").replace("?", "\\x"), false],
    ["a control character", word("?").replace("?", "\u0001"), false],
    ["no content", word(""), false],
    ["a finish reason", chunk({ content: "b" }, { finish_reason: "stop" }), false],
    ["another field", word("b", { usage: null }), false],
    ["another line end", word("b").replaceAll("\n", "\r\n"), false],
  ])("takes, or leaves to JSON.parse, one with %s", (_fact, event, expected) =>
    expect(isTaken(word("a"), event)).toBe(expected),
  );

  test.each([
    ["before it", { first: { content: "a" } }, {}],
    ["after it", {}, { service: { content: "a" } }],
    ["in its text", {}, { note: 'say "content":"a"' }],
  ])("knows the content from a decoy %s", (_fact, before, after) => {
    const event = (content: string): string =>
      `data: ${JSON.stringify({ ...before, choices: [{ delta: { content } }], ...after })}\n\n`;
    expect(isTaken(event("a"), event("other"))).toBe(true);
    expect(
      isTaken(
        event("a"),
        event("a").replaceAll('"a"', '"b"').replace('"delta":{"content":"b"}', '"delta":{"content":"a"}'),
      ),
    ).toBe(Object.keys({ ...before, ...after }).join() === "note");
  });

  test("if the key `content` comes twice, only the content that counts may vary", () => {
    const twice = (first: string, second: string): string =>
      `data: {"choices":[{"delta":{"content":"${first}","content":"${second}"}}]}\n\n`;
    expect(isTaken(twice("a", "b"), twice("a", "c"))).toBe(true);
    expect(isTaken(twice("a", "b"), twice("c", "b"))).toBe(false);
  });
});

describe("the frame of a numbered chunk, which may be padded,", () => {
  /** Some servers write the number before the text, others after it. */
  const first = (number: string | number, delta: string): string =>
    `data: {"type":"response.output_text.delta","sequence_number":${number},"item_id":"m","delta":${JSON.stringify(delta)}}\n\n`;
  const last = (number: string | number, delta: string): string =>
    `data: {"delta":${JSON.stringify(delta)},"sequence_number": ${number} ,"type":"response.output_text.delta"}\n\n`;

  test.each([
    ["another number", 8, "b", true],
    ["a longer number and a longer text", 123_456, "b c", true],
    ["the number 0", 0, "b", true],
    ["a number that JSON does not have", "012", "b", false],
    ["no digits", "", "b", false],
    ["a fraction", "1.5", "b", false],
    ["a negative number", -8, "b", false],
    ["a text in place of the number", '"8"', "b", false],
    ["no text", 8, "", false],
  ])("takes, or leaves to JSON.parse, one with %s", (_fact, number, delta, expected) => {
    for (const event of [first, last]) {
      const frame = learnEventFrame(responses, Buffer.from(event(7, "a")), "");
      const bytes = Buffer.from(event(number, delta) + event(9, "c"));
      const end = event(number, delta).length;
      expect(frame === null ? null : endOfEventFrame(frame, bytes, 0, bytes.length)).toBe(
        expected ? end : -1,
      );
    }
  });

  test("a number in the text is no number of the event", () => {
    const text = '"sequence_number":7,';
    for (const event of [first, last]) {
      const frame = learnEventFrame(responses, Buffer.from(event(7, text)), "");
      const other = Buffer.from(event(8, "b"));
      expect(frame === null ? null : endOfEventFrame(frame, other, 0, other.length)).toBe(other.length);
    }
  });

  test("is what the grammar alone reads, in whatever pieces", () => {
    const events = fc.array(
      fc.tuple(
        fc.constantFrom(first, last),
        fc.oneof(
          fc.nat(),
          fc.constantFrom("00", "01", "-1", "1.5", "1e3", "null", ""),
          fc.constantFrom('1,"obfuscation":"x"', '2, "obfuscation": "日\\n"', '3,"obfuscation":""'),
          fc.constantFrom('4,"obfuscation":"\\u0041"', '5,"obfuscation":"\\x"', '6,"obfuscation":7'),
        ),
        fc.constantFrom("a", "b\n", "日", "", '"sequence_number":7,'),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(events, fc.array(fc.nat(), { maxLength: 8 }), (list, cuts) => {
        const text = list.map(([event, number, delta]) => event(number, delta)).join("");
        const pieces = piecesOf(Buffer.from(`: ping\n\n${text}`), cuts);
        expect(learned(pieces, SSE_LIMITS, responses)).toEqual(plain(pieces, SSE_LIMITS, responses));
      }),
      { numRuns: 200 },
    );
  });
});
