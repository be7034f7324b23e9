import type { Segment } from "@brimline/core/record/segment";
import { parseSegment, telemetryOf } from "@brimline/core/record/segment";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Service } from "../service.ts";

const inflate = promisify(gunzip);

/** What an upload may be at most, unzipped; a larger one was never accepted. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** An agent seals its segments far sooner. */
const SEGMENT_SPAN_MS = 2 * 3_600_000;
/** One segment's own probes place it this well, at worst. */
const CLOCK_SLACK_MS = 60_000;
const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 500;

interface Span {
  fromUnixMs: number;
  toUnixMs: number;
}

/**
 * Keys of the agents' segments that overlap the span, in byte order. An agent uploads a little behind, so for each one this waits up
 * to 30 s for a segment that reaches the end of the span; what is missing then shows as a gap.
 */
export async function overlappingSegments(service: Pick<Service, "data">, agents: string[], span: Span, waitMs = WAIT_MS): Promise<string[]> {
  if (agents.length === 0 || !Number.isFinite(span.fromUnixMs + span.toUnixMs)) return [];
  const known = new Map<string, Span | null>();
  const waitUntilMs = performance.now() + waitMs;
  for (;;) {
    const found = await Promise.all(agents.map((agent) => segmentsOf(service, agent, span, known)));
    const isComplete = found.every((segments) => segments.some(({ toUnixMs }) => toUnixMs >= span.toUnixMs));
    if (isComplete || performance.now() >= waitUntilMs)
      return found
        .flat()
        .map(({ key }) => key)
        .toSorted();
    await sleep(LOOK_EVERY_MS);
  }
}

async function segmentsOf(service: Pick<Service, "data">, agent: string, span: Span, known: Map<string, Span | null>): Promise<(Span & { key: string })[]> {
  const prefix = keys.telemetryPrefix(agent);
  const [first, last] = [hourOf(span.fromUnixMs - SEGMENT_SPAN_MS), hourOf(span.toUnixMs + CLOCK_SLACK_MS)];
  const found: (Span & { key: string })[] = [];
  for await (const key of listAll(service.data, prefix)) {
    const hour = key.slice(prefix.length).split("/")[0] ?? "";
    if (hour < first || hour > last) continue;
    if (!known.has(key)) known.set(key, await spanOfSegment(service, key));
    const covered = known.get(key) ?? null;
    if (covered === null || covered.toUnixMs < span.fromUnixMs - CLOCK_SLACK_MS || covered.fromUnixMs > span.toUnixMs + CLOCK_SLACK_MS) continue;
    found.push({ key, ...covered });
  }
  return found;
}

/** First and last sample; null where nothing of the segment can be placed in time. */
async function spanOfSegment(service: Pick<Service, "data">, key: string): Promise<Span | null> {
  const object = await service.data.get(key);
  if (object === null) return null;
  const segment = await segmentOf(object.body).catch(() => null);
  // What an agent PUT straight into a bucket was judged by nobody: one that cannot be unpacked is a gap, not the end of a report.
  if (segment === null) return null;
  const { samples } = telemetryOf([segment]);
  const [first, last] = [samples[0], samples.at(-1)];
  return first === undefined || last === undefined ? null : { fromUnixMs: first.unixMs, toUnixMs: last.unixMs };
}

export const segmentOf = async (body: Buffer): Promise<Segment> => parseSegment((await inflate(body, { maxOutputLength: SEGMENT_BYTES })).toString("utf8"));

/** `yyyymmddhh` in UTC, as segments are filed. */
const hourOf = (unixMs: number): string => new Date(unixMs).toISOString().replace(/\D/g, "").slice(0, 10);
