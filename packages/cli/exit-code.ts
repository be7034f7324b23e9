import type { Job } from "@brimline/core/job/state/job";
import type { Verdict } from "@brimline/core/job/state/verdict";
import { loadText } from "@brimline/core/report/text";

type Ended = Pick<Job, "state" | "verdict">;

/**
 * What a command that saw a job end exits with: 0, or 1 if the job did not complete or its verdict is `failed`. If
 * the objective is asserted it is 1 for a miss too, and 3 where nobody can tell.
 */
export function exitCodeOf({ state, verdict }: Ended, { assertsSlo }: { assertsSlo: boolean }): number {
  if (verdict?.status === "failed" || (assertsSlo && verdict?.status === "missed")) return 1;
  if (assertsSlo && verdict?.status === "unknown") return 3;
  return state === "completed" ? 0 : 1;
}

const SAYS: Record<Verdict["status"], string> = {
  met: "met the objective",
  missed: "missed the objective",
  unknown: "could not be judged",
  failed: "failed",
};

/** "32 users could not be judged: run 90 s a level". It is null where the verdict speaks of no level. */
export function verdictLine({ status, level, next }: Verdict): string | null {
  if (level === null) return null;
  const at = level.id === "warmup" ? "the warm-up" : loadText(level.load);
  const todo = next === null ? "" : `: ${inLine(next.sentence)}`;
  return `${at} ${SAYS[status]}${todo}`;
}

/** "worse than its baseline <id>. Worse: …". It is null for a job that was not compared. */
export function comparisonLine({ comparison }: Pick<Job, "comparison">): string | null {
  if (comparison === null) return null;
  const { verdict, baseline, sentence } = comparison;
  return `${BESIDE[verdict]} its baseline ${baseline}. ${sentence}`;
}

const BESIDE: Record<NonNullable<Job["comparison"]>["verdict"], string> = {
  better: "better than",
  worse: "worse than",
  same: "the same as",
  inconclusive: "inconclusive beside",
};

const inLine = (sentence: string): string =>
  `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`.replace(/\.$/, "");
