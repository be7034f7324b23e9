import type { Figure, Validity } from "@brimline/core/figure";
import type { Level } from "@brimline/core/report/schema";

/**
 * What the server's log leaves open of a figure: a request waits between the client's `sent` and the server's reading
 * of it, and either may count as the time at which it was sent.
 */
interface Truth {
  low: number;
  high: number;
}

/** What a report says of one figure, beside what it is by the server's log. */
export interface Held {
  /** Such as "ttftMs.p95". */
  name: string;
  said: Pick<Figure, "value" | "low" | "high" | "validity">;
  truth: Truth | null;
  /** By how much all of the truth lies outside the figure's interval. It is 0 inside, and null where either says nothing. */
  outside: number | null;
}

const SPREADS = ["ttftMs", "chunkGapMs", "tpotMs", "e2eMs", "userSpeedTokensPerS"] as const;
const STATISTICS = ["mean", "p50", "p90", "p95", "p99", "p999"] as const;
const SINGLE = ["outputTokensPerS", "requestsPerS", "inFlight"] as const;

/**
 * The figures of a level that rest on times, beside those of the same level as the server's log has it, once for
 * each time that may count as sent.
 */
export function heldFigures(level: Level, truths: Level[]): Held[] {
  return [
    ...SPREADS.flatMap((spread) =>
      STATISTICS.map((statistic) =>
        held(
          `${spread}.${statistic}`,
          level[spread][statistic],
          truths.map((truth) => truth[spread][statistic].value),
        ),
      ),
    ),
    ...SINGLE.map((name) =>
      held(
        name,
        level[name],
        truths.map((truth) => truth[name].value),
      ),
    ),
  ];
}

/**
 * A figure without a value reads "at least low". One without an interval says its value alone, and one whose interval
 * lacks an end leaves that side open.
 */
export function held(name: string, { value, low, high, validity }: Figure, truths: (number | null)[]): Held {
  const known = truths.filter((one) => one !== null);
  const truth = known.length === 0 ? null : { low: Math.min(...known), high: Math.max(...known) };
  const from = low ?? (high === null ? value : -Infinity);
  const to = high ?? (value === null || low !== null ? Infinity : value);
  const outside = from === null || truth === null ? null : Math.max(0, from - truth.high, truth.low - to);
  return { name, said: { value, low, high, validity }, truth, outside };
}

/**
 * What the two clocks and the way through the kernel may add to a time, and what a request that begins or ends just
 * beside the window may add to a count.
 */
const TOLERANCE = { ms: 0.1, share: 0.002 };

/** Whether the truth lies so far outside the interval that the figure is wrong. */
export const isWrong = ({ name, truth, outside }: Held): boolean =>
  outside !== null &&
  truth !== null &&
  outside > Math.max(name.includes("Ms") ? TOLERANCE.ms : 0, TOLERANCE.share * truth.low);

/**
 * How many figures of this validity have a value, or how many have none, and how many of them are wrong. One without
 * a value is wrong if the truth is less than its "at least".
 */
export function countOf(figures: Held[], kind: Validity | "withheld"): { count: number; wrong: number } {
  const own = figures.filter(({ said: { value, validity } }) =>
    kind === "withheld" ? value === null : value !== null && validity === kind,
  );
  return { count: own.length, wrong: own.filter(isWrong).length };
}
