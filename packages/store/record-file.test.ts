import { recordsOfBlock } from "@brimline/core/record/columns/block-records";
import type { RequestRecord } from "@brimline/core/record/record";
import { anyRecord } from "@brimline/testkit/any-record";
import { answeredRequest } from "@brimline/testkit/synthetic";
import fc from "fast-check";
import { parquetReadObjects } from "hyparquet";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { gzip } from "./packing.ts";
import { recordBlocks } from "./record-file.ts";
import { createRecorder } from "./recorder.ts";
import { recordsOf } from "./records.ts";

const BLOCK = 4000;
const request = (index: number): RequestRecord =>
  answeredRequest({ index, sentMs: 2 * index, ttftMs: 150 + (index % 97), gapMs: 20, outputTokens: 3 });
const requests = Array.from({ length: 2 * BLOCK + 500 }, (_, index) => request(index));

async function fileOf(records: RequestRecord[], packing?: ReturnType<typeof gzip>): Promise<Buffer> {
  const recorder = createRecorder(packing);
  for (const record of records) recorder.add(record);
  return recorder.body();
}
const whole = await fileOf(requests);
/** The bytes up to the end of each block. */
const ends = [...recordBlocks(whole)].reduce<number[]>((found) => {
  const at = found.at(-1) ?? 4;
  return [...found, at + 12 + whole.readUInt32LE(at + 4)];
}, []);

/** That reader drops a byte order mark at a text's start. */
const unmarked = (text: string | null): string | null => text?.replace(/^\ufeff/, "") ?? null;

/** What a reader of Parquet that knows nothing of us makes of a record. */
const rowOf = (record: RequestRecord) => {
  const us = (ms: number | null) => (ms === null ? null : BigInt(Math.round(1000 * ms)));
  const {
    outcome,
    status,
    user,
    index,
    chunkTokens,
    finishReason,
    usageInvalid,
    connectionReused,
    resent,
    closeCut,
    errorText,
  } = record;
  return {
    index,
    user,
    dueUs: us(record.dueMs),
    sentUs: us(record.sentMs),
    connectUs: us(record.connectMs),
    firstByteUs: us(record.firstByteMs),
    firstUs: us(record.firstMs),
    firstVisibleUs: us(record.firstVisibleMs),
    lastUs: us(record.lastMs),
    doneUs: us(record.doneMs),
    closeLagUs: us(record.closeLagMs),
    closeCut,
    chunks: record.gapsUs.length,
    gapsUs: record.gapsUs,
    merged: record.merged.flatMap(({ chunk, chunks, earlierUs }) =>
      Array.from({ length: chunks }, (_, nth) => ({ chunk: chunk + nth, earlierUs })),
    ),
    chunkTokens,
    status,
    outcome,
    finishReason: unmarked(finishReason),
    tokens: record.tokens,
    usageInvalid,
    connectionReused,
    resent,
    errorText: unmarked(errorText),
  };
};

async function parquetRows(file: Buffer): Promise<Record<string, unknown>[]> {
  const bytes = new Uint8Array(file).buffer;
  return parquetReadObjects({
    file: bytes,
    compressors: {
      ZSTD: (packed: Uint8Array) => new Uint8Array(zstdDecompressSync(packed)),
      GZIP: (packed: Uint8Array) => new Uint8Array(gunzipSync(packed)),
    },
  });
}

describe("a file of records", () => {
  test("has any records as they were", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 20 }), async (records) => {
        expect([...recordsOf(await fileOf(records))]).toEqual(records);
      }),
    ));

  test("is Parquet: another reader finds every field of every record", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), async (records) => {
        expect(await parquetRows(await fileOf(records))).toEqual(records.map(rowOf));
      }),
    ));

  test("has a row group for each block, and other readers find them all", async () => {
    expect([...recordBlocks(whole)].map(({ rows }) => rows)).toEqual([BLOCK, BLOCK, 500]);
    expect([...recordsOf(whole)]).toEqual(requests);
    expect(await parquetRows(whole)).toEqual(requests.map(rowOf));
  });

  test("that was packed with gzip, as an old Node does, says the same to us and to others", async () => {
    const some = requests.slice(0, BLOCK + 10);
    const old = await fileOf(some, gzip());
    expect([...recordsOf(old)]).toEqual(some);
    expect(await parquetRows(old)).toEqual(some.map(rowOf));
  });

  test("without a record is still a file", async () => {
    const empty = await fileOf([]);
    expect([...recordBlocks(empty)]).toEqual([]);
    expect(await parquetRows(empty)).toEqual([]);
  });
});

describe("a file that was cut", () => {
  test.each([
    ["in its third block", ends[1] ?? 0, (ends[1] ?? 0) + 500, 2 * BLOCK],
    ["behind its second block", ends[1] ?? 0, ends[1] ?? 0, 2 * BLOCK],
    ["in its second block's last byte", ends[0] ?? 0, (ends[1] ?? 0) - 1, BLOCK],
    ["in its footer", ends[2] ?? 0, (ends[2] ?? 0) + 100, requests.length],
    ["in its last byte", ends[2] ?? 0, whole.length - 1, requests.length],
    ["behind its first word", 4, 4, 0],
  ])("%s keeps every whole block before the cut", (_, damagedAt, length, kept) => {
    const read: RequestRecord[] = [];
    expect(() => {
      for (const block of recordBlocks(whole.subarray(0, length))) read.push(...recordsOfBlock(block));
    }).toThrow(/cut or damaged at byte \d+/);
    expect(damagedAt).toBeLessThanOrEqual(length);
    expect(read).toEqual(requests.slice(0, kept));
  });

  test("anywhere gives whole blocks and one clear error, never wrong records", () =>
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        let blocks = 0;
        expect(() => {
          for (const { rows } of recordBlocks(whole.subarray(0, length))) blocks += Math.sign(rows);
        }).toThrow(/cut or damaged|no file of records/);
        expect(blocks).toBe(ends.filter((end) => end <= length).length);
      }),
    ));
});

describe("a file that is damaged", () => {
  test("in any byte fails with one clear error", () =>
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const file = Buffer.from(whole);
        file[at] = (file[at] ?? 0) ^ change;
        expect(() => [...recordBlocks(file)]).toThrow(/cut or damaged|no file of records/);
      }),
    ));

  test.each([
    ["goes on behind its end", Buffer.concat([whole, Buffer.from("more")]), "damaged"],
    ["is something else", Buffer.from("{}"), "no file of records"],
    ["is empty", Buffer.alloc(0), "no file of records"],
  ])("because it %s fails", (_, file, message) => expect(() => [...recordBlocks(file)]).toThrow(message));
});
