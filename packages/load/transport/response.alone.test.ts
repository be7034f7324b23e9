import { describe, expect, test } from "vitest";
import { ResponseParser } from "./response.ts";

// Alone: the last test measures the memory of this process, which others would fill too.

/**
 * What the parser tells of these pieces, in words. `to` bytes of the first piece are new, and what stands
 * behind them is older.
 */
function told(pieces: Buffer[], { headerBytes = 16_384, to = pieces[0]?.length ?? 0 } = {}): string[] {
  const words: string[] = [];
  const parser = new ResponseParser(
    {
      begun: () => words.push("begun"),
      head: (status, headers) => words.push(`head ${status} ${JSON.stringify(headers)}`),
      data: (bytes, from, to) => {
        const last = words.at(-1);
        const text = bytes.toString("latin1", from, to);
        if (last?.startsWith("data ") === true) words[words.length - 1] = last + text;
        else words.push(`data ${text}`);
      },
      end: (keepsAlive) => words.push(keepsAlive ? "end" : "last"),
    },
    headerBytes,
  );
  try {
    for (const [nth, piece] of pieces.entries()) parser.take(piece, nth === 0 ? to : piece.length);
    parser.close(new Error("cut"));
  } catch (error) {
    words.push(error instanceof Error && "code" in error ? String(error.code) : String(error));
  }
  return words;
}

const OK = "HTTP/1.1 200 OK\r\n";
const ANSWERS: [fact: string, bytes: string, words: string[]][] = [
  [
    "a length",
    `${OK}Content-Length: 3\r\n\r\nabc`,
    ["begun", 'head 200 {"content-length":"3"}', "data abc", "end", "Error: cut"],
  ],
  ["no length", `${OK}\r\nabc`, ["begun", "head 200 {}", "data abc", "last"]],
  [
    "chunks",
    `${OK}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0001;x="\\"y"\r\nc\r\n0\r\nx-t: 1\r\n\r\n`,
    ["begun", 'head 200 {"transfer-encoding":"chunked"}', "data abc", "end", "Error: cut"],
  ],
  [
    "many chunks",
    `${OK}transfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n00a\r\n0123456789\r\n0000001\r\nd\r\n0\r\n\r\n`,
    ["begun", 'head 200 {"transfer-encoding":"chunked"}', "data abc0123456789d", "end", "Error: cut"],
  ],
  ...["3\r\n", "\rx1\r\n", "\r\n\r\n", "\r\n1\rx", "\r\nx\r\n"].map((framing): (typeof ANSWERS)[number] => [
    `chunks, and ${JSON.stringify(framing)} between them`,
    `${OK}transfer-encoding: chunked\r\n\r\n2\r\nab${framing}c\r\n0\r\n\r\n`,
    ["begun", 'head 200 {"transfer-encoding":"chunked"}', "data ab", "protocol"],
  ]),
  [
    "a hint before it",
    `HTTP/1.1 103 Early\r\nlink: a\r\n\r\n${OK}content-length: 0\r\n\r\n`,
    ["begun", "begun", 'head 200 {"content-length":"0"}', "end", "Error: cut"],
  ],
  [
    "a header that comes twice",
    `${OK}a: 1\r\nA:2\r\ncontent-length: 0\r\n\r\n`,
    ["begun", 'head 200 {"a":["1","2"],"content-length":"0"}', "end", "Error: cut"],
  ],
  [
    "a header named as a prototype's",
    `${OK}__proto__: 1\r\ncontent-length: 0\r\n\r\n`,
    ["begun", 'head 200 {"__proto__":"1","content-length":"0"}', "end", "Error: cut"],
  ],
  [
    "a farewell",
    `${OK}connection: x, Close\r\ncontent-length: 1\r\n\r\na`,
    ["begun", 'head 200 {"connection":"x, Close","content-length":"1"}', "data a", "last", "Error: cut"],
  ],
  [
    "bytes after a farewell",
    `${OK}connection: close\r\ncontent-length: 0\r\n\r\nx`,
    ["begun", 'head 200 {"connection":"close","content-length":"0"}', "last", "protocol"],
  ],
  [
    "fewer bytes than announced",
    `${OK}content-length: 5\r\n\r\nabc`,
    ["begun", 'head 200 {"content-length":"5"}', "data abc", "Error: cut"],
  ],
  [
    "fewer bytes than announced, and a farewell",
    `${OK}connection: close\r\ncontent-length: 5\r\n\r\nabc`,
    ["begun", 'head 200 {"connection":"close","content-length":"5"}', "data abc", "protocol"],
  ],
  [
    "no content, though it announces some",
    `HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n`,
    ["begun", 'head 204 {"content-length":"2"}', "last", "Error: cut"],
  ],
  [
    "another answer behind it",
    `${OK}content-length: 1\r\n\r\na\r\n${OK}content-length: 0\r\n\r\n`,
    [
      "begun",
      'head 200 {"content-length":"1"}',
      "data a",
      "end",
      "begun",
      'head 200 {"content-length":"0"}',
      "end",
      "Error: cut",
    ],
  ],
];

describe("an answer with", () => {
  test.each(ANSWERS)("%s is read, whole, byte by byte, or in any two pieces", (_fact, bytes, words) => {
    const whole = Buffer.from(bytes, "latin1");
    expect(told([whole])).toEqual(words);
    expect(told([...whole].map((byte) => Buffer.of(byte)))).toEqual(words);
    for (let to = 1; to < whole.length; to++)
      expect(told([whole, whole.subarray(to)], { to })).toEqual(words);
  });
});

test("trailers are no headers", () => {
  const heads: object[] = [];
  const parser = new ResponseParser(
    { begun() {}, head: (_status, headers) => heads.push(headers), data() {}, end() {} },
    16_384,
  );
  const answer = Buffer.from(`${OK}transfer-encoding: chunked\r\n\r\n0\r\nretry-after: 7\r\n\r\n`);
  parser.take(answer, answer.length);
  expect(heads).toEqual([Object.assign(Object.create(null), { "transfer-encoding": "chunked" })]);
});

describe("memory is bounded, whatever comes without end:", () => {
  const filler = (text: string): Buffer[] =>
    Array.from({ length: 500 }, () => Buffer.from(text.repeat(Math.floor(65_536 / text.length))));

  test.each([
    ["a status line", "HTTP/1.1 200 ", "a", "Error: cut"],
    ["empty lines", "", "\r\n", "Error: cut"],
    ["white space before a value", `${OK}x-a:`, " ", "Error: cut"],
    ["extensions of a transfer chunk", `${OK}transfer-encoding: chunked\r\n\r\n1`, ";a=b", "Error: cut"],
    ["the name of a header", OK, "a", "headers_too_large"],
    ["a value", `${OK}x-a: `, "a", "headers_too_large"],
    ["headers", OK, "x: y\r\n", "headers_too_large"],
    ["trailers", `${OK}transfer-encoding: chunked\r\n\r\n0\r\n`, "x: y\r\n", "headers_too_large"],
  ])("%s", (_fact, begin, filling, last) => {
    const beforeMiB = process.memoryUsage().heapUsed / 2 ** 20;
    const words = told([Buffer.from(begin), ...filler(filling)]);
    expect(words.at(-1)).toBe(last);
    expect(process.memoryUsage().heapUsed / 2 ** 20 - beforeMiB).toBeLessThan(60);
  });
});
