import fc from "fast-check";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { redact } from "./redact.ts";
import { Secret } from "./secret.ts";

const KEY = 'Zq7-x_R/2+k=9"w<T';
const hexOf = (text: string): string => Buffer.from(text).toString("hex");
const percentAll = (text: string): string =>
  text
    .split("")
    .map((letter) => `%${hexOf(letter).toUpperCase()}`)
    .join("");
const base64At = (text: string, offset: number): string =>
  Buffer.from(`${"ab".slice(0, offset)}${text}c`).toString("base64");

/** How a key may come back from elsewhere. Each form must be gone from any text. */
const ENCODINGS: [string, (key: string) => string][] = [
  ["as it is", (key) => key],
  ["in other letter case", (key) => key.toUpperCase()],
  ["percent-encoded", (key) => encodeURIComponent(key)],
  ["percent-encoded in lower case", (key) => percentAll(key).toLowerCase()],
  ["percent-encoded twice", (key) => encodeURIComponent(encodeURIComponent(key))],
  ["base64", (key) => Buffer.from(key).toString("base64")],
  ["base64 one byte into the stream", (key) => base64At(key, 1)],
  ["base64 two bytes into the stream", (key) => base64At(key, 2)],
  ["base64url", (key) => Buffer.from(key).toString("base64url")],
  ["base64 in a URL", (key) => encodeURIComponent(Buffer.from(key).toString("base64"))],
  ["hexadecimal", hexOf],
  ["hexadecimal in upper case", (key) => hexOf(key).toUpperCase()],
  ["a JSON string", (key) => JSON.stringify(key).slice(1, -1)],
  ["JSON with every slash escaped", (key) => JSON.stringify(key).slice(1, -1).replaceAll("/", "\\/")],
  ["JSON in JSON", (key) => JSON.stringify(JSON.stringify(key).slice(1, -1)).slice(1, -1)],
  [
    "JSON with \\u escapes",
    (key) =>
      key
        .split("")
        .map((letter) => `\\u00${hexOf(letter)}`)
        .join(""),
  ],
  [
    "JavaScript with \\x escapes",
    (key) =>
      key
        .split("")
        .map((letter) => `\\x${hexOf(letter)}`)
        .join(""),
  ],
  [
    "HTML with named entities",
    (key) => key.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
  ],
  [
    "HTML with decimal entities",
    (key) =>
      key
        .split("")
        .map((letter) => `&#${letter.charCodeAt(0)};`)
        .join(""),
  ],
  [
    "HTML with hexadecimal entities",
    (key) =>
      key
        .split("")
        .map((letter) => `&#x${hexOf(letter)};`)
        .join(""),
  ],
];

describe("a secret is taken out", () => {
  test.each(ENCODINGS)("%s", (_name, encode) => {
    const form = encode(KEY);
    expect(redact(`denied: ${form} is not a key`, [new Secret(KEY)])).toBe("denied: [secret] is not a key");
    expect(redact(`{"a":"${form}","b":"${form}"}`, [new Secret(KEY)])).toBe(
      '{"a":"[secret]","b":"[secret]"}',
    );
  });

  test("whatever the key and wherever it stands", () => {
    const letters = fc.constantFrom(
      ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+=&<%\\"'.split(""),
    );
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(
        fc.string({ unit: letters, minLength: 6, maxLength: 80 }),
        around,
        around,
        (key, before, after) => {
          for (const [, encode] of ENCODINGS) {
            const form = encode(key);
            for (const text of [
              `${before} ${form} ${after}`,
              `{"k":"${form}"}`,
              `https://h/x?q=${form}&z=1`,
              `${form}${form}`,
            ]) {
              expect(redact(text, [new Secret(key)])).not.toContain(form);
            }
          }
          expect(redact(inspect({ key }), [new Secret(key)])).not.toContain(key);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("where there are several, each of them is", () => {
    expect(
      redact("one-key and other-key and one-key", [new Secret("one-key"), new Secret("other-key")]),
    ).toBe("[secret] and [secret] and [secret]");
  });

  test("where one is part of another, the longer one wholly is", () => {
    expect(redact("key-long-tail", [new Secret("key"), new Secret("key-long-tail")])).toBe("[secret]");
  });

  test("from a Basic credential, with the user name beside it", () => {
    expect(redact(`Basic ${Buffer.from(`user:${KEY}`).toString("base64")}`, [new Secret(KEY)])).toBe(
      "Basic [secret]",
    );
  });

  test("if the text was cut in the middle of it", () => {
    expect(redact(`no such key: ${KEY.slice(0, 9)}`, [new Secret(KEY)])).toBe("no such key: [secret]");
    expect(redact(`no such key: ${hexOf(KEY).slice(0, 9)}`, [new Secret(KEY)])).toBe("no such key: [secret]");
  });

  test("even if it is one letter long, at the text's expense", () => {
    expect(redact("a cat", [new Secret("a")])).toBe("[secret] c[secret]t");
  });

  test("from a text of 64 KiB of escapes within a second of CPU", () => {
    const text = `${"%41\\u0042&#67;".repeat(4700)}${percentAll(KEY)}`;
    const before = process.threadCpuUsage();
    expect(redact(text, [new Secret(KEY)])).not.toContain(percentAll(KEY));
    expect(process.threadCpuUsage(before).user / 1e6).toBeLessThan(1);
  });

  test("if it has 4,096 characters", () => {
    const long = "k9-".repeat(1365);
    expect(redact(`<${encodeURIComponent(long)}>`, [new Secret(long)])).toBe("<[secret]>");
  });
});

describe("what looks like a credential is taken out though nobody named it", () => {
  test.each([
    ["Incorrect API key provided: sk-proj-abcdefghijklmnop1234.", "Incorrect API key provided: [secret]."],
    ["Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [secret]"],
    ["use hf_abcdefghijklmnopqrstuvwx", "use [secret]"],
    ["AKIAABCDEFGHIJKLMNOP", "[secret]"],
    ["go to https://me:hunter22@h/x?code=abcdef", "go to https://[secret]@h/x?code=[secret]"],
    ["https://h/x?api_key=abcdef&y=1", "https://h/x?api_key=[secret]&y=1"],
    [
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=deadbeef",
      "https://b.s3.amazonaws.com/k?X-Amz-Signature=[secret]",
    ],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc", "[secret]"],
    ['{"api_key": "hunter22"}', '{"api_key": "[secret]"}'],
    ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "[secret]"],
  ])("%s", (text, expected) => expect(redact(text, [])).toBe(expected));
});

test.each([
  "TTFT p99 412.5 ms at 100 users, 14424 tok/s",
  'The model `llama-3.1-8b` does not exist. {"type":"NotFoundError","param":null,"code":404}',
  "max_tokens is too large: 4096. This model supports at most 2048 completion tokens.",
  "risk-assessment and task-oriented dialogue",
  "",
])("an ordinary message stays as it is: %s", (text) => expect(redact(text, [new Secret(KEY)])).toBe(text));
