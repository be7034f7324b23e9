import type { FigureKey } from "../report/catalogue.ts";
import { inSentence, named, valueText } from "../report/names.ts";
import { loadText, num } from "../report/text.ts";
import type { Change } from "../codes.ts";
import type { ComparedFigure, GateFigure } from "./schema.ts";

/** "TTFT p95", "throughput". */
export function figureText(figure: string): string {
  const { label, statistic } = named(figure as FigureKey);
  return inSentence(statistic === null ? label : `${label} ${statistic}`);
}

export const unitOf = ({ unit }: Pick<ComparedFigure, "unit">): string =>
  unit === "percent" ? "%" : "points";

/** "+4.2", "−0.3". */
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${num(Math.abs(value))}`;

/** "12 % (8 to 16), from 310 to 347 ms" */
function byHowMuch(figure: ComparedFigure): string {
  const { change, a, b } = figure;
  if (change === null) return "";
  const { name } = named(figure.figure as FigureKey);
  const sizes = [change.low, change.high].map((end) => (end === null ? null : Math.abs(end)));
  const ends = change.value < 0 ? sizes.toReversed() : sizes;
  const interval = ends.some((end) => end === null)
    ? ""
    : ` (${ends.map((end) => num(end ?? 0)).join(" to ")})`;
  const values =
    a.value === null || b.value === null
      ? ""
      : `, from ${num(a.value)} to ${valueText(name, b.value).trimEnd()}`;
  return `${num(Math.abs(change.value))} ${unitOf(figure)}${interval}${values}`;
}

/** "TTFT p95 at 8 users rose by 12 % (8 to 16), from 310 to 347 ms, and at 32 users by 9 % (6 to 12), from 400 to 436 ms" */
function changed([first, ...more]: ComparedFigure[]): string {
  if (first === undefined) return "";
  const verb = (first.change?.value ?? 0) < 0 ? "fell" : "rose";
  return [
    `${figureText(first.figure)} at ${loadText(first.load)} ${verb} by ${byHowMuch(first)}`,
    ...more.map((figure) => `and at ${loadText(figure.load)} by ${byHowMuch(figure)}`),
  ].join(", ");
}

/** "throughput at 8 users (−1.2 to +6.3 %) and 32 users (−0.8 to +4 %)" */
function open(figures: ComparedFigure[]): string {
  const [first] = figures;
  if (first === undefined) return "";
  const at = figures.map(({ load, change, unit }) =>
    change === null || change.low === null || change.high === null
      ? loadText(load)
      : `${loadText(load)} (${signed(change.low)} to ${signed(change.high)} ${unitOf({ unit })})`,
  );
  return `${figureText(first.figure)} at ${new Intl.ListFormat("en-GB").format(at)}`;
}

const FIGURES_NAMED = 3;
const LOADS_NAMED = 3;

/** A figure is named once, with the loads at which it is so. Those that come first count most. */
function listed(figures: GateFigure[], textOf: (ofOneFigure: GateFigure[]) => string): string {
  const shown = [...Map.groupBy(figures, ({ figure }) => figure).values()]
    .slice(0, FIGURES_NAMED)
    .map((own) => own.slice(0, LOADS_NAMED));
  const left = figures.length - shown.flat().length;
  return [...shown.map(textOf), ...(left === 0 ? [] : [`and ${left} more`])].join("; ");
}

const size = ({ change }: ComparedFigure): number => Math.abs(change?.value ?? 0);

/** What is said of all figures with one verdict. */
export interface Said {
  verdict: Change;
  /** Without what comes before the colon. */
  text: string;
}

/** What got worse, what is not known, what got better, and what stayed. A part without figures is left out. */
export function saidOf(gate: GateFigure[], marginPercent: number): Said[] {
  const of = (one: Change): GateFigure[] =>
    gate.filter((figure) => figure.verdict === one).toSorted((x, y) => size(y) - size(x));
  const parts: Said[] = [
    { verdict: "worse", text: listed(of("worse"), changed) },
    { verdict: "inconclusive", text: listed(of("inconclusive"), open) },
    { verdict: "better", text: listed(of("better"), changed) },
    { verdict: "same", text: stayed(of("same").length, gate.length, marginPercent) },
  ];
  return parts.filter(({ verdict }) => of(verdict).length > 0);
}

/** How a part of the sentence begins. */
const LEAD: Record<Change, (all: boolean, marginPercent: number) => string> = {
  worse: () => "Worse",
  inconclusive: (_, marginPercent) => `Not known to have changed, nor to be within ${num(marginPercent)} %`,
  better: () => "Better",
  same: (all, marginPercent) => (all ? "The same" : `The same within ${num(marginPercent)} %`),
};

/** It all in words, the worst first. */
export function sentenceOf(gate: GateFigure[], marginPercent: number): string {
  const said = saidOf(gate, marginPercent);
  return gate.length === 0
    ? "No figure is known in both reports, so nothing can be said."
    : said
        .map(({ verdict, text }) => `${LEAD[verdict](said.length === 1, marginPercent)}: ${text}.`)
        .join(" ");
}

const stayed = (same: number, all: number, marginPercent: number): string =>
  same === all
    ? `all figures are within ${num(marginPercent)} % of the baseline's`
    : `${same} of ${all} figures`;
