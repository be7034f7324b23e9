import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Series, Trend } from "@brimline/core/trend/schema";
import { chanceText, stepsByJob, stepText } from "@brimline/core/trend/words";
import { loadText } from "@brimline/core/report/text";
import { bareFormatOf, nameWithUnit } from "../format/named.ts";
import { MISSING } from "../format/figure.ts";
import { day, points, signedPoints } from "../format/number.ts";
import { type Table, tableOf } from "./table.ts";

/** A page draws so many series at most, those with a step first. The table has all of them. */
const CHARTS_MAX = 12;

export interface StepView {
  verdict: string;
  isWorse: boolean;
  name: string;
  href: string;
  made: string;
  day: string;
  texts: string[];
}

/** The steps of a trend, those of one job together, the newest first. */
export const stepViews = ({ series }: Trend): StepView[] =>
  stepsByJob(series).map(({ since, steps }) => {
    const isWorse = steps.some(({ step }) => step.verdict === "worse");
    return {
      verdict: isWorse ? "Worse" : "Better",
      isWorse,
      name: since.name,
      href: `/r/${since.id}/`,
      made: since.createdAt,
      day: day(since.createdAt),
      texts: steps.map(({ series: one, step }) => {
        const text = stepText(one, step);
        return `${text.charAt(0).toUpperCase()}${text.slice(1)}; ${chanceText(step.chance)}.`;
      }),
    };
  });

export const chartedSeries = ({ series }: Trend): Series[] =>
  series.toSorted((a, b) => b.steps.length - a.steps.length).slice(0, CHARTS_MAX);

/** All series: what each is now, what its jobs differ by, and its last step. */
export const seriesTable = ({ series }: Trend): Table =>
  tableOf(
    "All figures of the trend",
    [
      { head: ["Load"], cell: ({ load }: Series) => loadText(load) },
      { head: ["Figure"], cell: ({ figure }) => nameWithUnit(figure as FigureKey) },
      {
        head: ["Now"],
        cell: ({ figure, points: all }) => {
          const last = all.findLast((point) => point !== null);
          return last == null ? MISSING : bareFormatOf(figure as FigureKey)(last.value);
        },
      },
      {
        head: ["Noise"],
        meaning: "What jobs between two steps differ by: the standard deviation",
        cell: ({ noise, unit }) => (noise === null ? MISSING : `${points(noise)} ${signOf(unit)}`),
      },
      {
        head: ["Last step"],
        cell: ({ steps, unit }) => {
          const step = steps.at(-1);
          return step === undefined
            ? "none"
            : `${signedPoints(step.change.value)} ${signOf(unit)}, ${step.verdict}`;
        },
      },
      { head: ["Since"], cell: ({ steps }) => steps.at(-1)?.since.name ?? "" },
    ],
    series,
  );

const signOf = (unit: Series["unit"]): string => (unit === "percent" ? "%" : "points");
