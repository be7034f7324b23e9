import fc from "fast-check";
import { expect, test } from "vitest";
import { ErrorKind } from "../codes.ts";
import { decodeRecord, encodeRecord } from "./codec.ts";
import type { RequestRecord } from "./record.ts";

const ms = fc.integer({ min: -1_000_000, max: 1_000_000_000 }).map((us) => us / 1000 + 0);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value);
const count = maybe(fc.nat());
const anyRecord: fc.Arbitrary<RequestRecord> = fc.record({
  index: fc.nat(),
  user: count,
  dueMs: ms,
  sentMs: ms,
  connectMs: maybe(ms),
  firstByteMs: maybe(ms),
  firstMs: maybe(ms),
  firstVisibleMs: maybe(ms),
  lastMs: maybe(ms),
  doneMs: maybe(ms),
  merged: fc.array(fc.record({ chunk: fc.nat(9), earlierUs: fc.nat() }), { maxLength: 3 }),
  gapsUs: fc.array(fc.nat()),
  chunkTokens: maybe(fc.array(fc.nat())),
  status: count,
  outcome: fc.constantFrom("ok", "censored", ...ErrorKind.options),
  finishReason: maybe(fc.string()),
  tokens: fc.record({
    input: count,
    output: count,
    reasoning: count,
    cached: count,
    source: fc.constantFrom("usage", "chunk_usage", "chunks"),
  }),
  usageInvalid: fc.boolean(),
  connectionReused: fc.boolean(),
  errorText: maybe(fc.string({ unit: "binary" })),
});

test("a record is one line and comes back unchanged", () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const line = encodeRecord(record);
      expect(line).not.toContain("\n");
      expect(decodeRecord(line)).toEqual(record);
    }),
  );
});

test("fields that a later version adds are ignored", () => {
  const [record] = fc.sample(anyRecord, { numRuns: 1, seed: 1 });
  if (record === undefined) throw new Error("no sample");
  const grown = JSON.stringify({ ...JSON.parse(encodeRecord(record)), added: { a: 1 } });
  expect(decodeRecord(grown)).toEqual(record);
});

test.each([
  ["a line of another version", '{"v":2}', "version 2"],
  ["a line without a version", "{}", "version undefined"],
  ["a line that lacks what every record has", '{"v":1}', "index"],
  ["half a line", '{"v":1,"ind', "JSON"],
])("%s is refused", (_fact, line, message) => expect(() => decodeRecord(line)).toThrow(message));
