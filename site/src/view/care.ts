import { type Reason, REASON_TEXT } from "@brimline/core/codes";
import type { Report } from "@brimline/core/report/schema";
import { levelName } from "./levels.ts";

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;

/**
 * What a reader must know before trusting a number: warnings, then the reasons of levels and of the report,
 * then lost shards.
 */
export function careLines(report: Report): string[] {
  // A banner says that a report is simulated.
  const warnings = report.findings.filter(
    ({ severity, code }) => severity === "warn" && code !== "simulated",
  );
  /** The reasons that a warning tells already, with its levels and what to do. */
  const told = new Set<string>(warnings.map((finding) => finding.code));
  const byReason = new Map<Reason, string[]>();
  for (const level of report.levels) {
    if (level.role === "warmup") continue;
    for (const reason of level.reasons)
      if (!told.has(reason)) byReason.set(reason, [...(byReason.get(reason) ?? []), levelName(level)]);
  }
  const atLevels = [...byReason].map(([reason, levels]) =>
    sentence(`${REASON_TEXT[reason]} (${levels.join(", ")})`),
  );
  const whole = report.reasons
    .filter((reason) => !told.has(reason) && !byReason.has(reason))
    .map((reason) => sentence(REASON_TEXT[reason]));
  const lost = report.provenance.missingShards;
  return [
    ...new Set([
      ...warnings.map((finding) => finding.sentence),
      ...atLevels,
      ...whole,
      ...(lost > 0 ? [`${lost} of ${report.provenance.shards} parts of the load generator were lost.`] : []),
    ]),
  ];
}

/** The findings that only inform. */
export const insights = (report: Report): string[] =>
  report.findings.filter((finding) => finding.severity === "info").map((finding) => finding.sentence);
