import { z } from "zod";
import { Source } from "./sample.ts";

const YEAR_2020_MS = 1_577_836_800_000;
const YEAR_2100_MS = 4_102_444_800_000;
const UnixMs = z.int().min(YEAR_2020_MS).lt(YEAR_2100_MS);

/**
 * What a segment is, and all that its name says: two of one writer have the same name only if they are the
 * same. Its span is that of its samples by the server's clock, as well as the writer knew it when it sealed.
 */
export const SegmentName = z.object({
  source: Source,
  boot: z.string().regex(/^[a-z0-9]{1,32}$/, "must be 1 to 32 characters of a-z and 0-9"),
  sequence: z.int().min(0).max(99_999_999),
  firstUnixMs: UnixMs,
  lastUnixMs: UnixMs,
});
export type SegmentName = z.infer<typeof SegmentName>;

const FORM = /^(\d{13})-(\d{13})-([a-z]+)-([a-z0-9]+)-(\d{8})$/;

/** `<first>-<last>-<source>-<boot>-<sequence>`. Names sort by the time of the first sample. */
export const segmentName = ({ source, boot, sequence, firstUnixMs, lastUnixMs }: SegmentName): string =>
  [firstUnixMs, lastUnixMs, source, boot, String(sequence).padStart(8, "0")].join("-");

/** What a name says. It is null if the text is no name of a segment. */
export function readSegmentName(text: string): SegmentName | null {
  const [, first, last, source, boot, sequence] = FORM.exec(text) ?? [];
  const read = SegmentName.safeParse({
    source,
    boot,
    sequence: Number(sequence),
    firstUnixMs: Number(first),
    lastUnixMs: Number(last),
  });
  return read.success ? read.data : null;
}
