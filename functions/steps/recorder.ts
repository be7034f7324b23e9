import { encodeRecord } from "@brimline/core/record/codec";
import type { RequestRecord } from "@brimline/core/record/record";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const deflate = promisify(gzip);

/** A gzip member for so many records: a file that was cut keeps every member before the cut. */
const MEMBER_RECORDS = 1000;

/** Collects the records of a shard as gzipped NDJSON. `body` ends it and gives the bytes. */
export function createRecorder(): { add(record: RequestRecord): void; body(): Promise<Buffer> } {
  const members: Promise<Buffer>[] = [];
  let lines: string[] = [];
  const close = (): void => {
    if (lines.length > 0) members.push(deflate(`${lines.join("\n")}\n`));
    lines = [];
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
