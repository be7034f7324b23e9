import { clockFit } from "./clock.ts";
import { jsonOf, LINE_MAX, type RawSample, sampleOf } from "./reading.ts";
import { type ClockProbe, type Sample, type SampledGpu, SegmentHeader } from "./sample.ts";

/**
 * A segment that was read. Its header is null if it does not fit; then nothing of the segment can be used.
 */
export interface Segment {
  header: SegmentHeader | null;
  samples: RawSample[];
  /** How many lines were refused for each reason. */
  rejected: Record<string, number>;
}

/**
 * Reads the text of a segment (`brimline.sample/1`, unzipped). A line that does not fit is refused and
 * counted, and the others stand.
 */
export function parseSegment(text: string): Segment {
  const lines = text.split("\n");
  const rejected: Record<string, number> = {};
  const header = headerOf(lines[0] ?? "");
  if (header === null) return { header, samples: [], rejected: { bad_header: 1 } };
  const powerMeanMs = new Map(header.gpus.map((gpu) => [gpu.index, gpu.powerMeanMs ?? 0]));
  const samples: RawSample[] = [];
  for (const line of lines.slice(1)) {
    if (line === "") continue;
    const sample = sampleOf(line, header.columns, powerMeanMs);
    if (typeof sample === "string") rejected[sample] = (rejected[sample] ?? 0) + 1;
    else samples.push(sample);
  }
  return { header, samples, rejected };
}

function headerOf(line: string): SegmentHeader | null {
  if (line.length > LINE_MAX) return null;
  const parsed = SegmentHeader.safeParse(jsonOf(line));
  if (!parsed.success) return null;
  const { columns, gpus } = parsed.data;
  const ordered = columns[0] === "monotonicMs" && columns[1] === "gpu";
  const distinct =
    new Set(columns).size === columns.length && new Set(gpus.map((gpu) => gpu.index)).size === gpus.length;
  return ordered && distinct ? parsed.data : null;
}

/** The samples of many segments on one clock, with one number for each GPU. */
export interface Telemetry {
  /**
   * The GPUs, renumbered 0, 1 … over all hosts; `samples[].gpu` is this number. A GPU is known by its uuid,
   * so it keeps its number over restarts.
   */
  gpus: SampledGpu[];
  /** Ordered by time, then by GPU. Each reading is there once. */
  samples: Sample[];
  /**
   * The bound of the worst clock, ms. It is null if an agent's offset is not known at all, or if there is no
   * sample.
   */
  clockErrorMs: number | null;
  /** How many lines of all segments were refused for each reason. */
  rejected: Record<string, number>;
}

type Readable = Segment & { header: SegmentHeader };
const isReadable = (segment: Segment): segment is Readable => segment.header !== null;
const bootOf = ({ header }: Readable): string => `${header.agent}/${header.boot}`;

/**
 * Joins segments, in any order and with repeats, into one series. All probes of one boot of an agent together
 * give its clock. If none came through, the agent's own wall clock is used, and `clockErrorMs` is null. A
 * reading is known by (agent, boot, monotonic ms, GPU); one that was sent twice counts once.
 */
export function telemetryOf(segments: Segment[]): Telemetry {
  const readable = segments.filter(isReadable).toSorted((a, b) => (bootOf(a) < bootOf(b) ? -1 : 1));
  const numbers = numberGpus(readable.map((segment) => segment.header));
  const rejected = sumOf(segments.map((segment) => segment.rejected));
  const samples: Sample[] = [];
  const bounds: (number | null)[] = [];
  for (const boot of Map.groupBy(readable, bootOf).values()) {
    const clock = clockOf(boot.map((segment) => segment.header));
    const rows = distinctRows(boot);
    if (clock === null) {
      rejected["no_clock"] = (rejected["no_clock"] ?? 0) + rows.length;
      continue;
    }
    if (rows.length > 0) bounds.push(clock.boundMs);
    for (const { row, gpu } of rows) {
      const { monotonicMs, ...reading } = row;
      samples.push({ ...reading, unixMs: clock.toUnixMs(monotonicMs), gpu: numbers.of(gpu) });
    }
  }
  samples.sort((a, b) => a.unixMs - b.unixMs || a.gpu - b.gpu);
  const worst =
    bounds.includes(null) || bounds.length === 0 ? null : Math.max(...bounds.map((bound) => bound ?? 0));
  return { gpus: numbers.gpus, samples, clockErrorMs: worst, rejected };
}

function clockOf(
  headers: SegmentHeader[],
): { toUnixMs(monotonicMs: number): number; boundMs: number | null } | null {
  const probes = new Map<string, ClockProbe>(
    headers.flatMap((header) => header.probes.map((probe) => [probe.join(), probe] as const)),
  );
  const fit = clockFit([...probes.values()]);
  if (fit !== null) return fit;
  const startedUnixMs = headers.flatMap((header) => header.startedUnixMs ?? []).toSorted((a, b) => a - b)[0];
  return startedUnixMs === undefined
    ? null
    : { toUnixMs: (monotonicMs) => startedUnixMs + monotonicMs, boundMs: null };
}

const identityOf = (header: SegmentHeader, gpu: SampledGpu): string =>
  gpu.uuid || `${header.agent}/${gpu.index}`;

function numberGpus(headers: SegmentHeader[]): { gpus: SampledGpu[]; of(identity: string): number } {
  const known = new Map<string, { order: string; gpu: SampledGpu }>();
  for (const header of headers) {
    for (const gpu of header.gpus) {
      const identity = identityOf(header, gpu);
      if (!known.has(identity))
        known.set(identity, {
          order: [header.host, header.agent, String(gpu.index).padStart(3, "0"), identity].join("\u0000"),
          gpu,
        });
    }
  }
  const ordered = [...known].toSorted(([, a], [, b]) => (a.order < b.order ? -1 : 1));
  const numbers = new Map(ordered.map(([identity], number) => [identity, number]));
  return {
    gpus: ordered.map(([, { gpu }], index) => ({ ...gpu, index })),
    of: (identity) => numbers.get(identity) ?? -1,
  };
}

/**
 * The rows of one boot, each reading once. If two contradict one another, the choice does not depend on their
 * order.
 */
function distinctRows(boot: Readable[]): { row: RawSample; gpu: string }[] {
  const rows = new Map<string, { row: RawSample; gpu: string }>();
  for (const { header, samples } of boot) {
    const identities = new Map(header.gpus.map((gpu) => [gpu.index, identityOf(header, gpu)]));
    for (const row of samples) {
      const gpu = identities.get(row.gpu) ?? "";
      const key = `${row.monotonicMs}/${gpu}`;
      const before = rows.get(key);
      if (before === undefined || JSON.stringify(row) < JSON.stringify(before.row))
        rows.set(key, { row, gpu });
    }
  }
  return [...rows.values()];
}

function sumOf(counts: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each)))
    sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
