import type { ChunkStore } from "@brimline/core/record/chunks";
import type { RecordTable } from "@brimline/core/record/table";
import { createTableReader } from "@brimline/core/record/table-reader";
import { gzipMembers } from "./members.ts";

/**
 * The table of a file of records, whose chunks go to `chunks`. It throws where the file is damaged or holds
 * anything else.
 */
export function recordTable(file: Buffer, chunks: ChunkStore): RecordTable {
  const reader = createTableReader(chunks);
  for (const lines of gzipMembers(file)) reader.take(lines);
  return reader.end();
}
