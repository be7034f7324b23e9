import { anyRecord } from "@brimline/testkit/any-record";
import { answeredRequest } from "@brimline/testkit/synthetic";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBlockWriter } from "./block.ts";
import { recordsOfBlock } from "./block-records.ts";
import { RequestRecord } from "../record.ts";
import { unpackedBlock } from "./table-reader.ts";

const plain = answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 3 });

describe("records in columns", () => {
  test("come back as they were, as objects and as JSON, and a writer begins anew after each block", () => {
    const writer = createBlockWriter();
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 40 }), (records) => {
        for (const record of records) writer.add(record);
        const back = [...recordsOfBlock(unpackedBlock(writer.take()))];
        expect(back).toEqual(records);
        const printed = back.map((record) => RequestRecord.parse(JSON.parse(JSON.stringify(record))));
        expect(printed).toEqual(records);
      }),
      { numRuns: 100 },
    );
  });

  test("cost nothing for what is empty: a thousand empty lists, nulls or equal flags take a few bytes", () => {
    const writer = createBlockWriter();
    for (let i = 0; i < 1000; i++) writer.add(plain);
    const block = unpackedBlock(writer.take());
    for (const name of ["merged.chunk", "merged.earlierUs", "chunkTokens", "connectUs", "errorText"] as const)
      expect(block.column(name).length).toBeLessThan(20);
  });

  test("fill a block by their number or by that of their gaps", () => {
    const addedUntilFull = (gaps: number): number => {
      const writer = createBlockWriter();
      while (!writer.isFull()) writer.add({ ...plain, gapsUs: Array.from({ length: gaps }, () => 20) });
      return writer.rows();
    };
    expect(addedUntilFull(3)).toBe(4000);
    expect(addedUntilFull(1000)).toBe(400);
  });

  test.each([
    ["a gap that cannot be one", { gapsUs: [5, -1] }],
    ["a gap of 72 minutes", { gapsUs: [4_320_000_000] }],
    ["half a token", { chunkTokens: [0.5, 1, 1] }],
    ["a negative user", { user: -1 }],
    ["a time that is none", { sentMs: Number.NaN }],
  ])("refuse %s", (_, wrong) =>
    expect(() => createBlockWriter().add({ ...plain, ...wrong })).toThrow(RangeError),
  );
});
