import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answeredRequest, failedRequest, requestRow } from "@brimline/testkit/synthetic";
import { memoryChunks } from "./chunks.ts";
import { encodeRecord } from "./codec.ts";
import type { RequestRecord } from "./record.ts";
import { joinedTable, type RecordTable, type RequestRow } from "./table.ts";
import { createTableReader, tableOfRecords } from "./table-reader.ts";

const bytesOf = (lines: string[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));

function tableOfLines(...pieces: string[][]): RecordTable {
  const reader = createTableReader();
  for (const lines of pieces) reader.take(bytesOf(lines));
  return reader.end();
}

/** One row object stands for all rows and its fields are getters, so they are read one by one. */
const plainOf = (row: RequestRow) => ({
  index: row.index,
  user: row.user,
  dueMs: row.dueMs,
  sentMs: row.sentMs,
  firstMs: row.firstMs,
  firstVisibleMs: row.firstVisibleMs,
  lastMs: row.lastMs,
  doneMs: row.doneMs,
  outcome: row.outcome,
  usageInvalid: row.usageInvalid,
  chunks: row.chunks,
  firstChunkTokens: row.firstChunkTokens,
  firstEarlierUs: row.firstEarlierUs,
  firstVisibleEarlierUs: row.firstVisibleEarlierUs,
  lastEarlierUs: row.lastEarlierUs,
  tokens: {
    input: row.tokens.input,
    output: row.tokens.output,
    reasoning: row.tokens.reasoning,
    cached: row.tokens.cached,
    source: row.tokens.source,
  },
});

/** Everything that a table says, as a plain list. */
function contentOf(table: RecordTable) {
  const content: {
    row: ReturnType<typeof plainOf>;
    gapsUs: number[];
    tokens: number[] | null;
    earlierUs: number[] | null;
  }[] = [];
  const rows = Array.from(table.rows(), plainOf);
  table.eachChunks((row, { count, gapsUs, tokens, earlierUs }) =>
    content.push({
      row: plainOf(row),
      gapsUs: Array.from(gapsUs.slice(0, count)),
      tokens: tokens === null ? null : Array.from(tokens.slice(0, count)),
      earlierUs: earlierUs === null ? null : Array.from(earlierUs.slice(0, count)),
    }),
  );
  expect(content.map(({ row }) => row)).toEqual(rows);
  return content;
}

const expectedOf = (record: RequestRecord) => ({
  row: plainOf(requestRow(record)),
  gapsUs: record.gapsUs,
  tokens: record.chunkTokens?.length === record.gapsUs.length ? record.chunkTokens : null,
  earlierUs:
    record.merged.length === 0
      ? null
      : record.gapsUs.map((_, i) => record.merged.find(({ chunk }) => chunk === i)?.earlierUs ?? 0),
});

const ms = fc.integer({ min: -1_000_000, max: 1_000_000_000 }).map((us) => us / 1000 + 0);
const maybeMs = fc.option(ms);
const count = fc.option(fc.nat());
const anyRecord: fc.Arbitrary<RequestRecord> = fc
  .record({
    index: fc.nat(),
    user: count,
    dueMs: ms,
    sentMs: fc.oneof(
      ms,
      fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0),
    ),
    connectMs: maybeMs,
    firstByteMs: maybeMs,
    firstMs: maybeMs,
    firstVisibleMs: maybeMs,
    lastMs: maybeMs,
    doneMs: maybeMs,
    gapsUs: fc.array(fc.oneof(fc.nat(), fc.constantFrom(0, 65_534, 65_535, 65_536, 2 ** 32, 2 ** 40 + 1))),
    chunkTokens: fc.option(fc.array(fc.nat(9))),
    status: count,
    outcome: fc.constantFrom(
      "ok" as const,
      "censored" as const,
      "http_5xx" as const,
      "stream_error" as const,
    ),
    finishReason: fc.option(fc.constantFrom("stop", "length", 'a,"gapsUs":[1,2')),
    tokens: fc.record({
      input: count,
      output: count,
      reasoning: count,
      cached: count,
      source: fc.constantFrom("usage" as const, "chunks" as const),
    }),
    usageInvalid: fc.boolean(),
    connectionReused: fc.boolean(),
    errorText: fc.option(fc.oneof(fc.string({ unit: "binary" }), fc.constant('","gapsUs":[1,2]}'))),
  })
  .chain((record) =>
    fc
      .record({ perChunk: fc.boolean(), merged: fc.subarray([...record.gapsUs.keys()]), earlierUs: fc.nat() })
      .map(({ perChunk, merged, earlierUs }) => ({
        ...record,
        merged: merged.map((chunk) => ({ chunk, earlierUs: earlierUs + chunk })),
        chunkTokens: perChunk ? record.gapsUs.map((_, i) => i % 3) : record.chunkTokens,
      })),
  );

/**
 * Records as a shard writes them. They differ only in their numbers, so that most are read by their frame.
 */
const alike = fc.record({
  sentMs: fc.oneof(
    fc.nat(1e9).map((us) => us / 1000),
    fc.double({ min: 0, max: 1e3, noNaN: true }).map((value) => value + 0),
  ),
  gapsUs: fc.array(fc.nat(99_999), { maxLength: 20 }),
  input: fc.nat(999),
  user: fc.nat(300),
});
const likeRecord = ({
  sentMs,
  gapsUs,
  input,
  user,
}: {
  sentMs: number;
  gapsUs: number[];
  input: number;
  user: number;
}): RequestRecord => {
  const sentUs = Math.round(1000 * sentMs);
  const lastUs = gapsUs.reduce((sum, gap) => sum + gap, sentUs);
  const firstMs = gapsUs.length === 0 ? null : (sentUs + (gapsUs[0] ?? 0)) / 1000;
  const times = {
    sentMs,
    firstMs,
    firstVisibleMs: firstMs,
    lastMs: gapsUs.length === 0 ? null : lastUs / 1000,
    doneMs: lastUs / 1000,
  };
  return {
    ...answeredRequest({ sentMs: 0, ttftMs: 1, gapMs: 1, outputTokens: 1, inputTokens: input, user }),
    ...times,
    gapsUs,
  };
};

describe("a table of records", () => {
  test("holds what was written, whatever its frames and pieces", () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyRecord, alike.map(likeRecord), alike.map(likeRecord)), { maxLength: 30 }),
        fc.nat(30),
        (records, cut) => {
          const lines = records.map(encodeRecord);
          const expected = records.map(expectedOf);
          expect(contentOf(tableOfLines(lines.slice(0, cut), lines.slice(cut)))).toEqual(expected);
          expect(contentOf(tableOfRecords(records))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    ));

  test("grows with its rows and their chunks", () => {
    const records = Array.from({ length: 3000 }, (_, index) => ({
      ...answeredRequest({ index, sentMs: index, ttftMs: 70, gapMs: 20, outputTokens: 1 + (index % 90) }),
      chunkTokens: index % 7 === 0 ? Array.from({ length: 1 + (index % 90) }, () => 2) : null,
    }));
    expect(contentOf(tableOfLines(records.map(encodeRecord)))).toEqual(records.map(expectedOf));
  });

  test("takes lines of a later program, with fields that it does not know and in another order", () => {
    const record = answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 3 });
    const grown = JSON.stringify({ ...JSON.parse(encodeRecord(record)), added: [1, 2, 3] });
    const turned = JSON.stringify(
      Object.fromEntries(Object.entries(JSON.parse(encodeRecord(record))).toReversed()),
    );
    expect(contentOf(tableOfLines([grown, turned, encodeRecord(record)]))).toEqual(
      [record, record, record].map(expectedOf),
    );
  });

  test.each([
    ["another version", '{"v":2,"gapsUs":[]}', "version 2"],
    ["half a line", '{"v":1,"ind', "JSON"],
    [
      "a gap that cannot be one",
      encodeRecord({
        ...answeredRequest({ sentMs: 0, ttftMs: 1, gapMs: 1, outputTokens: 2 }),
        gapsUs: [5, -1],
      }),
      "no gap",
    ],
  ])("refuses %s", (_, line, message) => expect(() => tableOfLines([line])).toThrow(message));

  test("keeps the failures that have a text", () => {
    const failed = { ...failedRequest(7, "http_5xx", 10), index: 4, status: 503, errorText: "overloaded" };
    const table = tableOfLines(
      [failed, failedRequest(9, "censored", 0), { ...failed, errorText: null }].map(encodeRecord),
    );
    expect(table.failures).toEqual([
      { index: 4, dueMs: 7, status: 503, kind: "http_5xx", text: "overloaded" },
    ]);
  });

  test("says how much earlier the first, the first visible and the last output may have come", () => {
    const record = answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 4 });
    const table = tableOfRecords([
      record,
      {
        ...record,
        firstVisibleMs: 125,
        merged: [
          { chunk: 1, earlierUs: 300 },
          { chunk: 3, earlierUs: 70 },
        ],
      },
      { ...record, merged: [{ chunk: 0, earlierUs: 40 }] },
    ]);
    expect(
      Array.from(table.rows(), (row) => [row.firstEarlierUs, row.firstVisibleEarlierUs, row.lastEarlierUs]),
    ).toEqual([
      [0, 0, 0],
      [0, 300, 70],
      [40, 40, 0],
    ]);
    expect(contentOf(table).map(({ earlierUs }) => earlierUs)).toEqual([
      null,
      [0, 300, 0, 70],
      [40, 0, 0, 0],
    ]);
  });

  test("of several shards has them all on one clock", () => {
    const record = answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 3 });
    const joined = joinedTable([
      { table: tableOfRecords([record]), shiftMs: 0 },
      { table: tableOfRecords([record, record]), shiftMs: 1000 },
    ]);
    expect(joined.length).toBe(3);
    expect(contentOf(joined).map(({ row }) => [row.sentMs, row.firstMs, row.lastMs])).toEqual([
      [5, 105, 145],
      [1005, 1105, 1145],
      [1005, 1105, 1145],
    ]);
    const arrivals: number[] = [];
    joined.eachChunks((_, { count: chunks, atMs }) => arrivals.push(...atMs.slice(0, chunks)));
    expect(arrivals).toEqual([105, 125, 145, 1105, 1125, 1145, 1105, 1125, 1145]);
  });

  test("knows when a request left: when it was done, or when its own shard's drain ended", () => {
    const done = answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 3 });
    const cut = tableOfRecords([done, failedRequest(900, "censored", 0)]);
    const joined = joinedTable([
      { table: cut, shiftMs: 0, drainEndMs: 1000 },
      { table: cut, shiftMs: 500, drainEndMs: 4000 },
    ]);
    const doneMs = done.doneMs ?? 0;
    expect(
      Iterator.from(joined.rows())
        .map(({ leftMs }) => leftMs)
        .toArray(),
    ).toEqual([doneMs, 1000, 500 + doneMs, 4500]);
    expect(
      Iterator.from(cut.rows())
        .map(({ leftMs }) => leftMs)
        .toArray(),
    ).toEqual([doneMs, Infinity]);
  });
});

test("missing chunks are an error and are not made up", () => {
  const reader = createTableReader({ ...memoryChunks(), write: () => {} });
  reader.add(answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens: 3 }));
  expect(() => reader.end().eachChunks(() => {})).toThrow("missing");
});
