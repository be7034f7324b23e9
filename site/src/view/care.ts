import { type Reason, REASON_TEXT } from "@brimline/core/codes";
import type { Report } from "@brimline/core/report/schema";
import { loadSpan } from "@brimline/core/report/text";
import type { Load } from "@brimline/core/load";

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
  const byReason = new Map<Reason, Load[]>();
  for (const level of report.levels) {
    if (level.role === "warmup") continue;
    for (const reason of level.reasons)
      if (!told.has(reason)) byReason.set(reason, [...(byReason.get(reason) ?? []), level.load]);
  }
  const atLevels = [...byReason].map(([reason, levels]) =>
    sentence(`${REASON_TEXT[reason]} (${loadSpan(levels)})`),
  );
  const whole = report.reasons
    .filter((reason) => !told.has(reason) && !byReason.has(reason))
    .map((reason) => sentence(REASON_TEXT[reason]));
  const lost = told.has("shards_lost") ? 0 : report.provenance.missingShards;
  return [
    ...new Set([
      ...warnings.map((finding) => finding.sentence),
      ...atLevels,
      ...whole,
      ...(lost > 0 ? [`${lost} of ${report.provenance.shards} parts of the load generator were lost.`] : []),
    ]),
  ];
}

/** A sentence that a reader should know, and whether it warns. */
export interface Told {
  text: string;
  isWarning: boolean;
}

/** What the verdict, its rows or the setup say already. */
const TOLD_ABOVE = new Set(["simulated", "test_next", "not_measured", "client_error", "p99_withheld"]);
/** Findings that tell most of an endpoint, in order. The others follow them. */
const TELLING = [
  "saturation_seen",
  "maximum_identified",
  "no_saturation_seen",
  "roofline",
  "ttft_outside_server",
  "ttft_parts",
  "best_per_user",
  "best_mfu",
  "best_throughput",
];
const FIRST = 3;
/** So many warnings at most stand before what was found, if anything was. */
const FIRST_WARNINGS = 2;

/**
 * What to know of a report in two depths: three sentences at most, and what is folded below them. Warnings come first,
 * as aggregation orders them; then what was found, the most telling first.
 */
export function thingsToKnow(report: Report): { first: Told[]; caveats: string[]; findings: string[] } {
  const caveats = careLines(report);
  const place = (code: string): number =>
    TOLD_ABOVE.has(code) ? Infinity : TELLING.includes(code) ? TELLING.indexOf(code) : TELLING.length;
  const found = report.findings
    .filter(({ severity }) => severity === "info")
    .toSorted((a, b) => place(a.code) - place(b.code));
  const telling = found.filter(({ code }) => !TOLD_ABOVE.has(code));
  const warnings = caveats.slice(
    0,
    telling.length === 0 ? FIRST : Math.max(FIRST_WARNINGS, FIRST - telling.length),
  );
  const shown = telling.slice(0, FIRST - warnings.length);
  return {
    first: [
      ...warnings.map((text) => ({ text, isWarning: true })),
      ...shown.map(({ sentence: text }) => ({ text, isWarning: false })),
    ],
    caveats: caveats.slice(warnings.length),
    findings: found.filter((finding) => !shown.includes(finding)).map(({ sentence: text }) => text),
  };
}

/** "4 more caveats and 3 more findings". It is null where nothing is folded. */
export function foldedText(caveats: number, findings: number): string | null {
  const parts = [
    ...(caveats > 0 ? [`${caveats} more ${caveats === 1 ? "caveat" : "caveats"}`] : []),
    ...(findings > 0 ? [`${findings} more ${findings === 1 ? "finding" : "findings"}`] : []),
  ];
  return parts.length === 0 ? null : parts.join(" and ");
}
