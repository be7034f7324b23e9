import { match } from "../compare/alike.ts";
import { changepoints } from "../math/changepoints.ts";
import { studentQuantile } from "../math/distribution.ts";
import { randomFrom, seedOf } from "../random.ts";
import type { FigureKey } from "../report/catalogue.ts";
import { named } from "../report/names.ts";
import { figureAt, throughputName } from "../report/pick.ts";
import type { Level, Report } from "../report/schema.ts";
import { rounded } from "../report/serialise.ts";
import { type Series, type Step, type Trend, TREND_FIGURES, type TrendJob } from "./schema.ts";
import { notesOf, sentenceOf } from "./words.ts";

/** Three trends in a hundred of what has not changed may show a step. */
const ALPHA = 0.03;

/** A step is what lasts for so many jobs: less is a bad day. */
export const STEP_JOBS = 3;

/** What a trend needs of a report. */
export type TrendReport = Pick<
  Report,
  "id" | "name" | "createdAt" | "endpoint" | "job" | "levels" | "provenance" | "slo"
>;

/**
 * The trend of the jobs with a tag that are like the newest of them, as a comparison judges it, and of the same model.
 * `reports` come newest first. One figure may be named; otherwise they are those that decide a comparison. It is null
 * without a report.
 */
export function trendOf(tag: string, reports: TrendReport[], figure: FigureKey | null): Trend | null {
  const [newest] = reports;
  if (newest === undefined) return null;
  const like = reports.filter((report) => whyUnlike(newest, report) === null).toReversed();
  const unlike = reports.filter((report) => whyUnlike(newest, report) !== null);
  const [first] = unlike;
  const jobs = like.map(({ id, name, createdAt }): TrendJob => ({ id, name, createdAt }));
  const figures = figure === null ? TREND_FIGURES : [figure];
  const { shown, leftOut } = commonLevels(newest, like);
  const rows = shown.flatMap((level) => figures.flatMap((key) => rowOf(key, level, like)));
  const judged = rows.filter(({ known }) => known.length >= 2 * STEP_JOBS).length;
  const series = rows.map((row) => seriesOf(row, jobs, ALPHA / Math.max(1, judged)));
  return rounded({
    schema: "brimline.trend/1" as const,
    tag,
    model: newest.endpoint.model,
    sentence: sentenceOf(jobs, series),
    notes: notesOf(like, leftOut),
    jobs,
    unlike: { count: unlike.length, why: first === undefined ? null : whyUnlike(newest, first) },
    series,
  });
}

/** So many loads are shown at most: the more are looked at, the clearer a step of one must be. */
const LOADS_MAX = 6;

/** The levels of the newest report whose loads most of the others have too, in their order. */
function commonLevels(newest: TrendReport, like: TrendReport[]): { shown: Level[]; leftOut: number } {
  const levels = measured(newest);
  const countOf = ({ load }: Level): number =>
    like.filter((report) => levelOf(report, load) !== undefined).length;
  const kept = levels.toSorted((a, b) => countOf(b) - countOf(a)).slice(0, LOADS_MAX);
  return { shown: levels.filter((level) => kept.includes(level)), leftOut: levels.length - kept.length };
}

const measured = ({ levels }: TrendReport): Level[] => levels.filter(({ role }) => role !== "warmup");

const levelOf = (report: TrendReport, load: Level["load"]): Level | undefined =>
  measured(report).find((level) => JSON.stringify(level.load) === JSON.stringify(load));

/** Why a report is no part of the trend that ends with the newest one. It is null where it is. */
function whyUnlike(newest: TrendReport, report: TrendReport): string | null {
  if (report.id === newest.id) return null;
  const models = [report, newest].map(({ endpoint }) => endpoint.model);
  if (models[0] !== models[1]) return `The models differ (${models.join(", and ")}).`;
  const matched = match(report, newest);
  return "refused" in matched ? matched.refused : null;
}

/** A figure at a load of the newest report, in all of them. */
interface Row {
  key: FigureKey;
  load: Level["load"];
  points: Series["points"];
  /** The known ones on the scale on which they are compared, each with its place. */
  known: { at: number; value: number }[];
}

/** It is empty where no report has such a figure. */
function rowOf(key: FigureKey, level: Level, like: TrendReport[]): Row[] {
  if (key === "requestsPerS" && throughputName(level) !== "requestsPerS") return [];
  const newest = like.at(-1);
  const points = like.map((report): Series["points"][number] => {
    // What lies within an objective is another figure where the objective is.
    if (key === "goodPercent" && JSON.stringify(report.slo) !== JSON.stringify(newest?.slo)) return null;
    const same = levelOf(report, level.load);
    if (same === undefined) return null;
    const { value, low, high, validity } = figureAt(same, key);
    return value === null || validity === "invalid" ? null : { value, low, high };
  });
  const known = points.flatMap((point, at) => {
    const value = point === null ? NaN : scaleOf(key)(point.value);
    return Number.isFinite(value) ? [{ at, value }] : [];
  });
  return known.length === 0 ? [] : [{ key, load: level.load, points, known }];
}

const unitOf = (key: FigureKey): Series["unit"] => (key === "goodPercent" ? "points" : "percent");

/** A percentage may be 0 and cannot grow without end, so it is compared as it is. */
const scaleOf = (key: FigureKey): ((value: number) => number) =>
  unitOf(key) === "points" ? (value) => value : Math.log;

function seriesOf({ key, load, points, known }: Row, jobs: TrendJob[], alpha: number): Series {
  const values = known.map(({ value }) => value);
  const isJudged = values.length >= 2 * STEP_JOBS;
  const found = isJudged
    ? changepoints(values, {
        alpha,
        least: STEP_JOBS,
        random: randomFrom(seedOf("trend", key, JSON.stringify(load), values.length)),
      })
    : [];
  const ends = [0, ...found.map(({ at }) => at), values.length];
  const stretches = ends.slice(1).map((end, i) => values.slice(ends[i], end));
  const { variance, degrees } = pooled(stretches);
  const steps = found.flatMap(({ at, chance }, i): Step[] => {
    const [before, after] = [stretches[i] ?? [], stretches[i + 1] ?? []];
    const [last, first] = [known[at - 1], known[at]];
    const [previous, since] = [jobs[last?.at ?? -1], jobs[first?.at ?? -1]];
    if (first === undefined || previous === undefined || since === undefined) return [];
    const difference = meanOf(after) - meanOf(before);
    const half =
      studentQuantile(0.975, degrees) * Math.sqrt(variance * (1 / before.length + 1 / after.length));
    const isMore = difference > 0;
    return [
      {
        at: first.at,
        since,
        before: previous,
        verdict: isMore === (named(key).better !== "lower") ? "better" : "worse",
        from: backOf(key)(meanOf(before)),
        to: backOf(key)(meanOf(after)),
        change: {
          value: sizeOf(key)(difference),
          low: sizeOf(key)(difference - half),
          high: sizeOf(key)(difference + half),
        },
        chance,
      },
    ];
  });
  // Equal values differ in the last digits of their mean.
  const noise = degrees === 0 ? null : Number(sizeOf(key)(Math.sqrt(variance)).toFixed(6));
  return { load, figure: key, unit: unitOf(key), points, noise, isJudged, steps };
}

const backOf = (key: FigureKey): ((value: number) => number) =>
  unitOf(key) === "points" ? (value) => value : Math.exp;

/** A difference on the scale in percent. Points stay as they are. */
const sizeOf =
  (key: FigureKey) =>
  (difference: number): number =>
    unitOf(key) === "points" ? difference : 100 * Math.expm1(difference);

const meanOf = (values: number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What values differ by within their stretches, of all stretches together. */
function pooled(stretches: number[][]): { variance: number; degrees: number } {
  const degrees = stretches.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0);
  const squares = stretches
    .flatMap((values) => values.map((value) => (value - meanOf(values)) ** 2))
    .reduce((sum, square) => sum + square, 0);
  return { variance: degrees === 0 ? 0 : squares / degrees, degrees };
}
