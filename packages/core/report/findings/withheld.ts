import { searchOf } from "../../job/plan/loads.ts";
import type { Figure } from "../../figure.ts";
import { floorOf } from "../../metric/statistics/quantile.ts";
import { listed, type Placed, refsOf } from "./placed.ts";
import type { Finding, Level, Report } from "../schema.ts";
import { loadText, num } from "../text.ts";
import { longer } from "../verdict/longer.ts";

const HEADLINE_FLOOR = floorOf(0.95);

/** " (run 150 s)": how long a level must send for so many times as many independent requests. */
export function longerText(level: Level, factor: number, job: Report["job"]): string {
  // A search sets the length of its levels itself.
  if (searchOf(job) !== null) return "";
  const asked = longer(level, factor, HEADLINE_FLOOR, job.stop);
  if (asked === null) return " (run longer)";
  return asked.requests === null
    ? ` (run ${num(asked.durationS ?? 0)} s)`
    : ` (send ${num(asked.requests)} requests)`;
}

const isTooFew = ({ value, reasons }: Figure): boolean => value === null && reasons.includes("too_few");

/** Percentiles that too few requests back. */
export function withheld(measured: Placed[], { job }: Omit<Report, "findings">): Finding[] {
  const steady = measured.filter(({ level }) => level.requests.inWindow > 0);
  const noP99 = steady.filter(({ level }) => isTooFew(level.ttftMs.p99));
  const few = noP99.filter(({ level }) => isTooFew(level.ttftMs.p95));
  const findings: Finding[] = [];
  if (noP99.length > 0) {
    const each = noP99.map(
      ({ level }) => `${Math.floor(level.ttftMs.p99.nEff ?? 0)} at ${loadText(level.load)}`,
    );
    const sentence = `P99 is withheld where fewer than ${floorOf(0.99)} independent requests back it (${listed(each)}): no 95 % interval would exist. "At least" values are given instead.`;
    findings.push({ code: "p99_withheld", severity: "info", sentence, refs: refsOf(noP99, "ttftMs/p99") });
  }
  if (few.length > 0) {
    const each = few.map(
      ({ level }) =>
        `${loadText(level.load)}${longerText(level, HEADLINE_FLOOR / (level.ttftMs.p95.nEff ?? 1), job)}`,
    );
    const sentence = `There were too few requests even for a P95 with an interval (${HEADLINE_FLOOR} independent ones are needed) at ${listed(each)}.`;
    findings.push({ code: "few_requests", severity: "warn", sentence, refs: refsOf(few, "ttftMs/p95") });
  }
  return findings;
}
