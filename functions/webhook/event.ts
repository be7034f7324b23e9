import type { Event, JobLinks, JobState, Problem } from "@brimline/core/job/job";
import type { Figure } from "@brimline/core/figure";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { figureAt } from "@brimline/core/report/pick";
import type { Level, Report } from "@brimline/core/report/schema";

export interface EventFacts {
  state: JobState;
  problem: Problem | null;
  /** It is null while there is no report. A rejected job never has one. */
  report: Report | null;
  links: JobLinks;
}

/** The longest verdict. It keeps the body far below the promised 20 kB. */
const VERDICT_MAX = 2000;

/**
 * What an event says of a job: its state, its verdict in a sentence (or why it has none) and its headline
 * figures.
 */
export function eventData({ state, problem, report, links }: EventFacts): Omit<Event["data"], "jobId"> {
  const verdict =
    report?.verdict.sentence ?? (problem === null ? null : `${problem.title}: ${problem.detail}`);
  return {
    state,
    verdict: verdict?.slice(0, VERDICT_MAX).toWellFormed() ?? null,
    headline: headlineOf(report),
    links,
  };
}

/** The headline figures by the names that callers read. */
const HEADLINE: Record<string, FigureKey> = {
  outputTokensPerS: "outputTokensPerS",
  ttftP95Ms: "ttftMs.p95",
  tpotP95Ms: "tpotMs.p95",
};

/**
 * The figures of the level that the verdict names. If it names none, they are those of the level with the
 * highest throughput.
 */
function headlineOf(report: Report | null): Record<string, Figure> {
  const measured = report?.levels.filter((level) => level.role !== "warmup") ?? [];
  const level =
    measured.find(({ id }) => id === report?.verdict.levelId) ??
    measured.toSorted((a, b) => throughput(b) - throughput(a))[0];
  if (level === undefined) return {};
  return Object.fromEntries(Object.entries(HEADLINE).map(([name, key]) => [name, figureAt(level, key)]));
}

const throughput = (level: Level): number => level.outputTokensPerS.value ?? 0;
