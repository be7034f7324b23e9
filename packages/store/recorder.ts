import { type Block, createBlockWriter } from "@brimline/core/record/columns/block";
import type { Column } from "@brimline/core/record/columns/column-writer";
import type { RequestRecord } from "@brimline/core/record/record";
import { PACKING } from "./packing.ts";
import type { PackedColumn } from "./parquet.ts";
import { type PackedBlock, packedBlock, recordFile } from "./record-file.ts";

/**
 * How many blocks may wait for the thread pool. When so many wait, the next one is packed at once, so that
 * memory stays bounded.
 */
const WAITING_MAX = 4;

/**
 * Collects the records of a shard as a file of columns (`record-file.ts`). At most five blocks are held as they
 * are (1.6 MB each), and everything before them is packed (about 190 bytes for a request of 100 chunks).
 * Packing happens in the thread pool, beside the load. `body` ends it and returns the bytes.
 */
export function createRecorder(packing = PACKING): {
  add(record: RequestRecord): void;
  body(): Promise<Buffer>;
} {
  const writer = createBlockWriter();
  const blocks: Promise<PackedBlock>[] = [];
  let waiting = 0;
  const close = (): void => {
    const block = writer.take();
    blocks.push(waiting < WAITING_MAX ? aside(block) : Promise.resolve(atOnce(block)));
  };
  const atOnce = ({ rows, columns }: Block): PackedBlock =>
    packedBlock(
      rows,
      columns.map((column) => packedColumn(column, packing.atOnce(column.bytes))),
    );
  const aside = async ({ rows, columns }: Block): Promise<PackedBlock> => {
    waiting++;
    try {
      const packed: PackedColumn[] = [];
      // One column after another: 26 tasks that begin at once would hold up the event loop for a millisecond.
      for (const column of columns) packed.push(packedColumn(column, await packing.aside(column.bytes)));
      return packedBlock(rows, packed);
    } finally {
      waiting--;
    }
  };
  return {
    add(record) {
      writer.add(record);
      if (writer.isFull()) close();
    },
    async body() {
      if (writer.rows() > 0) close();
      return recordFile(await Promise.all(blocks), packing.codec);
    },
  };
}

const packedColumn = ({ bytes, entries }: Column, packed: Uint8Array): PackedColumn => ({
  bytes: packed,
  unpackedBytes: bytes.length,
  entries,
});
