import { demandOf } from "@brimline/core/load";
import { OBJECTIVES } from "@brimline/core/report/catalogue";
import { gpuText, headlineLevel } from "@brimline/core/report/entry";
import { named } from "@brimline/core/report/names";
import { imagesText, lengthText, loadText } from "@brimline/core/report/text";
import type { Figure, Validity } from "@brimline/core/figure";
import type { Report } from "@brimline/core/report/schema";
import { isDoubted } from "../format/figure.ts";
import { duration } from "../format/number.ts";
import type { Pill } from "./table.ts";

const STATE: Record<Report["state"], Pill> = {
  completed: { text: "completed", tone: "good" },
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
  const tokens = `${lengthText(job.workload.inputTokens)} tokens in, ${lengthText(job.workload.outputTokens)} out`;
  return [
    ...(report.endpoint.server === null ? [] : [report.endpoint.server]),
    ...(report.endpoint.host === null ? [] : [report.endpoint.host]),
    ...(report.model?.dtype === undefined || report.model.dtype === null ? [] : [report.model.dtype]),
    job.workload.prompts === undefined
      ? tokens
      : `own prompts, ${lengthText(job.workload.outputTokens)} tokens out`,
    ...(job.workload.images === undefined ? [] : [`with ${imagesText(job.workload.images)} each`]),
    `${measured.length} ${measured.length === 1 ? "level" : "levels"}${job.repeats > 1 ? ` × ${job.repeats} runs` : ""}`,
    `${isOpen ? "open" : "closed"} loop, streaming`,
  ];
}

export const titleOf = (report: Report): { model: string; gpu: string | null } => ({
  model: report.endpoint.model,
  gpu: gpuText(report),
});

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

export interface ObjectiveRow {
  text: string;
  outcome: "met" | "missed" | "unknown";
}

/** The objective, and whether the headline level met each of its bounds. It is null when the job has no objective. */
export function objective(report: Report): { level: string; rows: ObjectiveRow[] } | null {
  const level = headlineLevel(report);
  if (report.slo === null || level === null) return null;
  const { slo } = report;
  const key =
    slo.percentile === 50
      ? "p50"
      : slo.percentile === 90
        ? "p90"
        : slo.percentile === 99
          ? "p99"
          : slo.percentile === 95
            ? "p95"
            : null;
  const bounds = OBJECTIVES.flatMap((name) => {
    const limit = slo[name];
    const spread = (name === "ttftMs" ? level.ttftFromDueMs : null) ?? level[name];
    return limit === null
      ? []
      : [{ name: named(name).shortLabel, limit, figure: key === null ? null : spread[key] }];
  });
  const outcomeOf = (limit: number, figure: Figure | null): ObjectiveRow["outcome"] => {
    if (level.sloMet === true) return "met";
    if (bounds.length === 1) return level.sloMet === null ? "unknown" : "missed";
    return figure === null ? "unknown" : outcomeBy(figure, limit);
  };
  return {
    level: loadText(level.load),
    rows: bounds.map(({ name, limit, figure }) => ({
      text: `${name} P${slo.percentile} ≤ ${duration(limit)}`,
      outcome: outcomeOf(limit, figure),
    })),
  };
}

/** What one of several bounds came to: unknown where the load generator may have read too late to tell. */
function outcomeBy(figure: Figure, limit: number): ObjectiveRow["outcome"] {
  const { value, low, high, reasons } = figure;
  if (value === null || isDoubted(figure)) return "unknown";
  const isOpen = reasons.includes("client_limited") && (low ?? value) <= limit && limit < (high ?? value);
  if (isOpen) return "unknown";
  return value <= limit ? "met" : "missed";
}
