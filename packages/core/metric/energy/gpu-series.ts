import type { GpuSample } from "../../record/telemetry/gpu-sample.ts";

export interface TimeSpan {
  startUnixMs: number;
  endUnixMs: number;
}

/** A time in equal slices: one, unless more are asked for. */
export interface SlicedTime extends TimeSpan {
  slices?: number;
}

/** The counter must have been read within this time before and after each edge of the window. */
const EDGE_MS = 1000;
/**
 * Readings of power are joined by straight lines over at most this time, or over 2.5 sampling periods if
 * those are longer.
 */
const GAP_MS = 1000;
const GAP_PERIODS = 2.5;
const COVERAGE_LEAST_PERCENT = 95;

interface Point {
  atMs: number;
  value: number;
}

/** The samples of each GPU, by time. */
export const seriesOf = (samples: GpuSample[]): GpuSample[][] =>
  [...Map.groupBy(samples, (sample) => sample.gpu).values()].map((series) =>
    series.toSorted((a, b) => a.unixMs - b.unixMs),
  );

export const within = (series: GpuSample[], window: TimeSpan): GpuSample[] =>
  series.filter((sample) => sample.unixMs >= window.startUnixMs && sample.unixMs <= window.endUnixMs);

/** The energy in each slice by the GPU's own counter, J. It is null if the GPU has none. */
export function counterJ(
  series: GpuSample[],
  time: SlicedTime,
): number[] | "telemetry_gap" | "counter_reset" | null {
  const points = series.flatMap(({ unixMs, energyJ }) =>
    energyJ === null ? [] : [{ atMs: unixMs, value: energyJ }],
  );
  if (points.length === 0) return null;
  const start = edge(points, time.startUnixMs);
  const end = edge(points, time.endUnixMs);
  if (start === null || end === null) return "telemetry_gap";
  const used = points.slice(start.before, end.after + 1);
  if (pairsOf(used).some(([a, b]) => b.value < a.value)) return "counter_reset";
  return bySlice(time, (add) => {
    for (const [a, b] of pairsOf(used))
      add(a.atMs, b.atMs, (fromMs, toMs) => between(a, b, toMs) - between(a, b, fromMs));
  });
}

/** Sums up what stretches of time bring to each slice. What lies outside the time is left out. */
function bySlice(
  { startUnixMs, endUnixMs, slices = 1 }: SlicedTime,
  fill: (
    add: (fromMs: number, toMs: number, amountOf: (fromMs: number, toMs: number) => number) => void,
  ) => void,
): number[] {
  const sums = Array.from({ length: slices }, () => 0);
  const edge = (slice: number): number => startUnixMs + ((endUnixMs - startUnixMs) * slice) / slices;
  const sliceOf = (atMs: number): number =>
    Math.max(0, Math.floor(((atMs - startUnixMs) / (endUnixMs - startUnixMs)) * slices));
  fill((fromMs, toMs, amountOf) => {
    for (let slice = sliceOf(fromMs); slice < slices && edge(slice) < toMs; slice++) {
      const [from, to] = [Math.max(fromMs, edge(slice)), Math.min(toMs, edge(slice + 1))];
      if (to > from) sums[slice] = (sums[slice] ?? 0) + amountOf(from, to);
    }
  });
  return sums;
}

/**
 * The counter at one moment, on the straight line between the readings around it. It is null if they are too
 * far away.
 */
function edge(points: Point[], atMs: number): { before: number; after: number; value: number } | null {
  const before = points.findLastIndex((point) => point.atMs <= atMs);
  const after = points.findIndex((point) => point.atMs >= atMs);
  const [a, b] = [points[before], points[after]];
  if (a === undefined || b === undefined || atMs - a.atMs > EDGE_MS || b.atMs - atMs > EDGE_MS) return null;
  return { before, after, value: between(a, b, atMs) };
}

/**
 * The energy in each slice as the integral of power by trapezoids, cut at the edges, J. Before the first and after the last
 * reading power is held for the length of a gap. A reading that is the mean of the time before it belongs to
 * the middle of that time. It is null if power cannot be read.
 */
export function integralJ(series: GpuSample[], time: SlicedTime): number[] | "telemetry_gap" | null {
  const points = series.flatMap(({ unixMs, powerW, powerMeanMs }) =>
    powerW === null ? [] : [{ atMs: unixMs - (powerMeanMs ?? 0) / 2, value: powerW }],
  );
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return null;
  const periodMs = periodMsOf(within(series, time));
  if (periodMs === null || coveragePercentOf(series, time) < COVERAGE_LEAST_PERCENT) return "telemetry_gap";
  if (first.atMs > time.startUnixMs) points.unshift({ atMs: time.startUnixMs, value: first.value });
  if (last.atMs < time.endUnixMs) points.push({ atMs: time.endUnixMs, value: last.value });
  const used = pairsOf(points).filter(([a, b]) => b.atMs > time.startUnixMs && a.atMs < time.endUnixMs);
  const longestMs = Math.max(GAP_MS, GAP_PERIODS * periodMs);
  if (used.some(([a, b]) => b.atMs - a.atMs > longestMs)) return "telemetry_gap";
  return bySlice(time, (add) => {
    for (const [a, b] of used)
      add(
        a.atMs,
        b.atMs,
        (fromMs, toMs) => (((between(a, b, fromMs) + between(a, b, toMs)) / 2) * (toMs - fromMs)) / 1000,
      );
  });
}

/**
 * How much of the window its samples cover: the share of its time that lies within 2.5 sampling periods after
 * a sample × the share of samples that report power or energy.
 */
export function coveragePercentOf(series: GpuSample[], window: TimeSpan): number {
  const samples = within(series, window);
  const periodMs = periodMsOf(samples);
  if (periodMs === null || window.endUnixMs <= window.startUnixMs) return 0;
  const times = [window.startUnixMs, ...samples.map((sample) => sample.unixMs), window.endUnixMs];
  const coveredMs = pairsOf(times).reduce((sum, [a, b]) => sum + Math.min(b - a, GAP_PERIODS * periodMs), 0);
  const telling = samples.filter((sample) => sample.powerW !== null || sample.energyJ !== null).length;
  return (100 * (coveredMs / (window.endUnixMs - window.startUnixMs)) * telling) / samples.length;
}

/** The median time from one sample to the next. */
function periodMsOf(samples: GpuSample[]): number | null {
  const periods = pairsOf(samples).map(([a, b]) => b.unixMs - a.unixMs);
  return periods.toSorted((a, b) => a - b)[Math.floor(periods.length / 2)] ?? null;
}

const pairsOf = <T>(items: T[]): [T, T][] =>
  items.slice(1).flatMap((item, index) => {
    const before = items[index];
    return before === undefined ? [] : [[before, item] as [T, T]];
  });

const between = (a: Point, b: Point, atMs: number): number =>
  a.atMs === b.atMs ? b.value : a.value + ((b.value - a.value) * (atMs - a.atMs)) / (b.atMs - a.atMs);
