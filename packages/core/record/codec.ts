import { RequestRecord, RECORD_SCHEMA } from "./record.ts";

/**
 * One record is one line of NDJSON: `{"v":1, …}` with the names of `RequestRecord`, and `gapsUs` last. A line
 * leaves out what is null, false or empty (the gaps excepted) and what follows from the rest: `firstMs` and `lastMs` where they are
 * `sentMs` plus the gaps, `firstVisibleMs` where it is `firstMs`. (A null beside gaps is written.) Readers
 * ignore fields that they do not know, so that the format can grow.
 */

const VERSION = 1;

/** What a line leaves out, apart from the times that follow from its gaps. */
const ABSENT = {
  user: null,
  connectMs: null,
  firstByteMs: null,
  doneMs: null,
  merged: [],
  chunkTokens: null,
  status: null,
  finishReason: null,
  usageInvalid: false,
  connectionReused: false,
  errorText: null,
};
const ABSENT_TOKENS = { input: null, output: null, reasoning: null, cached: null };

/**
 * The times of the first and the last output, ms, as they follow from the gaps: whole µs from `sentMs`, the
 * way an answer counts them. They are null without output.
 */
export function timesByGaps(
  sentMs: number,
  gapsUs: ArrayLike<number>,
  count = gapsUs.length,
): { firstMs: number | null; lastMs: number | null } {
  if (count === 0) return { firstMs: null, lastMs: null };
  const sentUs = Math.round(sentMs * 1000);
  let lastUs = sentUs;
  for (let i = 0; i < count; i++) lastUs += gapsUs[i] ?? 0;
  return { firstMs: (sentUs + (gapsUs[0] ?? 0)) / 1000, lastMs: lastUs / 1000 };
}

/** JSON leaves out what is undefined. */
const present = <T>(value: T | null): T | undefined => value ?? undefined;
const unless = <T>(value: T, follows: T): T | undefined => (value === follows ? undefined : value);

export function encodeRecord(record: RequestRecord): string {
  const { tokens } = record;
  const follows = timesByGaps(record.sentMs, record.gapsUs);
  return JSON.stringify({
    v: VERSION,
    index: record.index,
    user: present(record.user),
    dueMs: record.dueMs,
    sentMs: record.sentMs,
    connectMs: present(record.connectMs),
    firstByteMs: present(record.firstByteMs),
    firstMs: unless(record.firstMs, follows.firstMs),
    firstVisibleMs: unless(record.firstVisibleMs, record.firstMs),
    lastMs: unless(record.lastMs, follows.lastMs),
    doneMs: present(record.doneMs),
    status: present(record.status),
    outcome: record.outcome,
    finishReason: present(record.finishReason),
    tokens: {
      input: present(tokens.input),
      output: present(tokens.output),
      reasoning: present(tokens.reasoning),
      cached: present(tokens.cached),
      source: tokens.source,
    },
    usageInvalid: unless(record.usageInvalid, false),
    connectionReused: unless(record.connectionReused, false),
    errorText: present(record.errorText),
    merged: record.merged.length === 0 ? undefined : record.merged,
    chunkTokens: present(record.chunkTokens),
    gapsUs: record.gapsUs,
  });
}

/** It throws if the line is not a record of this version. */
export function decodeRecord(line: string): RequestRecord {
  const { v, ...fields }: RecordLine = JSON.parse(line);
  judgeVersion(v);
  const follows = timesByGaps(fields.sentMs, fields.gapsUs ?? []);
  const firstMs = fields.firstMs === undefined ? follows.firstMs : fields.firstMs;
  const times = { firstMs, firstVisibleMs: firstMs, lastMs: follows.lastMs };
  return RequestRecord.parse({
    ...ABSENT,
    ...times,
    ...fields,
    tokens: { ...ABSENT_TOKENS, ...fields.tokens },
  });
}

/** The fields that a line of this version holds. Those that it leaves out are undefined. */
export type RecordLine = Partial<RequestRecord> &
  Pick<RequestRecord, "index" | "dueMs" | "sentMs" | "outcome" | "tokens"> & { v: number };

export function judgeVersion(v: number): void {
  if (v !== VERSION)
    throw new Error(`the record has version ${String(v)}, but this program reads ${RECORD_SCHEMA}`);
}
