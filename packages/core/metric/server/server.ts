import type { Reason } from "../../codes.ts";
import { type Figure, unknown } from "../../figure.ts";
import { exact, single } from "../statistics/derive.ts";
import { asParts, cellAt, lengthMsOf, meanOf, type Share } from "../statistics/mean.ts";
import { emptyShares, type SteadyRun } from "../window/run.ts";
import { gaugeBetween, grownBetween, type ServerSeries } from "./server-series.ts";

/** A run with the samples of the servers that it ran against. */
export interface ServedRun {
  run: SteadyRun;
  servers: ServerSeries;
}

/**
 * A shorter slice has hardly two scrapes, and what lies between them is shared by its neighbours: the slices would
 * look more alike than they are.
 */
const SLICE_LEAST_MS = 2000;

/** The edges of the slices of a run's window, Unix ms. */
function edgesOf({ t0UnixMs, window }: SteadyRun): number[] {
  const slices = Math.max(1, Math.min(window.slices, Math.floor(lengthMsOf(window) / SLICE_LEAST_MS)));
  return Array.from(
    { length: slices + 1 },
    (_, slice) => t0UnixMs + window.startMs + (slice * lengthMsOf(window)) / slices,
  );
}

/** Counts over the windows of the runs, slice by slice. It is a reason where one of the runs does not tell. */
function slicedGrowth(served: ServedRun[], column: string): number[][] | Reason {
  const growths = served.map(({ run, servers }) => grownBetween(servers, column, edgesOf(run)));
  return (
    growths.find((growth) => typeof growth === "string") ??
    growths.filter((growth) => typeof growth !== "string")
  );
}

/** A queue that is empty most of the time has a wide interval, but no less than nothing in it. */
const notBelow0 = (figure: Figure): Figure =>
  figure.low === null ? figure : { ...figure, low: Math.max(0, figure.low) };

const partsOf = (served: ServedRun[]) => asParts(served.map(({ run }) => run));

const sumOf = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);

/** What a counter grew by in the windows ÷ their length, 1/s, with an interval from slices or runs. */
export function ratePerS(served: ServedRun[], column: string): Figure {
  const growths = slicedGrowth(served, column);
  if (typeof growths === "string") return unknown(growths);
  const shares = growths.map((growth, place): Share[] => {
    const run = served[place]?.run;
    const seconds = run === undefined ? 0 : lengthMsOf(run.window) / 1000 / growth.length;
    return growth.map((sum) => ({ sum, weight: seconds }));
  });
  return notBelow0(meanOf(shares, Math.round(sumOf(growths.flat())), partsOf(served)));
}

/**
 * factor × what one counter grew by ÷ what another did, in the windows: a mean over requests, or a share. It is
 * unknown if the other did not grow.
 */
export function ratio(
  served: ServedRun[],
  [numerator, denominator]: [string, string],
  factor: number,
): Figure {
  const [tops, bottoms] = [slicedGrowth(served, numerator), slicedGrowth(served, denominator)];
  if (typeof tops === "string") return unknown(tops);
  if (typeof bottoms === "string") return unknown(bottoms);
  const shares = tops.map((growth, run) =>
    growth.map((sum, slice): Share => ({ sum: factor * sum, weight: bottoms[run]?.[slice] ?? 0 })),
  );
  return notBelow0(meanOf(shares, Math.round(sumOf(bottoms.flat())), partsOf(served)));
}

/**
 * Our own mean TTFT over the requests whose output began in the windows, ms: those that a server's counters grew by.
 * Where requests queue, those that were due in the windows are others.
 */
export function ttftAsCountedMs(runs: SteadyRun[]): Figure {
  let n = 0;
  const shares = runs.map((run) => {
    const slices = emptyShares(run);
    for (const { firstMs, sentMs } of run.records.rows()) {
      const share = firstMs === null ? undefined : slices[cellAt(firstMs, run.window)];
      if (firstMs === null || share === undefined) continue;
      n++;
      share.sum += firstMs - sentMs;
      share.weight++;
    }
    return slices;
  });
  return meanOf(shares, n, asParts(runs));
}

/** What a counter grew by in all windows. */
export function counted(served: ServedRun[], column: string): Figure {
  const growths = slicedGrowth(served, column);
  if (typeof growths === "string") return unknown(growths);
  const sum = sumOf(growths.flat());
  // Between two scrapes at an edge the count lies on a straight line, so it is rounded.
  return { ...exact(Math.round(sum), served.length), method: "counter" };
}

/** Servers behind one endpoint share its requests, but each has a cache of its own. */
const JOINED = { sum: sumOf, mean: (values: number[]): number => sumOf(values) / values.length };

/** The mean of a gauge over the windows. */
export function gauge(served: ServedRun[], column: string, join: keyof typeof JOINED): Figure {
  const found = gauges(served, column, join);
  if (typeof found === "string") return unknown(found);
  return notBelow0(
    meanOf(
      found.map(({ means }) => means.map((sum) => ({ sum, weight: 1 }))),
      sumOf(found.map(({ n }) => n)),
      partsOf(served),
    ),
  );
}

/** The largest sample of a gauge in the windows. What came between two samples is not known. */
export function peak(served: ServedRun[], column: string): Figure {
  const found = gauges(served, column, "mean");
  if (typeof found === "string") return unknown(found);
  return single(Math.max(...found.map(({ most }) => most)), sumOf(found.map(({ n }) => n)));
}

function gauges(served: ServedRun[], column: string, join: keyof typeof JOINED) {
  const each = served.map(({ run, servers }) => gaugeBetween(servers, column, edgesOf(run), JOINED[join]));
  return each.find((found) => typeof found === "string") ?? each.filter((found) => typeof found !== "string");
}
