import { type RequestColumn, type RequestColumns, valuesOf } from "../metric/by-request.ts";
import { type Influence, ofMean, ofPercentile, ofRatio, type SlicedValues } from "../metric/influence.ts";
import type { Share } from "../metric/statistics/mean.ts";

/** The requests that twins have in common are cut into so many parts, in their order. */
const PARTS = 60;

/** The influences of one figure in each of two twins, over the requests that both were asked in their windows. */
export interface Paired {
  before: Influence;
  after: Influence;
}

/**
 * A figure of the requests that both twins were asked. A closed loop whose speed changes comes to the same request at
 * another time, so slices of time hold other requests, and these do not. It is null where so few are in common that
 * parts of them show nothing, and for a figure that requests do not have.
 */
export function byRequest(a: RequestColumns, b: RequestColumns, figure: string): Paired | null {
  const places = inCommon(a, b);
  if (places.length < 2 * PARTS) return null;
  const rate = RATES[figure];
  if (rate !== undefined) return bothOf(rateOf(a, places, 0, rate), rateOf(b, places, 1, rate));
  const [name, statistic] = figure.split(".");
  const p = PERCENTILES[statistic ?? ""];
  if (!isLatency(name) || (p === undefined && statistic !== "mean")) return null;
  const [before, after] = latenciesOf(a, b, places, name);
  if (before.values.length < 2 * PARTS) return null;
  if (p === MEDIAN) return bothOf(NO_CHANGE, ofPercentile(ratiosOf(before, after), MEDIAN));
  const of = (values: SlicedValues): Influence | null =>
    p === undefined ? ofMean(values) : ofPercentile(values, p);
  return bothOf(of(before), of(after));
}

const PERCENTILES: Record<string, number> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

const MEDIAN = 0.5;
const NO_CHANGE: Influence = { log: 0, bySlice: Array.from({ length: PARTS }, () => 0) };

/**
 * How many times as long each request took as its twin. Half of them changed by more than the median of these. What
 * chance did to a few requests, such as another batch or another step, moves it little, and the difference of two
 * medians much. A request that was cut in both, or took no time in both, says nothing of a change.
 */
function ratiosOf(before: SlicedValues, after: SlicedValues): SlicedValues {
  const ratios = after.values.map((value, i) => value / (before.values[i] ?? Number.NaN));
  const isKnown = (_: number, i: number): boolean => !Number.isNaN(ratios[i]);
  const values = ratios.filter(isKnown);
  return { ...after, values, slices: after.slices.filter(isKnown), sorted: values.toSorted() };
}

const isLatency = (name: string | undefined): name is RequestColumn =>
  name === "ttftMs" || name === "tpotMs" || name === "e2eMs";

/** What a request brings to a rate. A request that failed brings nothing, and takes its time. */
const RATES: Record<string, ((columns: RequestColumns) => Float64Array) | undefined> = {
  outputTokensPerS: (columns) => valuesOf(columns, "tokens").map(orNone),
  requestsPerS: (columns) => valuesOf(columns, "e2eMs").map((ms) => (Number.isFinite(ms) ? 1 : 0)),
};
const orNone = (value: number): number => (Number.isNaN(value) ? 0 : value);

const bothOf = (before: Influence | null, after: Influence | null): Paired | null =>
  before === null || after === null ? null : { before, after };

/** Where the requests stand in the columns of each. */
type Places = (readonly [number, number])[];

function inCommon(a: RequestColumns, b: RequestColumns): Places {
  const [dueA, dueB] = [valuesOf(a, "due"), valuesOf(b, "due")];
  const step = Math.max(a.step, b.step);
  const places: Places = [];
  const last = Math.min(a.first + a.step * (dueA.length - 1), b.first + b.step * (dueB.length - 1));
  for (let index = step * Math.ceil(Math.max(a.first, b.first) / step); index <= last; index += step) {
    const place = [(index - a.first) / a.step, (index - b.first) / b.step] as const;
    if (!Number.isNaN(dueA[place[0]]) && !Number.isNaN(dueB[place[1]])) places.push(place);
  }
  return places;
}

const partOf = (i: number, count: number): number => Math.floor((PARTS * i) / count);

/** What the requests bring ÷ the time from the first to the last of them. */
function rateOf(
  columns: RequestColumns,
  places: Places,
  side: 0 | 1,
  bringOf: (columns: RequestColumns) => Float64Array,
): Influence | null {
  const due = valuesOf(columns, "due");
  const brings = bringOf(columns);
  const shares: Share[] = Array.from({ length: PARTS }, () => ({ sum: 0, weight: 0 }));
  for (const [i, place] of places.slice(1).entries()) {
    const share = shares[partOf(i, places.length - 1)];
    const before = places[i];
    if (share === undefined || before === undefined) continue;
    share.sum += brings[before[side]] ?? 0;
    share.weight += (due[place[side]] ?? 0) - (due[before[side]] ?? 0);
  }
  return ofRatio(shares);
}

/** The latencies of requests that have one in both. */
function latenciesOf(
  a: RequestColumns,
  b: RequestColumns,
  places: Places,
  name: RequestColumn,
): [SlicedValues, SlicedValues] {
  const [before, after] = [valuesOf(a, name), valuesOf(b, name)];
  const known = places.filter(([left, right]) => !Number.isNaN(before[left]) && !Number.isNaN(after[right]));
  const slices = Int32Array.from(known, (_, i) => partOf(i, known.length));
  const sliced = (values: Float64Array): SlicedValues => ({
    values,
    slices,
    sorted: values.toSorted(),
    count: PARTS,
  });
  return [
    sliced(Float64Array.from(known, ([left]) => before[left] ?? Number.NaN)),
    sliced(Float64Array.from(known, ([, right]) => after[right] ?? Number.NaN)),
  ];
}
