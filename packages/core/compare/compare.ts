import type { Change, Reason } from "../codes.ts";
import { searchOf } from "../job/plan/loads.ts";
import { demandOf } from "../load.ts";
import { distinct } from "../metric/statistics/derive.ts";
import { RUN_FIELDS, RUN_FIGURES, type FigureKey } from "../report/catalogue.ts";
import type { Influences } from "../report/influences.ts";
import { named } from "../report/names.ts";
import { figureAt, throughputName } from "../report/pick.ts";
import type { Level, Report } from "../report/schema.ts";
import { rounded } from "../report/serialise.ts";
import { differences, match, type Matched, type Pair } from "./alike.ts";
import { type Difference, independentDifference, type Repeated, twinDifference } from "./error.ts";
import { chanceOf, holm, intervalOf, smallestOf, timesFor, verdictOf } from "./gate.ts";
import { nextOf } from "./next.ts";
import {
  type ComparedFigure,
  type Comparison,
  DETAIL,
  GATE,
  GATE_OF_TWINS,
  type GateFigure,
} from "./schema.ts";
import { sentenceOf } from "./words.ts";

/** A change of less than this does not matter, percent, where nobody says another. */
export const MARGIN_PERCENT = 3;

export interface Compared {
  a: Report;
  b: Report;
  /** What each report has beside it. Reports of before lack it, and then their own intervals are all there is. */
  influences: { a: Influences | null; b: Influences | null };
  marginPercent?: number;
}

/**
 * Says whether the second report is better or worse than the first, figure by figure at each load that both have. Two
 * that are not alike are refused, in words.
 */
export function compare(compared: Compared): Comparison | { refused: string } {
  const { a, b, marginPercent = MARGIN_PERCENT } = compared;
  const found = match(a, b);
  if ("refused" in found) return found;
  const matched = withWhy(found, compared);
  const { told, tests } = testedOf(matched, compared);
  const chances = holm(told.map(({ difference }) => (difference === null ? 1 : chanceOf(difference))));
  const gate = told.map(({ figure, difference }, i): GateFigure => {
    if (difference === null) return { ...figure, verdict: "inconclusive", p: null };
    const chance = chances[i] ?? 1;
    const better = named(figure.figure as FigureKey).better ?? "higher";
    const margin = marginOf(figure, marginPercent);
    return {
      ...figure,
      smallest: sizeOf(smallestOf(difference, { tests, margin }), figure.unit),
      verdict: isUnsure(figure) ? "inconclusive" : verdictOf(difference, { chance, margin, better }),
      p: chance,
    };
  });
  const times = told.map(({ figure, difference }) =>
    difference === null ? Infinity : timesFor(marginOf(figure, marginPercent), difference, tests),
  );
  const verdict = verdictOfAll(gate);
  const detail = matched.pairs.flatMap((pair) =>
    DETAIL.filter((key) => !gateOf(pair, compared).includes(key)).flatMap((key) => {
      const { figure } = figureOf(key, pair, compared);
      return figure.change === null ? [] : [figure];
    }),
  );
  return {
    schema: "brimline.comparison/1",
    a: sideOf(a),
    b: sideOf(b),
    marginPercent,
    verdict,
    sentence: sentenceOf(gate, marginPercent),
    next: nextOf({ gate, marginPercent, times }, matched, compared),
    differs: differences(a, b),
    whyIndependent: matched.whyIndependent,
    gate: rounded(gate),
    detail: rounded(detail),
  };
}

/** A figure, and how much larger it is in the second report. That is null where it is not known. */
interface Told {
  figure: ComparedFigure;
  difference: Difference | null;
}

/** The figures of the gate at each load, and how many of them are tested at once. */
export function testedOf({ pairs }: Matched, compared: Compared): { told: Told[]; tests: number } {
  const told = pairs.flatMap((pair) => gateOf(pair, compared).map((key) => figureOf(key, pair, compared)));
  return { told, tests: told.filter(({ difference }) => difference !== null).length };
}

/**
 * The interval of a figure that leans on itself for longer than its window lasts is too narrow, and two such intervals
 * tell nothing. Twins lean alike, and what they have in common is gone.
 */
const isUnsure = ({ pairing, reasons }: ComparedFigure): boolean =>
  pairing === "independent" && reasons.includes("too_correlated");

/** One figure that got worse decides, then one of which nothing is known: better figures do not make up for either. */
function verdictOfAll(gate: GateFigure[]): Change {
  const has = (verdict: Change): boolean => gate.some((figure) => figure.verdict === verdict);
  if (has("worse")) return "worse";
  if (gate.length === 0 || has("inconclusive")) return "inconclusive";
  return has("better") ? "better" : "same";
}

function withWhy(matched: Matched, { influences }: Compared): Matched {
  if (matched.whyIndependent !== null || (influences.a !== null && influences.b !== null)) return matched;
  return {
    pairs: matched.pairs,
    whyIndependent: "One of the reports was made before Brimline kept what twins are paired by.",
  };
}

/** A figure that a report cannot have, for one of these reasons, is no part of the gate. */
const ABSENT = new Set<Reason>([
  "no_slo",
  "no_telemetry",
  "not_streamed",
  "not_applicable",
  "no_usage",
  "coalesced",
]);

/**
 * Twins that are compared request by request know what most requests do far better than their other percentiles. One
 * cut request leaves a mean unknown; then the other figures decide.
 */
function gateOf(pair: Pair, compared: Compared): FigureKey[] {
  const { a, b } = compared.influences;
  const areByRequest =
    pair.areTwins &&
    [...runsOf(a, pair.a.id), ...runsOf(b, pair.b.id)].every(({ requests }) => requests !== null);
  const ofTwins = GATE_OF_TWINS[demandOf(pair.a.load).isOpenLoop ? "rate" : "users"];
  const isKnown = (key: FigureKey): boolean =>
    [pair.a, pair.b].every((level) => figureAt(level, key).value !== null);
  return [...GATE, ...(areByRequest ? ofTwins.filter(isKnown) : [])].filter((key) =>
    isOfGate(key, pair, compared),
  );
}

function isOfGate(key: FigureKey, pair: Pair, { a, b }: Compared): boolean {
  if (key === "requestsPerS" && throughputName(pair.a) !== "requestsPerS") return false;
  if (key === "goodPercent" && JSON.stringify(a.slo) !== JSON.stringify(b.slo)) return false;
  return [pair.a, pair.b].every((level) => {
    const { value, reasons } = figureAt(level, key);
    return value !== null || !reasons.some((reason) => ABSENT.has(reason));
  });
}

/** What is open for one of these reasons is no noise that twins have in common. */
const NOT_NOISE = new Set<Reason>(["censored", "energy_disagrees", "clock_skew"]);

function figureOf(key: FigureKey, pair: Pair, compared: Compared): Told {
  const [a, b] = [figureAt(pair.a, key), figureAt(pair.b, key)];
  const unit = key === "goodPercent" ? "points" : "percent";
  const { difference, pairing } = differenceOf(key, pair, compared);
  return {
    difference,
    figure: {
      load: pair.a.load,
      levels: { a: pair.a.id, b: pair.b.id },
      figure: key,
      a,
      b,
      pairing,
      unit,
      change: difference === null ? null : changeOf(difference, unit),
      smallest: difference === null ? null : sizeOf(smallestOf(difference, { tests: 1 }), unit),
      reasons: distinct([...a.reasons, ...b.reasons]),
    },
  };
}

function differenceOf(
  key: FigureKey,
  { a, b, areTwins }: Pair,
  { influences, ...reports }: Compared,
): { difference: Difference | null; pairing: ComparedFigure["pairing"] } {
  const figures = [figureAt(a, key), figureAt(b, key)] as const;
  if (figures.some(({ value, validity }) => value === null || validity === "invalid"))
    return { difference: null, pairing: null };
  const runs = [runsOf(influences.a, a.id), runsOf(influences.b, b.id)] as const;
  const reasons = figures.flatMap((figure) => figure.reasons);
  const inParts = [reports.a, reports.b].every(({ job }) => runsAreParts(job));
  const manner = { isOpenLoop: demandOf(a.load).isOpenLoop, inParts };
  const isNoise = !reasons.some((reason) => NOT_NOISE.has(reason));
  const twins = areTwins && isNoise ? twinDifference(...runs, key, manner) : null;
  // A doubt about the clock is in the difference only where the records say how much they leave open.
  const isBounded = !reasons.includes("client_limited") || isOpen(twins);
  if (twins !== null && isBounded) return { difference: twins, pairing: "twins" };
  const scale = key === "goodPercent" ? (value: number) => value : Math.log;
  const difference = independentDifference(repeated(a, key), repeated(b, key), scale);
  return { difference, pairing: difference === null ? null : "independent" };
}

/** A job that searches, or asks for precision, runs a level as often as it needs, and its runs are no repeats. */
const runsAreParts = (job: Report["job"]): boolean => searchOf(job) !== null || job.precision !== undefined;

const isOpen = (difference: Difference | null): boolean =>
  difference?.open !== undefined && difference.open.below + difference.open.above > 0;

const runsOf = (influences: Influences | null, level: string): Influences["levels"][number]["runs"] =>
  influences?.levels.find(({ id }) => id === level)?.runs ?? [];

function repeated(level: Level, key: FigureKey): Repeated {
  const field = RUN_FIELDS.find((one) => RUN_FIGURES[one] === key);
  const ofRuns = field === undefined ? [] : level.runs.map((run) => run[field]);
  const [first] = level.runs;
  const e2eMs = level.e2eMs.p50.value ?? level.e2eMs.mean.value;
  const windowS = first?.window == null ? null : first.window.endS - first.window.startS;
  return {
    figure: figureAt(level, key),
    runs: level.runs.length,
    ofRuns,
    latencies: windowS === null || e2eMs === null ? null : (1000 * windowS * level.runs.length) / e2eMs,
  };
}

/** The margin on the scale on which a figure is compared. */
const marginOf = ({ unit }: ComparedFigure, marginPercent: number): number =>
  unit === "points" ? marginPercent : Math.log1p(marginPercent / 100);

/** A difference of logarithms in percent. Points stay as they are. */
const sizeOf = (difference: number, unit: ComparedFigure["unit"]): number | null => {
  const size = unit === "points" ? difference : 100 * Math.expm1(difference);
  return Number.isFinite(size) ? size : null;
};

function changeOf(difference: Difference, unit: ComparedFigure["unit"]): ComparedFigure["change"] {
  const { low, high } = intervalOf(difference);
  const value = sizeOf(difference.value, unit);
  const isBounded = Number.isFinite(low);
  return value === null
    ? null
    : { value, low: isBounded ? sizeOf(low, unit) : null, high: sizeOf(high, unit) };
}

const sideOf = ({ id, name, createdAt, endpoint, tags }: Report): Comparison["a"] => ({
  id,
  name,
  createdAt,
  model: endpoint.model,
  tags,
});
