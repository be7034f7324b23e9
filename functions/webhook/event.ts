import type { EndedLevel, Event, JobComparison, JobLinks, JobState } from "@brimline/core/job/state/job";
import type { Problem } from "@brimline/core/job/state/problem";
import { problemVerdict } from "@brimline/core/job/state/verdict";
import type { Figure } from "@brimline/core/figure";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { headlineLevel } from "@brimline/core/report/entry";
import { figureAt } from "@brimline/core/report/pick";
import type { Report } from "@brimline/core/report/schema";

export interface EventFacts {
  state: JobState;
  problem: Problem | null;
  /** The level that has ended, when the event tells of one. */
  level: EndedLevel | null;
  /** It is null while there is no report. A rejected job never has one. */
  report: Report | null;
  /** What the report is beside the job's baseline, if it has one. */
  comparison: JobComparison | null;
  links: JobLinks;
}

/** The longest sentence of a verdict. It keeps the body far below the promised 20 kB. */
const SENTENCE_MAX = 2000;

/** What an event says of a job: its state, its verdict and its headline figures. */
export function eventData({
  state,
  problem,
  level,
  report,
  comparison,
  links,
}: EventFacts): Omit<Event["data"], "jobId"> {
  const verdict = report?.verdict ?? (problem === null ? null : problemVerdict(problem));
  return {
    state,
    verdict: verdict === null ? null : shortened(verdict),
    comparison: comparison === null ? null : shortened(comparison),
    level,
    headline: headlineOf(report),
    links,
  };
}

const shortened = <Spoken extends { sentence: string }>(spoken: Spoken): Spoken => ({
  ...spoken,
  sentence: spoken.sentence.slice(0, SENTENCE_MAX).toWellFormed(),
});

/** The headline figures by the names that callers read. */
const HEADLINE: Record<string, FigureKey> = {
  outputTokensPerS: "outputTokensPerS",
  ttftP95Ms: "ttftMs.p95",
  tpotP95Ms: "tpotMs.p95",
};

/** The figures of the level that the index of reports and the page show too. */
function headlineOf(report: Report | null): Record<string, Figure> {
  const level = report === null ? null : headlineLevel(report);
  if (level === null) return {};
  return Object.fromEntries(Object.entries(HEADLINE).map(([name, key]) => [name, figureAt(level, key)]));
}
