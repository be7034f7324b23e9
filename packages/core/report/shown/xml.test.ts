import { expect, test } from "vitest";
import { escapeText } from "./xml.ts";

test.each([
  ["markup", `<a b="c">&`, "&lt;a b=&quot;c&quot;&gt;&amp;"],
  ["what is no character", "a\ufffe\uffffb", "ab"],
  ["control characters but tabs and line breaks", "a\u0000\u001bb\t\n", "ab\t\n"],
  ["lone surrogates", "a\ud800b\udc00", "ab"],
  ["other scripts and planes", "é 模型 😀 \ufffd", "é 模型 😀 \ufffd"],
])("%s as text of XML", (_, text, escaped) => expect(escapeText(text)).toBe(escaped));
