import { fullLoadText, heading, number } from "@brimline/core/report/shown/cells";
import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Series, Trend } from "@brimline/core/trend/schema";
import { chanceText, stepsByJob, stepText, timeText } from "@brimline/core/trend/words";
import { table, title, wrap } from "./table.ts";

/** Beside a sparkline the table takes so many columns, and that of the noise so many of them. */
const BESIDE = 64;
const NOISE = 10;
const SPARK_LEAST = 7;
/** On a narrower terminal there is no column for the noise. */
const NARROW = BESIDE + SPARK_LEAST;

/** A trend for a terminal: a line for each figure, then each step in words, the newest first. */
export function trendText(trend: Trend, columns: number): string {
  const { tag, model, jobs, unlike, series, sentence, notes } = trend;
  const steps = stepsByJob(series);
  const isNarrow = columns < NARROW;
  const cells = Math.max(SPARK_LEAST, Math.min(jobs.length, columns - BESIDE + (isNarrow ? NOISE : 0)));
  const rows = [HEAD, ...series.map((one) => rowOf(one, cells))];
  return [
    `${title("Trend")} ${tag}: ${model}, ${jobs.length} ${jobs.length === 1 ? "job" : "jobs"} since ${timeText(jobs[0]?.createdAt ?? "")}`,
    "",
    ...table(isNarrow ? rows.map((row) => row.toSpliced(NOISE_AT, 1)) : rows, "left"),
    "",
    ...(steps.length === 0
      ? wrap(sentence, columns, "  ")
      : steps.flatMap(({ since, steps: together }) => [
          ...wrap(`Since ${since.name} (${since.id}, ${timeText(since.createdAt)}):`, columns, "  "),
          ...together.flatMap(({ series: one, step }) =>
            wrap(`${step.verdict}: ${stepText(one, step)}; ${chanceText(step.chance)}.`, columns, "    "),
          ),
        ])),
    ...(unlike.count === 0
      ? []
      : wrap(
          `Left out: ${unlike.count} ${unlike.count === 1 ? "job" : "jobs"} with this tag that measure something else. ${unlike.why ?? ""}`,
          columns,
          "  ",
        )),
    ...notes.flatMap((note) => wrap(note, columns, "  ")),
    "",
  ].join("\n");
}

const NOISE_AT = 4;
const HEAD = ["load", "figure", "trend", "now", "noise", "last step"];

function rowOf({ load, figure, points, noise, unit, steps }: Series, cells: number): string[] {
  const sign = unit === "percent" ? " %" : " points";
  const last = points.findLast((point) => point !== null);
  const step = steps.at(-1);
  return [
    fullLoadText(load),
    heading(figure as FigureKey),
    sparkline(
      points.map((point) => point?.value ?? null),
      cells,
    ),
    last == null ? "—" : number(last.value),
    noise === null ? "—" : `${number(noise)}${sign}`,
    step === undefined
      ? "none"
      : `${step.change.value < 0 ? "−" : "+"}${number(Math.abs(step.change.value))}${sign} ${step.verdict}`,
  ];
}

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The values from the least to the most, several in one cell where there are more than cells. A gap is a dot. */
export function sparkline(values: (number | null)[], cells: number): string {
  const known = values.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const count = Math.min(cells, values.length);
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [i, i + 1].map((edge) => Math.floor((edge * values.length) / count));
    const here = values.slice(from, to).filter((value) => value !== null);
    if (here.length === 0) return "·";
    const mean = here.reduce((sum, value) => sum + value, 0) / here.length;
    const share = most === least ? 0.5 : (mean - least) / (most - least);
    return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? "";
  }).join("");
}
