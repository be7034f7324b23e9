import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventStream, type SseEvent, type SseLimits } from "./sse.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (...pieces: (string | Uint8Array)[]): SseEvent[] => {
  const stream = new EventStream();
  return pieces.flatMap((piece) => stream.take(typeof piece === "string" ? bytes(piece) : piece));
};
const datas = (...pieces: (string | Uint8Array)[]): string[] => read(...pieces).map((event) => event.data);

// The grammar's own examples are in the WHATWG specification, section 9.2.6.
test.each([
  ["several data lines are joined by line feeds", "data: YHOO\ndata: +2\ndata: 10\n\n", ["YHOO\n+2\n10"]],
  [
    "comments, ids and retries carry no data",
    ": test\n\ndata: first\nid: 1\nretry: 5\n\ndata:second\nid\n\n",
    ["first", "second"],
  ],
  ["only one space after the colon is removed", "data:  third\n\n", [" third"]],
  ["a data field without a value is empty data", "data\n\ndata\ndata\n\n", ["", "\n"]],
  ["an event without its blank line is dropped", "data: a\n\ndata: b\n", ["a"]],
  ["blank lines alone are not events", "\n\n\n", []],
  ["an event field alone is not an event", "event: ping\n\n", []],
  ["CR LF ends lines", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
  ["CR alone ends lines", "data: a\r\rdata: b\r\r", ["a", "b"]],
  ["line ends may be mixed", "data: a\r\n\ndata: b\n\r", ["a", "b"]],
  ["a byte order mark at the start is skipped", "\ufeffdata: a\n\n", ["a"]],
  ["a byte order mark elsewhere is a part of the field's name", "data: a\n\n\ufeffdata: b\n\n", ["a"]],
  ["names are case-sensitive", "Data: a\n\n", []],
])("%s", (_fact, text, expected) => expect(datas(text)).toEqual(expected));

test("a data line that says something alone is an event at once, and a blank line after it is none", () => {
  const stream = new EventStream(undefined, (data) => data.startsWith("{"));
  const types = (text: string): string[] => stream.take(bytes(text)).map(({ type, data }) => type + data);
  expect(types("event: a\ndata: {1}\n")).toEqual(["a{1}"]);
  expect(types("data: {2}\n\ndata: {3}")).toEqual(["{2}"]);
  expect(types("\r\ndata: b\ndata: {4}\n\n")).toEqual(["{3}", "b\n{4}"]);
});

test("the type of an event does not pass to the next", () => {
  expect(read("event: error\ndata: a\n\ndata: b\n\n").map((event) => [event.type, event.data])).toEqual([
    ["error", "a"],
    ["", "b"],
  ]);
});

test("a CR ends its line at once, and the LF after it may come later", () => {
  const stream = new EventStream();
  expect(stream.take(bytes("data: a\r\n\r")).map((event) => event.data)).toEqual(["a"]);
  expect(stream.take(bytes("\ndata: b\n\n")).map((event) => event.data)).toEqual(["b"]);
});

test("bytes that are not UTF-8 are replaced, and the event says so", () => {
  expect(read(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 10, 10))).toEqual([
    { type: "", data: "\ufffd", validUtf8: false },
  ]);
  expect(read(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 10, 10), "data: a\n\n")[1]).toEqual({
    type: "",
    data: "a",
    validUtf8: true,
  });
  expect(read("data: \ufffd\n\n")).toEqual([{ type: "", data: "\ufffd", validUtf8: true }]);
});

test("any split of the bytes gives the same events", () => {
  const line = fc.constantFrom(
    "data: a",
    "data:",
    "data: 日本 \ud83d\ude00",
    "event: error",
    ": note",
    "",
    "id: 7",
    "data",
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")), { maxLength: 30 })
    .map((lines) => bytes(lines.flat().join("")));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(400), { maxLength: 20 }), (whole, cuts) => {
      const places = [0, ...cuts.filter((cut) => cut < whole.length).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((end, at) => whole.subarray(places[at], end));
      expect(read(...pieces)).toEqual(read(whole));
      expect(read(...Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(read(whole));
    }),
  );
});

describe("every bound ends the stream in its own way, and nothing is read after it", () => {
  const small: SseLimits = { lineBytes: 20, events: 3, bodyBytes: 100 };
  test.each([
    ["a line that never ends", ["data: ", "x".repeat(15)], "line_too_long"],
    ["a line that is whole but too long", [`data: ${"x".repeat(15)}\n\n`], "line_too_long"],
    [
      "an event of many short lines",
      ["data: 12345678\n", "data: 12345678\n", "data: 12345678\n"],
      "line_too_long",
    ],
    ["too many events", ["data\n\n".repeat(4)], "too_many_events"],
    ["a body that is too long", [": a\n".repeat(26)], "body_too_large"],
  ])("%s", (_fact, pieces, expected) => {
    const stream = new EventStream(small);
    for (const piece of pieces) stream.take(bytes(piece));
    expect(stream.overflow).toBe(expected);
    expect(stream.take(bytes("data: a\n\n"))).toEqual([]);
  });

  test("a stream inside its bounds breaks none", () => {
    const stream = new EventStream(small);
    expect(stream.take(bytes(`data: ${"x".repeat(14)}\n\n`.repeat(3)))).toHaveLength(3);
    expect(stream.overflow).toBeNull();
  });
});
