import { REASON_TEXT, type VerdictStatus } from "@brimline/core/codes";
import { demandOf } from "@brimline/core/load";
import { OBJECTIVES } from "@brimline/core/report/catalogue";
import { gpuText, headlineLevel, serverOf } from "@brimline/core/report/entry";
import { named } from "@brimline/core/report/names";
import { imagesText, lengthText, loadText } from "@brimline/core/report/text";
import type { Validity } from "@brimline/core/figure";
import { isStreamed } from "@brimline/core/report/kind";
import type { Report } from "@brimline/core/report/schema";
import { duration } from "../format/number.ts";
import type { Pill } from "./table.ts";

const STATE: Record<Report["state"], Pill> = {
  completed: { text: "completed", tone: "neutral" },
  partial: { text: "partial", tone: "bad" },
  cancelled: { text: "cancelled", tone: "bad" },
  failed: { text: "failed", tone: "bad" },
};
const VALIDITY: Record<Validity, Pill> = {
  valid: { text: "valid", tone: "good" },
  indicative: { text: "indicative", tone: "neutral" },
  invalid: { text: "invalid", tone: "bad" },
};

export const statePill = (state: Report["state"]): Pill => STATE[state];
export const validityPill = (validity: Validity): Pill => VALIDITY[validity];

/** The short facts under the title. */
export function chips(report: Report): string[] {
  const { job } = report;
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const isOpen = measured.some((level) => demandOf(level.load).isOpenLoop);
  const streamed = isStreamed(report);
  const input =
    job.workload.prompts === undefined ? `${lengthText(job.workload.inputTokens)} tokens in` : "own prompts";
  const unit = job.workload.prompts === undefined ? "" : " tokens";
  const output = streamed ? `, ${lengthText(job.workload.outputTokens)}${unit} out` : "";
  return [
    ...[serverOf(report)].filter((server) => server !== null),
    ...(report.endpoint.host === null ? [] : [report.endpoint.host]),
    ...(report.model?.dtype === undefined || report.model.dtype === null ? [] : [report.model.dtype]),
    input + output,
    ...(job.workload.images === undefined ? [] : [`with ${imagesText(job.workload.images)} each`]),
    `${measured.length} ${measured.length === 1 ? "level" : "levels"}${job.repeats > 1 ? ` × ${job.repeats} runs` : ""}`,
    `${isOpen ? "open" : "closed"} loop${streamed ? ", streaming" : ""}`,
  ];
}

export const titleOf = (report: Report): { model: string; gpu: string | null } => ({
  model: report.endpoint.model,
  gpu: gpuText(report),
});

/** The name that somebody gave the job. It is null for one that is called by its model. */
export const givenName = ({ name, endpoint }: Pick<Report, "name" | "endpoint">): string | null =>
  name.startsWith(endpoint.model) ? null : name;

/** A sentence about a job that was not completed. It is null for a completed job. */
export function endingBanner(report: Report): string | null {
  const measured = report.levels.filter(
    (level) => level.role !== "warmup" && level.state === "completed",
  ).length;
  const completed =
    measured === 0
      ? "No level was completed."
      : `${measured === 1 ? "The level that was completed is" : `The ${measured} levels that were completed are`} shown.`;
  if (report.state === "cancelled") return `This job was cancelled. ${completed}`;
  if (report.state === "partial") return `This job was cut short. ${completed}`;
  if (report.state === "failed") return `This job failed. ${completed}`;
  return null;
}

const VERDICT: Record<VerdictStatus, Pill> = {
  met: { text: "objective met", tone: "good" },
  missed: { text: "objective missed", tone: "bad" },
  unknown: { text: "objective not judged", tone: "neutral" },
  failed: { text: "requests failed", tone: "bad" },
};

export const verdictPill = (status: VerdictStatus | null): Pill | null =>
  status === null ? null : VERDICT[status];

export interface ObjectiveRow {
  text: string;
  outcome: "met" | "missed" | "unknown";
  /** Why the outcome is unknown. It is null where it is known. */
  why: string | null;
}

const outcomeOf = (met: boolean | null): ObjectiveRow["outcome"] =>
  met === null ? "unknown" : met ? "met" : "missed";

/**
 * The objective, and whether the level that the verdict speaks of met each of its bounds. It is null when the job has
 * no objective. A report of before says it of the objective as a whole alone.
 */
export function objective(report: Report): { level: string; rows: ObjectiveRow[] } | null {
  const { slo, verdict, levels } = report;
  const level = levels.find(({ id }) => id === verdict.level?.id) ?? headlineLevel(report);
  if (slo === null || level === null) return null;
  const textOf = (name: (typeof OBJECTIVES)[number], boundMs: number): string =>
    `${named(name).shortLabel} P${slo.percentile} ≤ ${duration(boundMs)}`;
  const judged = level.objectives.map(({ latency, boundMs, met, reasons }) => ({
    text: textOf(latency, boundMs),
    outcome: outcomeOf(met),
    why: met === null ? reasons.map((reason) => REASON_TEXT[reason]).join("; ") : null,
  }));
  const whole = OBJECTIVES.flatMap((name): ObjectiveRow[] => {
    const boundMs = slo[name];
    return boundMs === null
      ? []
      : [{ text: textOf(name, boundMs), outcome: outcomeOf(level.sloMet), why: null }];
  });
  return { level: loadText(level.load), rows: judged.length > 0 ? judged : whole };
}

/** A sentence in its parts: what stands in backticks is code. */
export const codeParts = (sentence: string): { text: string; isCode: boolean }[] =>
  sentence.split("`").map((text, nth) => ({ text, isCode: nth % 2 === 1 }));

/** The text with its percent signs and units held to their numbers. */
export const unbroken = (text: string): string => text.replaceAll(/(\d) (%|ms|s|tokens)/g, "$1\u00a0$2");
