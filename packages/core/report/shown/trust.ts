import { type Reason, REASON_TEXT } from "../../codes.ts";
import type { Validity } from "../../figure.ts";
import { headlineLevel } from "../entry.ts";
import { isStreamed } from "../kind.ts";
import type { Level, Report } from "../schema.ts";
import { loadSpan, loadText, msText, num } from "../text.ts";

const WORD: Record<Validity, string> = {
  valid: "Valid",
  indicative: "To be read with care",
  invalid: "Not to be used",
};

/**
 * How far the answer can be trusted, in a few sentences for every surface: its validity with the reasons, the requests
 * that it rests on, and what the load generator adds. That the endpoint is simulated comes first.
 */
export function trustText(report: Report): string {
  const level = headlineLevel(report);
  return [
    ...(report.provenance.simulated
      ? ["Simulated: it was measured like a real endpoint, but says nothing about real hardware."]
      : []),
    validityText(report, level),
    ...(level === null ? [] : [requestsText(level)]),
    ...clientText(report),
  ].join(" ");
}

/** The answer is as valid as its level. Others may be worse. */
function validityText(report: Report, level: Level | null): string {
  const { validity, reasons } = level ?? report;
  const others = level !== null && validity === "valid" ? worstText(report) : "";
  return `${WORD[validity]}${whyText(reasons)}.${others}`;
}

/** At which other loads figures are worth least, and why where all of them have the same reasons. */
function worstText({ levels, validity }: Report): string {
  if (validity === "valid") return "";
  const worst = levels.filter((level) => level.role === "measured" && level.validity === validity);
  const [why, ...others] = new Set(worst.map(({ reasons }) => whyText(reasons)));
  const at = worst.length === 0 ? "other loads" : loadSpan(worst.map(({ load }) => load));
  return ` Figures at ${at} are ${WORD[validity].toLowerCase()}${others.length > 0 ? "" : (why ?? "")}.`;
}

const whyText = (reasons: Reason[]): string =>
  reasons.length === 0 ? "" : `: ${reasons.map((reason) => REASON_TEXT[reason]).join("; ")}`;

function requestsText({ requests, load }: Level): string {
  const { sent, failed } = requests;
  const failing = failed === 0 ? "none failed" : `${num(failed)} failed`;
  return `${num(sent)} requests at ${loadText(load)}, ${failing}.`;
}

function clientText(report: Report): string[] {
  const { addedTtftMs } = report.certificate;
  if (!isStreamed(report) || addedTtftMs.value === null) return [];
  return [`At any load the load generator adds at most ${msText(addedTtftMs.value)} to a first token.`];
}
