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

/** "TTFT p95 at 8 users". */
const placed = ({ figure, load }: ComparedFigure): string => `${figureText(figure)} at ${loadText(load)}`;

export const unitOf = ({ unit }: Pick<ComparedFigure, "unit">): string =>
  unit === "percent" ? "%" : "points";

/** "+4.2", "−0.3". */
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${num(Math.abs(value))}`;

/** "TTFT p95 at 8 users rose by 12 % (8 to 16), from 310 ms to 347 ms". */
function changed(figure: ComparedFigure): string {
  const { change, a, b } = figure;
  const { name } = named(figure.figure as FigureKey);
  if (change === null) return placed(figure);
  const sizes = [change.low, change.high].map((end) => (end === null ? null : Math.abs(end)));
  const ends = change.value < 0 ? sizes.toReversed() : sizes;
  const interval = ends.some((end) => end === null)
    ? ""
    : ` (${ends.map((end) => num(end ?? 0)).join(" to ")})`;
  const values =
    a.value === null || b.value === null
      ? ""
      : `, from ${num(a.value)} to ${valueText(name, b.value).trimEnd()}`;
  return `${placed(figure)} ${change.value < 0 ? "fell" : "rose"} by ${num(Math.abs(change.value))} ${unitOf(figure)}${interval}${values}`;
}

/** "throughput at 8 users (−1.2 to +6.3 %)". */
function open(figure: ComparedFigure): string {
  const { change } = figure;
  if (change === null || change.low === null || change.high === null) return placed(figure);
  return `${placed(figure)} (${signed(change.low)} to ${signed(change.high)} ${unitOf(figure)})`;
}

const NAMED_MOST = 3;

function listed(texts: string[]): string {
  const shown = texts.slice(0, NAMED_MOST);
  return texts.length <= NAMED_MOST
    ? shown.join("; ")
    : `${shown.join("; ")}; and ${texts.length - NAMED_MOST} more`;
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
    { verdict: "worse", text: listed(of("worse").map(changed)) },
    { verdict: "inconclusive", text: listed(of("inconclusive").map(open)) },
    { verdict: "better", text: listed(of("better").map(changed)) },
    { verdict: "same", text: stayed(of("same").length, gate.length, marginPercent) },
  ];
  return parts.filter(({ verdict }) => of(verdict).length > 0);
}

/** How a part of the sentence begins. */
const LEAD: Record<Change, (all: boolean, marginPercent: number) => string> = {
  worse: () => "Worse",
  inconclusive: (_, marginPercent) =>
    `Not told apart from no change, and not known to be within ${num(marginPercent)} %`,
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
