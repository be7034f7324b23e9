import type { Segment } from "@brimline/core/record/segment";
import { parseSegment, telemetryOf } from "@brimline/core/record/segment";
import { atOnce } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Service } from "../service.ts";

const inflate = promisify(gunzip);

/** The largest size of an unpacked segment. The API accepts no larger one. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** The longest time that one segment may span. An agent seals its segments far sooner. */
const SEGMENT_SPAN_MS = 2 * 3_600_000;
/** The largest error of a segment's place in time when only its own probes place it. */
const CLOCK_SLACK_MS = 60_000;
const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 500;
/** Each read may unpack to the largest size of a segment, and 4 agents with 4 reads each are read at once. */
const READ_AT_ONCE = 4;
const AGENTS_AT_ONCE = 4;

interface Span {
  fromUnixMs: number;
  toUnixMs: number;
}

/**
 * The keys of the agents' segments that overlap the span, in byte order. An agent uploads with a delay, so
 * this waits up to 30 s until each agent has a segment that reaches the end of the span. Samples that are
 * missing then show as a gap.
 */
export async function overlappingSegments(
  service: Pick<Service, "data">,
  agents: string[],
  span: Span,
  waitMs = WAIT_MS,
): Promise<string[]> {
  if (agents.length === 0 || !Number.isFinite(span.fromUnixMs + span.toUnixMs)) return [];
  const known = new Map<string, Span | null>();
  const waitUntilMs = performance.now() + waitMs;
  for (;;) {
    const found = await atOnce(AGENTS_AT_ONCE, agents, (agent) => segmentsOf(service, agent, span, known));
    const isComplete = found.every((segments) => segments.some(({ toUnixMs }) => toUnixMs >= span.toUnixMs));
    if (isComplete || performance.now() >= waitUntilMs)
      return found
        .flat()
        .map(({ key }) => key)
        .toSorted();
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * The spans of segments that were read before. A span is null when no sample of its segment can be placed in
 * time.
 */
type Known = Map<string, Span | null>;
type Placed = Span & { key: string };

/**
 * The segments of one agent that overlap the span. Segments from hours before or after are neither listed nor
 * read.
 */
async function segmentsOf(
  service: Pick<Service, "data">,
  agent: string,
  span: Span,
  known: Known,
): Promise<Placed[]> {
  const found: Placed[] = [];
  for (const boot of Map.groupBy(await keysAround(service, agent, span), bootOf).values())
    found.push(...(await overlapping(service, boot, span, known)));
  return found;
}

/** The keys of all hours in which a segment that overlaps the span may have begun. */
async function keysAround(service: Pick<Service, "data">, agent: string, span: Span): Promise<string[]> {
  const prefix = keys.telemetryPrefix(agent);
  const [first, last] = [hourOf(span.fromUnixMs - SEGMENT_SPAN_MS), hourOf(span.toUnixMs + CLOCK_SLACK_MS)];
  const found: string[] = [];
  for await (const key of listAll(service.data, prefix, `${prefix}${first}`)) {
    if (key.slice(prefix.length, prefix.length + last.length) > last) break;
    found.push(key);
  }
  return found;
}

/**
 * The segments from one start (`boot`) of an agent that overlap the span. They follow one another in time, so
 * the newest are read first, until one ended before the span.
 */
async function overlapping(
  service: Pick<Service, "data">,
  boot: string[],
  span: Span,
  known: Known,
): Promise<Placed[]> {
  const [fromUnixMs, toUnixMs] = [span.fromUnixMs - CLOCK_SLACK_MS, span.toUnixMs + CLOCK_SLACK_MS];
  const found: Placed[] = [];
  const newestFirst = boot.toSorted((a, b) => (fileOf(a) < fileOf(b) ? 1 : -1));
  for (let at = 0; at < newestFirst.length; at += READ_AT_ONCE) {
    const read = await Promise.all(
      newestFirst.slice(at, at + READ_AT_ONCE).map((key) => place(service, key, known)),
    );
    const placed = read.filter((each) => each !== null);
    found.push(...placed.filter((each) => each.toUnixMs >= fromUnixMs && each.fromUnixMs <= toUnixMs));
    if (placed.some((each) => each.toUnixMs < fromUnixMs)) break;
  }
  return found;
}

/** It is null when no sample of the segment can be placed in time. */
async function place(service: Pick<Service, "data">, key: string, known: Known): Promise<Placed | null> {
  if (!known.has(key)) known.set(key, await spanOfSegment(service, key));
  const span = known.get(key) ?? null;
  return span === null ? null : { key, ...span };
}

/** The last part of a segment's key, which begins with `<boot>-<sequence>`. */
const fileOf = (key: string): string => key.slice(key.lastIndexOf("/") + 1);
const bootOf = (key: string): string => fileOf(key).split("-")[0] ?? "";

/**
 * The times of the first and the last sample. It is null when no sample of the segment can be placed in time.
 */
async function spanOfSegment(service: Pick<Service, "data">, key: string): Promise<Span | null> {
  const object = await service.data.get(key);
  if (object === null) return null;
  const segment = await segmentOf(object.body).catch(() => null);
  // Nobody checked a segment that an agent PUT straight into a bucket. One that cannot be unpacked is a gap,
  // not the end of a report.
  if (segment === null) return null;
  const { samples } = telemetryOf([segment]);
  const [first, last] = [samples[0], samples.at(-1)];
  return first === undefined || last === undefined
    ? null
    : { fromUnixMs: first.unixMs, toUnixMs: last.unixMs };
}

export const segmentOf = async (body: Buffer): Promise<Segment> =>
  parseSegment((await inflate(body, { maxOutputLength: SEGMENT_BYTES })).toString("utf8"));

/** The hour as `yyyymmddhh` in UTC, as it stands in the keys of segments. */
const hourOf = (unixMs: number): string => new Date(unixMs).toISOString().replace(/\D/g, "").slice(0, 10);
