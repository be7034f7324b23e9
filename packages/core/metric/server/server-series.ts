import type { Reason } from "../../codes.ts";
import type { Sample, Series } from "../../record/telemetry/telemetry.ts";

/** The samples of each of the servers behind an endpoint, by time. */
export type ServerSeries = Sample[][];

/** A scrape must lie within this time before and after each moment at which a counter is asked for. */
export const NEAR_MS = 5000;

/** The samples of each server that lie in or around a span. */
export function serversIn(series: Series, fromUnixMs: number, toUnixMs: number): ServerSeries {
  const near = series.samples.filter(
    ({ unixMs }) => unixMs >= fromUnixMs - 2 * NEAR_MS && unixMs <= toUnixMs + 2 * NEAR_MS,
  );
  return [...Map.groupBy(near, ({ identity }) => identity).values()];
}

interface Point {
  atMs: number;
  value: number;
}

const pointsOf = (samples: Sample[], column: string): Point[] =>
  samples.flatMap(({ unixMs, values }) => {
    const value = values[column] ?? null;
    return value === null ? [] : [{ atMs: unixMs, value }];
  });

/**
 * How much a counter of all servers together grew between each two of some moments in ascending order. It lies on
 * the straight line between the scrapes around a moment. The answer is a reason where one of the servers does not
 * say.
 */
export function grownBetween(servers: ServerSeries, column: string, atMs: number[]): number[] | Reason {
  const growths = servers.map((samples) => grownOne(pointsOf(samples, column), atMs));
  const reason = growths.find((growth) => typeof growth === "string");
  if (reason !== undefined || growths.length === 0) return reason ?? "no_server_metrics";
  const known = growths.filter((growth) => typeof growth !== "string");
  return atMs.slice(1).map((_, place) => known.reduce((sum, growth) => sum + (growth[place] ?? 0), 0));
}

function grownOne(points: Point[], atMs: number[]): number[] | Reason {
  if (points.length === 0) return "not_exported";
  const edges = atMs.map((moment) => edgeOf(points, moment));
  const found = edges.filter((edge) => edge !== null);
  const [first, last] = [found[0], found.at(-1)];
  if (first === undefined || last === undefined || found.length < edges.length) return "telemetry_gap";
  if (hasFallen(points.slice(first.before, last.after + 1))) return "counter_reset";
  return found.slice(1).map((edge, place) => edge.value - (found[place]?.value ?? 0));
}

/** A counter falls only when its server starts anew. */
const hasFallen = (points: Point[]): boolean =>
  points.some((point, place) => point.value < (points[place - 1]?.value ?? -Infinity));

function edgeOf(points: Point[], atMs: number): { before: number; after: number; value: number } | null {
  const before = points.findLastIndex((point) => point.atMs <= atMs);
  const after = points.findIndex((point) => point.atMs >= atMs);
  const [a, b] = [points[before], points[after]];
  if (a === undefined || b === undefined || atMs - a.atMs > NEAR_MS || b.atMs - atMs > NEAR_MS) return null;
  const share = a.atMs === b.atMs ? 0 : (atMs - a.atMs) / (b.atMs - a.atMs);
  return { before, after, value: a.value + share * (b.value - a.value) };
}

/**
 * How much a counter of all servers together grew from the last scrapes before a span to the first after it, so
 * that all that happened in the span is in it.
 */
export function grownAround(
  servers: ServerSeries,
  column: string,
  [fromMs, toMs]: [from: number, to: number],
): number | Reason {
  let sum = 0;
  for (const samples of servers) {
    const points = pointsOf(samples, column);
    if (points.length === 0) return "not_exported";
    const before = points.findLastIndex((point) => point.atMs <= fromMs);
    const after = points.findIndex((point) => point.atMs >= toMs);
    const [a, b] = [points[before], points[after]];
    if (a === undefined || b === undefined || fromMs - a.atMs > NEAR_MS || b.atMs - toMs > NEAR_MS)
      return "telemetry_gap";
    if (hasFallen(points.slice(before, after + 1))) return "counter_reset";
    sum += b.value - a.value;
  }
  return servers.length === 0 ? "no_server_metrics" : sum;
}

/**
 * The means of a gauge in the cells between each two of some moments, over all servers together: `join` makes one
 * of the means of each. `n` is the number of samples, and `most` the largest value of one server.
 */
export function gaugeBetween(
  servers: ServerSeries,
  column: string,
  atMs: number[],
  join: (means: number[]) => number,
): { means: number[]; n: number; most: number } | Reason {
  const cells: number[][] = atMs.slice(1).map(() => []);
  let [n, most] = [0, -Infinity];
  for (const samples of servers) {
    const points = pointsOf(samples, column);
    if (points.length === 0) return "not_exported";
    for (const [place, cell] of cells.entries()) {
      const inCell = points.filter(
        (point) => point.atMs >= (atMs[place] ?? 0) && point.atMs < (atMs[place + 1] ?? 0),
      );
      if (inCell.length === 0) return "telemetry_gap";
      cell.push(inCell.reduce((sum, { value }) => sum + value, 0) / inCell.length);
      n += inCell.length;
      most = Math.max(most, ...inCell.map(({ value }) => value));
    }
  }
  return servers.length === 0 ? "no_server_metrics" : { means: cells.map(join), n, most };
}
