import { figureText } from "../compare/words.ts";
import { named, valueText } from "../report/names.ts";
import type { FigureKey } from "../report/catalogue.ts";
import type { Report } from "../report/schema.ts";
import { loadText, num } from "../report/text.ts";
import type { Series, Step, TrendJob } from "./schema.ts";

/** "2026-11-30 08:00 UTC". */
export const timeText = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;

const unitText = ({ unit }: Pick<Series, "unit">): string => (unit === "percent" ? "%" : "points");

/** "TTFT p95 at 8 users". */
export const seriesText = ({ figure, load }: Pick<Series, "figure" | "load">): string =>
  `${figureText(figure)} at ${loadText(load)}`;

/** "TPOT p95 at 8 users rose by 4.1 % (3.6 to 4.6), from 20.2 to 21 ms". */
export function stepText(series: Series, { change, from, to }: Step): string {
  const sizes = [Math.abs(change.low), Math.abs(change.high)];
  const ends = (change.value < 0 ? sizes.toReversed() : sizes).map((end) => num(end)).join(" to ");
  const { name } = named(series.figure as FigureKey);
  return `${seriesText(series)} ${change.value < 0 ? "fell" : "rose"} by ${num(Math.abs(change.value))} ${unitText(series)} (${ends}), from ${num(from)} to ${valueText(name, to).trimEnd()}`;
}

/** How sure a step is: "by chance in 1 of 2,000 such trends". */
export const chanceText = (chance: number): string =>
  `by chance in at most 1 of ${num(Math.round(1 / chance))}`;

/** All steps of a trend, those of one job together, the newest first. */
export function stepsByJob(series: Series[]): { since: TrendJob; steps: { series: Series; step: Step }[] }[] {
  const all = series.flatMap((one) => one.steps.map((step) => ({ series: one, step })));
  const byJob = Map.groupBy(all, ({ step }) => step.at);
  return [...byJob]
    .toSorted(([a], [b]) => b - a)
    .flatMap(([, steps]) => {
      const [first] = steps;
      const bySize = steps.toSorted((a, b) => Math.abs(b.step.change.value) - Math.abs(a.step.change.value));
      return first === undefined ? [] : [{ since: first.step.since, steps: bySize }];
    });
}

const NAMED_MOST = 3;

/** It all in words: since which job what has been better or worse, the newest first. */
export function sentenceOf(jobs: TrendJob[], series: Series[]): string {
  const [first] = jobs;
  const isJudged = series.some((one) => one.isJudged);
  if (first === undefined || !isJudged)
    return `${jobs.length === 1 ? "There is 1 job" : `There are ${jobs.length} jobs`} of a kind so far: from six on, steps are looked for.`;
  const told = stepsByJob(series);
  if (told.length === 0) return `No step in ${jobs.length} jobs, since ${timeText(first.createdAt)}.`;
  return told
    .map(({ since, steps }) => {
      const shown = steps.slice(0, NAMED_MOST).map(({ series: one, step }) => stepText(one, step));
      const more = steps.length - shown.length;
      const verdicts = [...new Set(steps.map(({ step }) => step.verdict))].toSorted().toReversed();
      return `${verdicts.join(" and ").replace(/^./, (letter) => letter.toUpperCase())} since ${since.name} (${since.id}, ${timeText(since.createdAt)}): ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`;
    })
    .join(" ");
}

/** What to know of how the jobs fit together. */
export function notesOf(like: Pick<Report, "provenance">[], loadsLeftOut: number): string[] {
  const seeds = new Set(like.map(({ provenance }) => provenance.seed));
  return [
    ...(seeds.size > 1
      ? [
          "The jobs have different seeds, so they asked other requests and differ by more: with a baseline they ask the same.",
        ]
      : []),
    ...(loadsLeftOut > 0
      ? [`The newest job has ${loadsLeftOut} more loads, which fewer of the others have.`]
      : []),
  ];
}
