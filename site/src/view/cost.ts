import type { FigureKey } from "@brimline/core/report/catalogue";
import { headlineLevel } from "@brimline/core/report/entry";
import { usdPerGpuHour } from "@brimline/core/report/fleet";
import { figureAt } from "@brimline/core/report/pick";
import type { Level, Report } from "@brimline/core/report/schema";
import { loadText } from "@brimline/core/report/text";
import { chartedLevels } from "../charts/load.ts";
import { isDoubted } from "../format/figure.ts";
import { significant, usd } from "../format/number.ts";

/** What the tokens of a level cost, by the hours of GPUs that a million of them take. */
interface CostRow {
  load: string;
  /** GPU hours a million output tokens: the value, and the ends of its interval. */
  hours: string;
  range: string | null;
  isHeadline: boolean;
  hoursText: string;
  usdText: string;
  rangeText: string | null;
}

/** What the section of the cost shows. It is null where no level has output tokens. */
export interface CostView {
  rows: CostRow[];
  /** The level that the verdict speaks of, if its cost follows. */
  headline: CostRow | null;
  /** $ an hour of one GPU as the job gave it. */
  given: number | null;
  /** Where the reader's own price begins, and its bounds. */
  start: number;
  least: number;
  most: number;
  /** What the price is of: one GPU of so many, or the whole endpoint where nobody knows its GPUs. */
  priced: string;
}

const OUTPUT: FigureKey = "outputTokensPerS";
/** It reaches from a small card at a marketplace to the dearest of a cloud. */
const PRICES = { least: 0.05, most: 20, usual: 2 };

export function costView(report: Report): CostView | null {
  const gpus = Math.max(1, report.gpus.length);
  const given = usdPerGpuHour(report);
  const headline = headlineLevel(report);
  const rows = chartedLevels(report).flatMap((level) => rowOf(level, { gpus, given, headline }));
  if (rows.length === 0) return null;
  const start = given ?? PRICES.usual;
  return {
    rows,
    headline: rows.find(({ isHeadline }) => isHeadline) ?? null,
    given,
    start,
    least: Math.min(PRICES.least, start),
    most: Math.max(PRICES.most, start),
    priced: report.gpus.length === 0 ? "the endpoint" : gpus === 1 ? "the GPU" : `one of ${gpus} GPUs`,
  };
}

function rowOf(
  level: Level,
  { gpus, given, headline }: { gpus: number; given: number | null; headline: Level | null },
): CostRow[] {
  const figure = figureAt(level, OUTPUT);
  const { value, low, high } = figure;
  if (value === null || value <= 0 || isDoubted(figure)) return [];
  const hoursAt = (tokensPerS: number): number => (gpus * 1e6) / 3600 / tokensPerS;
  const ends = low === null || high === null || low <= 0 ? null : [hoursAt(high), hoursAt(low)];
  const text = (hours: number): string => String(Number(hours.toPrecision(6)));
  return [
    {
      load: loadText(level.load),
      hours: text(hoursAt(value)),
      range: ends === null ? null : ends.map(text).join(" "),
      isHeadline: level.id === headline?.id,
      hoursText: significant(hoursAt(value)),
      usdText: given === null ? "" : usd(given * hoursAt(value)),
      rangeText: ends === null || given === null ? null : ends.map((hours) => usd(given * hours)).join(" – "),
    },
  ];
}
