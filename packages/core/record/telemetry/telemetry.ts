import { clockFit } from "./clock.ts";
import type { Reading } from "./reading.ts";
import type { ClockProbe, Identity, SegmentHeader, Source } from "./sample.ts";
import type { Segment } from "./segment.ts";

/** One reading of one identity, on the server's clock. */
export interface Sample {
  unixMs: number;
  /** The place of what was read in `Series.identities`. */
  identity: number;
  /** By the names of the columns. A column that its segment did not have is missing. */
  values: Record<string, number | null>;
}

/** All samples of one source. */
export interface Series {
  /**
   * What was sampled, renumbered 0, 1 … over all hosts. Each is known by its id, so it keeps its number over
   * restarts.
   */
  identities: Identity[];
  /** They are ordered by time, then by identity. Each reading is there once. */
  samples: Sample[];
  /**
   * The bound of the worst clock, ms. It is null if the offset of a writer is not known at all, or if there is
   * no sample.
   */
  clockErrorMs: number | null;
}

/** The samples of many segments on one clock. */
export interface Telemetry {
  series: Partial<Record<Source, Series>>;
  /** How many lines of all segments were refused for each reason. */
  rejected: Record<string, number>;
}

type Readable = Segment & { header: SegmentHeader };
const isReadable = (segment: Segment): segment is Readable => segment.header !== null;
const bootOf = ({ header }: Readable): string => `${header.writer}/${header.boot}`;

/**
 * Joins segments, in any order and with repeats, into one series for each source. All probes of one boot of a
 * writer together give its clock. If none came through, the writer's own wall clock is used, and
 * `clockErrorMs` is null. A reading is known by (source, writer, boot, monotonic ms, identity); one that was
 * sent twice counts once.
 */
export function telemetryOf(segments: Segment[]): Telemetry {
  const readable = segments.filter(isReadable).toSorted((a, b) => (bootOf(a) < bootOf(b) ? -1 : 1));
  const rejected = sumOf(segments.map((segment) => segment.rejected));
  const clocks = new Map(
    [...Map.groupBy(readable, bootOf)].map(([boot, own]) => [boot, clockOf(own.map(({ header }) => header))]),
  );
  const series: Telemetry["series"] = {};
  for (const [source, own] of Map.groupBy(readable, ({ header }) => header.source)) {
    const { unplaced, ...made } = seriesOf(own, clocks);
    series[source] = made;
    if (unplaced > 0) rejected["no_clock"] = (rejected["no_clock"] ?? 0) + unplaced;
  }
  return { series, rejected };
}

/** The series of one source. `unplaced` counts the readings that no clock can place. */
function seriesOf(segments: Readable[], clocks: Map<string, Clock | null>): Series & { unplaced: number } {
  const numbers = numberIdentities(segments.map(({ header }) => header));
  const samples: Sample[] = [];
  const bounds: (number | null)[] = [];
  let unplaced = 0;
  for (const [boot, own] of Map.groupBy(segments, bootOf)) {
    const clock = clocks.get(boot) ?? null;
    const rows = distinctRows(own);
    if (clock === null) {
      unplaced += rows.length;
      continue;
    }
    if (rows.length > 0) bounds.push(clock.boundMs);
    for (const { monotonicMs, known, values } of rows)
      samples.push({ unixMs: clock.toUnixMs(monotonicMs), identity: numbers.of(known), values });
  }
  samples.sort((a, b) => a.unixMs - b.unixMs || a.identity - b.identity);
  const clockErrorMs =
    bounds.includes(null) || bounds.length === 0 ? null : Math.max(...bounds.map((bound) => bound ?? 0));
  return { identities: numbers.identities, samples, clockErrorMs, unplaced };
}

interface Clock {
  toUnixMs(monotonicMs: number): number;
  boundMs: number | null;
}

function clockOf(headers: SegmentHeader[]): Clock | null {
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

/** What an identity is known by among all writers. */
const knownBy = ({ writer }: SegmentHeader, { id, index }: Identity): string => id || `${writer}/${index}`;

function numberIdentities(headers: SegmentHeader[]): { identities: Identity[]; of(known: string): number } {
  const found = new Map<string, { order: string; identity: Identity }>();
  for (const header of headers) {
    for (const identity of header.identities) {
      const known = knownBy(header, identity);
      if (!found.has(known))
        found.set(known, {
          order: [header.host, header.writer, String(identity.index).padStart(3, "0"), known].join("\u0000"),
          identity,
        });
    }
  }
  const ordered = [...found].toSorted(([, a], [, b]) => (a.order < b.order ? -1 : 1));
  const numbers = new Map(ordered.map(([known], number) => [known, number]));
  return {
    identities: ordered.map(([, { identity }], index) => ({ ...identity, index })),
    of: (known) => numbers.get(known) ?? -1,
  };
}

interface Row {
  monotonicMs: number;
  known: string;
  values: Sample["values"];
}

/**
 * The rows of one boot, each reading once. If two contradict one another, the choice does not depend on their
 * order.
 */
function distinctRows(boot: Readable[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { header, readings } of boot) {
    const names = header.columns.map(({ name }) => name);
    const identities = new Map(
      header.identities.map((identity) => [identity.index, knownBy(header, identity)]),
    );
    for (const { monotonicMs, identity, values } of readings) {
      const known = identities.get(identity) ?? "";
      const row = { monotonicMs, known, values: named(names, values) };
      const key = `${monotonicMs}/${known}`;
      const before = rows.get(key);
      if (before === undefined || JSON.stringify(row) < JSON.stringify(before)) rows.set(key, row);
    }
  }
  return [...rows.values()];
}

const named = (names: string[], values: Reading["values"]): Sample["values"] =>
  Object.fromEntries(names.map((name, place) => [name, values[place] ?? null]));

function sumOf(counts: Record<string, number>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const [reason, count] of counts.flatMap((each) => Object.entries(each)))
    sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
