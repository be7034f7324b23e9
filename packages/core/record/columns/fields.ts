import type { RequestRecord } from "../record.ts";

/**
 * How a record lies in columns. A column has the record's name for its field, `Us` in place of `Ms`, and a dot
 * before the field of an object. A `count` is a whole number below 2³¹, a `time` is in µs and may be negative, and
 * `counts` is a list of whole numbers below 2³².
 */
export type Field =
  | { kind: "count" | "time"; isOptional: boolean; of: (record: RequestRecord) => number | null }
  | { kind: "counts"; isOptional: boolean; of: (record: RequestRecord) => ArrayLike<number> | null }
  | { kind: "text"; isOptional: boolean; of: (record: RequestRecord) => string | null }
  | { kind: "flag"; isOptional: false; of: (record: RequestRecord) => boolean };

const count = (of: (record: RequestRecord) => number) => ({ kind: "count", isOptional: false, of }) as const;
const maybeCount = (of: (record: RequestRecord) => number | null) =>
  ({ kind: "count", isOptional: true, of }) as const;
const time = (ofMs: (record: RequestRecord) => number) =>
  ({
    kind: "time",
    isOptional: false,
    of: (record: RequestRecord) => Math.round(1000 * ofMs(record)),
  }) as const;
const maybeTime = (ofMs: (record: RequestRecord) => number | null) =>
  ({
    kind: "time",
    isOptional: true,
    of: (record: RequestRecord) => {
      const ms = ofMs(record);
      return ms === null ? null : Math.round(1000 * ms);
    },
  }) as const;
const text = (of: (record: RequestRecord) => string) => ({ kind: "text", isOptional: false, of }) as const;
const maybeText = (of: (record: RequestRecord) => string | null) =>
  ({ kind: "text", isOptional: true, of }) as const;
const flag = (of: (record: RequestRecord) => boolean) => ({ kind: "flag", isOptional: false, of }) as const;
const counts = (of: (record: RequestRecord) => ArrayLike<number>) =>
  ({ kind: "counts", isOptional: false, of }) as const;

/** Nearly no request has merged chunks, so none gets a list of its own. */
const NO_MERGED: number[] = [];

/** A number of each merged chunk, which is the `nth` of its read. */
function ofEachMerged(
  merged: RequestRecord["merged"],
  numberOf: (read: RequestRecord["merged"][number], nth: number) => number,
): number[] {
  if (merged.length === 0) return NO_MERGED;
  return merged.flatMap((read) => Array.from({ length: read.chunks }, (_, nth) => numberOf(read, nth)));
}

/** All columns, in the order in which they lie in a file. */
export const FIELDS = {
  index: count((record) => record.index),
  user: maybeCount((record) => record.user),
  dueUs: time((record) => record.dueMs),
  sentUs: time((record) => record.sentMs),
  connectUs: maybeTime((record) => record.connectMs),
  firstByteUs: maybeTime((record) => record.firstByteMs),
  firstUs: maybeTime((record) => record.firstMs),
  firstVisibleUs: maybeTime((record) => record.firstVisibleMs),
  lastUs: maybeTime((record) => record.lastMs),
  doneUs: maybeTime((record) => record.doneMs),
  closeLagUs: maybeTime((record) => record.closeLagMs),
  closeCut: flag((record) => record.closeCut),
  /** The number of output chunks, so that nobody unpacks the gaps to count them. */
  chunks: count((record) => record.gapsUs.length),
  gapsUs: counts((record) => record.gapsUs),
  "merged.chunk": counts(({ merged }) => ofEachMerged(merged, ({ chunk }, nth) => chunk + nth)),
  "merged.earlierUs": counts(({ merged }) => ofEachMerged(merged, ({ earlierUs }) => earlierUs)),
  chunkTokens: {
    kind: "counts",
    isOptional: true,
    of: (record: RequestRecord) => record.chunkTokens,
  } as const,
  status: maybeCount((record) => record.status),
  outcome: text((record) => record.outcome),
  finishReason: maybeText((record) => record.finishReason),
  "tokens.input": maybeCount(({ tokens }) => tokens.input),
  "tokens.output": maybeCount(({ tokens }) => tokens.output),
  "tokens.reasoning": maybeCount(({ tokens }) => tokens.reasoning),
  "tokens.cached": maybeCount(({ tokens }) => tokens.cached),
  "tokens.source": text(({ tokens }) => tokens.source),
  usageInvalid: flag((record) => record.usageInvalid),
  connectionReused: flag((record) => record.connectionReused),
  resent: flag((record) => record.resent),
  errorText: maybeText((record) => record.errorText),
};
export type FieldName = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as FieldName[];

/** The names of the columns of one kind. */
export type NameOf<Kind extends Field["kind"]> = {
  [Name in FieldName]: (typeof FIELDS)[Name]["kind"] extends Kind ? Name : never;
}[FieldName];

/** The bytes of a number in a column of numbers. */
export const WIDTHS = { count: 4, counts: 4, time: 8 } as const;
