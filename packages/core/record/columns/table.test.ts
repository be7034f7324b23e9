import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyRecord } from "@brimline/testkit/any-record";
import { answeredRequest, failedRequest, requestRow } from "@brimline/testkit/synthetic";
import { createBlockWriter } from "./block.ts";
import type { RequestRecord } from "../record.ts";
import { joinedTable, type RecordTable, type RequestRow } from "./table.ts";
import { tableOf, tableOfRecords, unpackedBlock } from "./table-reader.ts";

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
  closeLagMs: row.closeLagMs,
  closeCut: row.closeCut,
  outcome: row.outcome,
  usageInvalid: row.usageInvalid,
  resent: row.resent,
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
      : record.gapsUs.map(
          (_, i) =>
            record.merged.find(({ chunk, chunks }) => chunk <= i && i < chunk + chunks)?.earlierUs ?? 0,
        ),
});

describe("a table of records", () => {
  test("holds what was written", () =>
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 30 }), (records) => {
        expect(contentOf(tableOfRecords(records))).toEqual(records.map(expectedOf));
      }),
      { numRuns: 100 },
    ));

  test("of several blocks has the rows of all", () => {
    const records = Array.from({ length: 9000 }, (_, index) => ({
      ...answeredRequest({ index, sentMs: index, ttftMs: 70, gapMs: 20, outputTokens: 1 + (index % 90) }),
      chunkTokens: index % 7 === 0 ? Array.from({ length: 1 + (index % 90) }, () => 2) : null,
    }));
    expect(contentOf(tableOfRecords(records))).toEqual(records.map(expectedOf));
  });

  test("keeps the failures that have a text", () => {
    const failed = { ...failedRequest(7, "http_5xx", 10), index: 4, status: 503, errorText: "overloaded" };
    const table = tableOfRecords([failed, failedRequest(9, "censored", 0), { ...failed, errorText: null }]);
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
          { chunk: 1, chunks: 1, earlierUs: 300 },
          { chunk: 2, chunks: 2, earlierUs: 70 },
        ],
      },
      { ...record, merged: [{ chunk: 0, chunks: 1, earlierUs: 40 }] },
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
      [0, 300, 70, 70],
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
  const blockOf = (outputTokens: number) => {
    const writer = createBlockWriter();
    writer.add(answeredRequest({ sentMs: 5, ttftMs: 100, gapMs: 20, outputTokens }));
    return unpackedBlock(writer.take());
  };
  for (const kept of [[], [blockOf(2)]])
    expect(() => tableOf([blockOf(3)], kept).eachChunks(() => {})).toThrow("missing");
});
