import {
  parseSegment,
  type Segment,
  SEGMENT_MAX_RAW_BYTES,
  unusable,
} from "@brimline/core/record/telemetry/segment";
import { readSegmentName, type SegmentName } from "@brimline/core/record/telemetry/segment-name";
import { atOnce } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Service } from "../service.ts";

const inflate = promisify(gunzip);

/** The longest time that one segment may span. An agent seals its segments far sooner. */
const SEGMENT_SPAN_MS = 2 * 3_600_000;
/** The largest error of the span in a segment's key, which rests on the probes of that segment alone. */
const CLOCK_SLACK_MS = 60_000;
const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 500;
const WRITERS_AT_ONCE = 4;

interface Span {
  fromUnixMs: number;
  toUnixMs: number;
}

/**
 * The keys of the writers' segments that overlap the span, in byte order. Keys tell the spans, so no segment
 * is read. An agent uploads with a delay, so this waits up to 30 s until each writer has a segment of each of
 * its sources that reaches the end of the span. Samples that are missing then show as a gap.
 */
export async function overlappingSegments(
  service: Pick<Service, "data">,
  writers: string[],
  span: Span,
  waitMs = WAIT_MS,
): Promise<string[]> {
  if (writers.length === 0 || !Number.isFinite(span.fromUnixMs + span.toUnixMs)) return [];
  const waitUntilMs = performance.now() + waitMs;
  for (;;) {
    const found = await atOnce(WRITERS_AT_ONCE, writers, (writer) => segmentsOf(service, writer, span));
    if (found.every((own) => reaches(own, span.toUnixMs)) || performance.now() >= waitUntilMs)
      return found
        .flat()
        .map(({ key }) => key)
        .toSorted();
    await sleep(LOOK_EVERY_MS);
  }
}

type Placed = SegmentName & { key: string };

function reaches(segments: Placed[], unixMs: number): boolean {
  const sources = [...Map.groupBy(segments, ({ source }) => source).values()];
  return sources.length > 0 && sources.every((own) => own.some(({ lastUnixMs }) => lastUnixMs >= unixMs));
}

/** The segments of one writer that overlap the span. Those that began long before or after it are not listed. */
async function segmentsOf(service: Pick<Service, "data">, writer: string, span: Span): Promise<Placed[]> {
  const [fromUnixMs, toUnixMs] = [span.fromUnixMs - CLOCK_SLACK_MS, span.toUnixMs + CLOCK_SLACK_MS];
  const prefix = keys.telemetryPrefix(writer);
  const found: Placed[] = [];
  const from = keys.segmentsFrom(writer, fromUnixMs - SEGMENT_SPAN_MS);
  for await (const key of listAll(service.data, prefix, from)) {
    const segment = readSegmentName(basename(key, ".ndjson.gz"));
    if (segment === null) continue;
    if (segment.firstUnixMs > toUnixMs) break;
    if (segment.lastUnixMs >= fromUnixMs) found.push({ ...segment, key });
  }
  return found;
}

/**
 * Unpacks and reads a segment. Nobody checked one that an agent PUT straight into a bucket: one that cannot
 * be unpacked is a gap, not the end of a report.
 */
export async function segmentOf(body: Buffer): Promise<Segment> {
  const text = await inflate(body, { maxOutputLength: SEGMENT_MAX_RAW_BYTES }).catch(() => null);
  return text === null ? unusable("bad_gzip") : parseSegment(text.toString("utf8"));
}
