import { encodeRecord } from "@brimline/core/record/codec";
import type { RequestRecord } from "@brimline/core/record/record";
import { promisify } from "node:util";
import { constants, gzip, gzipSync } from "node:zlib";

const deflate = promisify(gzip);

/** The number of records in a gzip member. A file that was cut keeps every member before the cut. */
const MEMBER_RECORDS = 1000;
/**
 * Gaps are digits that hardly repeat, so packing is mostly Huffman's code (`Z_FILTERED`). The next higher
 * level takes twice the time and saves 2 %.
 */
const PACKING = { level: 5, memLevel: 9, strategy: constants.Z_FILTERED };
/**
 * How many members may wait for the thread pool. When so many wait, the next one is packed at once, so that
 * memory stays bounded.
 */
const WAITING_MAX = 8;

/**
 * Collects the records of a shard as gzipped NDJSON. At most 1,000 records and eight members are held as
 * text, and everything before them is packed (about 260 bytes for a request of 100 chunks). Packing happens
 * in the thread pool, beside the load. `body` ends it and returns the bytes.
 */
export function createRecorder(): { add(record: RequestRecord): void; body(): Promise<Buffer> } {
  const members: Promise<Buffer>[] = [];
  let waiting = 0;
  let lines: string[] = [];
  const close = (): void => {
    if (lines.length === 0) return;
    const text = `${lines.join("\n")}\n`;
    lines = [];
    members.push(waiting < WAITING_MAX ? packAside(text) : Promise.resolve(gzipSync(text, PACKING)));
  };
  const packAside = async (text: string): Promise<Buffer> => {
    waiting++;
    try {
      return await deflate(text, PACKING);
    } finally {
      waiting--;
    }
  };
  return {
    add(record) {
      lines.push(encodeRecord(record));
      if (lines.length === MEMBER_RECORDS) close();
    },
    async body() {
      close();
      // An empty gzip member is still a file that every reader takes.
      return members.length === 0 ? deflate("") : Buffer.concat(await Promise.all(members));
    },
  };
}
