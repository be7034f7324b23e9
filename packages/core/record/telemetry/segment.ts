import { parsedJson, LINE_MAX, type Reading, readerOf } from "./reading.ts";
import { columnRule, SegmentHeader } from "./sample.ts";

/** The largest size of an unpacked segment. The API accepts no larger one, and nothing reads one. */
export const SEGMENT_MAX_RAW_BYTES = 64 * 1024 * 1024;

/**
 * A segment that was read. Its header is null if it does not fit; then nothing of the segment can be used.
 */
export interface Segment {
  header: SegmentHeader | null;
  readings: Reading[];
  /** How many lines were refused for each reason. */
  rejected: Record<string, number>;
}

/** A segment of which nothing can be used, and why. */
export const unusable = (reason: string): Segment => ({
  header: null,
  readings: [],
  rejected: { [reason]: 1 },
});

/**
 * Reads the text of a segment (`brimline.sample/1`, unzipped). A line that does not fit is refused and
 * counted, and the others stand.
 */
export function parseSegment(text: string): Segment {
  const lines = text.split("\n");
  const header = headerOf(lines[0] ?? "");
  if (header === null) return unusable("bad_header");
  const read = readerOf(header);
  const rejected: Record<string, number> = {};
  const readings: Reading[] = [];
  for (const line of lines.slice(1)) {
    if (line === "") continue;
    const reading = read(line);
    if (typeof reading === "string") rejected[reading] = (rejected[reading] ?? 0) + 1;
    else readings.push(reading);
  }
  return { header, readings, rejected };
}

function headerOf(line: string): SegmentHeader | null {
  if (line.length > LINE_MAX) return null;
  const parsed = SegmentHeader.safeParse(parsedJson(line));
  if (!parsed.success) return null;
  const { source, columns } = parsed.data;
  // A column that is known by another unit would be read wrongly by a factor.
  const areUnitsRight = columns.every(({ name, unit }) => unit === (columnRule(source, name)?.unit ?? unit));
  return areUnitsRight ? parsed.data : null;
}
