import { recordsOfBlock } from "@brimline/core/record/columns/block-records";
import type { RequestRecord } from "@brimline/core/record/record";
import type { RecordTable } from "@brimline/core/record/columns/table";
import { tableOf } from "@brimline/core/record/columns/table-reader";
import { recordBlocks } from "./record-file.ts";
import type { Scratch } from "./scratch.ts";

/**
 * The table of a file of records, whose chunks go to `scratch`. It throws where the file is cut or damaged, or
 * holds anything else.
 */
export function recordTable(file: Buffer, scratch: Scratch): RecordTable {
  const blocks = [...recordBlocks(file)];
  return tableOf(
    blocks,
    blocks.map((block) => scratch.keep(block)),
  );
}

/** The records of a file. It throws where the file is cut or damaged; the records before that place are whole. */
export function* recordsOf(file: Buffer): Generator<RequestRecord> {
  for (const block of recordBlocks(file)) yield* recordsOfBlock(block);
}
