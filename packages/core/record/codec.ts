import { RequestRecord, RECORD_SCHEMA } from "./record.ts";

/**
 * One record as one line of NDJSON: `{"v":1, …}` with the names of `RequestRecord`, without the fields that are null. Readers
 * ignore fields they do not know and take a missing one as null, so that the format can grow.
 */

const VERSION = 1;

/** What a line leaves out. */
const ABSENT = {
  user: null,
  connectMs: null,
  firstByteMs: null,
  firstMs: null,
  firstVisibleMs: null,
  lastMs: null,
  doneMs: null,
  chunkTokens: null,
  status: null,
  finishReason: null,
  usageInvalid: false,
  connectionReused: false,
  errorText: null,
};

export function encodeRecord(record: RequestRecord): string {
  const present = Object.entries(record).filter(([, value]) => value !== null && value !== false);
  return JSON.stringify({ v: VERSION, ...Object.fromEntries(present) });
}

/** Throws where the line is no record of this version. */
export function decodeRecord(line: string): RequestRecord {
  const { v, ...fields }: { v?: unknown } = JSON.parse(line);
  if (v !== VERSION) throw new Error(`a record of version ${String(v)}, but this program reads ${RECORD_SCHEMA}`);
  return RequestRecord.parse({ ...ABSENT, ...fields });
}
