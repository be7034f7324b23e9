import { expect, test } from "vitest";
import { createExposition, EXPOSITION_LIMITS } from "./exposition.ts";

const read = (text: string, piece = text.length) => {
  const reader = createExposition((name) => name.startsWith("a"));
  for (let at = 0; at < text.length; at += piece) if (!reader.take(text.slice(at, at + piece))) break;
  const end = reader.end();
  return typeof end === "string"
    ? end
    : end.map(({ name, labels, value }) => [name, Object.fromEntries(labels), value]);
};

test.each([
  ["a plain value", "a 1\n", [["a", {}, 1]]],
  ["no line break at the end", "a 1", [["a", {}, 1]]],
  ["a time after it", "a 1 1712345678901\n", [["a", {}, 1]]],
  ["labels, in any spacing", 'a { x = "1" , y="2", } 3\n', [["a", { x: "1", y: "2" }, 3]]],
  ["escaped labels", String.raw`a{x="q\"\\\n}"} 2`, [["a", { x: 'q"\\\n}' }, 2]]],
  [
    "an exemplar of OpenMetrics",
    'a_bucket{le="1"} 3 # {id="7"} 0.5 1.5\n# EOF\n',
    [["a_bucket", { le: "1" }, 3]],
  ],
  [
    "numbers of every kind",
    "a 1e3\nab -.5\nac +Inf\nad -inf\n",
    [
      ["a", {}, 1000],
      ["ab", {}, -0.5],
      ["ac", {}, Infinity],
      ["ad", {}, -Infinity],
    ],
  ],
  ["NaN", "a NaN\n", [["a", {}, Number.NaN]]],
  [
    "Windows' line ends",
    "a 1\r\nab 2\r\n",
    [
      ["a", {}, 1],
      ["ab", {}, 2],
    ],
  ],
  [
    "the first of two with the same labels",
    'a{x="1",y="2"} 3\na{y="2",x="1"} 4\n',
    [["a", { x: "1", y: "2" }, 3]],
  ],
  ["no name that is not wanted", "b 1\nba 2\n", []],
  ["no values, but types", "# TYPE a gauge\n", []],
  ["no line that is none", 'a\na{x=1} 2\na{x="1" 3\na 0x10\na 1_0\na ten\na{x="1"}\nab 4\n', [["ab", {}, 4]]],
  ["nothing of what is no metrics", "<!doctype html>\n<p>a 1 b\n", "not_metrics"],
  ["nothing of JSON", '[{"a": 1}]', "not_metrics"],
  ["nothing of an empty body", "", "not_metrics"],
])("it reads %s", (_, text, expected) => {
  expect(read(text)).toEqual(expected);
  expect(read(text, 1)).toEqual(expected);
});

test("a body that never ends is given up, whatever it is made of", () => {
  const endless = (piece: string, limits = EXPOSITION_LIMITS) => {
    const reader = createExposition((name) => name === "a", limits);
    let pieces = 0;
    while (pieces < 1000 && reader.take(piece)) pieces++;
    return [pieces, reader.end()];
  };
  expect(endless("x".repeat(65_536))).toEqual([64, "body_too_large"]);
  expect(endless(`b{x="1"} 1\n`.repeat(6000))).toEqual([63, "body_too_large"]);
  expect(endless("\0".repeat(65_536))).toEqual([64, "body_too_large"]);
});

test("a million series keep no more than those that are wanted, and too many of those are given up", () => {
  const reader = createExposition((name) => name === "a");
  const piece = "b 1\n".repeat(1000);
  for (let i = 0; i < 1000; i++) expect(reader.take(piece)).toBe(true);
  reader.take("a 7\n");
  expect(reader.end()).toMatchObject([{ name: "a", value: 7 }]);
  const many = createExposition(() => true);
  let taken = true;
  for (let i = 0; taken && i < 100_000; i++) taken = many.take(`a{x="${i}"} 1\n`);
  expect(many.end()).toBe("too_many_values");
});

test("a line that is too long is left out, and those around it are read", () => {
  const long = `ab{x="${"y".repeat(20_000)}"} 5\n`;
  expect(read(`a 1\n${long}ac 2\n`)).toEqual([
    ["a", {}, 1],
    ["ac", {}, 2],
  ]);
  expect(read(`a 1\n${long}ac 2\n`, 1000)).toEqual([
    ["a", {}, 1],
    ["ac", {}, 2],
  ]);
});

test("labels named like parts of every object are labels alone", () => {
  expect(read('a{__proto__="1",constructor="2"} 3\n')).toEqual([
    [
      "a",
      Object.fromEntries([
        ["__proto__", "1"],
        ["constructor", "2"],
      ]),
      3,
    ],
  ]);
  expect(Object.prototype).not.toHaveProperty("1");
});
