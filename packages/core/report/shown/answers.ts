import { type BottleneckCause, BOTTLENECK_TEXT, REASON_TEXT } from "../../codes.ts";
import { headlineLevel } from "../entry.ts";
import { isOpenBeyond } from "../verdict/answer.ts";
import { isStreamed } from "../kind.ts";
import type { Report } from "../schema.ts";
import { trustText } from "./trust.ts";

/** A question that a reader has of the answer, in a word, and what the report says to it. Flags are in backticks. */
export interface Row {
  name: "State" | "Limit" | "Change" | "Judged" | "Cost" | "Trust" | "Next";
  text: string;
}

/** The sentence at the head of every surface: the answer, or why there is none. */
export const headSentence = ({ verdict }: Pick<Report, "verdict">): string =>
  verdict.answer ?? verdict.sentence;

/** What stands below the head on every surface, in order. What is said elsewhere already has no row. */
export function answerRows(report: Report): Row[] {
  const { verdict, state, reasons } = report;
  const why = reasons.map((reason) => REASON_TEXT[reason]).join("; ");
  const rows: [name: Row["name"], text: string | null][] = [
    ["State", state === "completed" ? null : `${state}${why === "" ? "" : ` (${why})`}`],
    ...limitRows(report),
    ["Cost", costText(report)],
    ["Trust", trustText(report)],
    ["Judged", verdict.answer === null ? null : verdict.sentence],
    ["Next", verdict.next?.sentence ?? null],
  ];
  return rows.flatMap(([name, text]) => (text === null ? [] : [{ name, text }]));
}

/** The head says these. */
const TOLD = new Set<BottleneckCause>(["failures", "not_reached"]);

/** Where there is no capacity, or what lies beyond it is open, these say no more than why. */
const SHOWS_NOTHING = new Set<BottleneckCause>(["unknown", "client"]);

function limitRows({ verdict: { bottleneck, answer, limit }, slo }: Report): [Row["name"], string | null][] {
  if (bottleneck === null || TOLD.has(bottleneck.cause)) return [];
  if ((answer === null || isOpenBeyond({ limit }, slo)) && SHOWS_NOTHING.has(bottleneck.cause)) return [];
  const { cause, evidence, remedy } = bottleneck;
  return [
    ["Limit", `${BOTTLENECK_TEXT[cause]}. ${evidence}`],
    ["Change", remedy],
  ];
}

/** Why the head names no cost. It is null where it does, and where no cost applies. */
function costText(report: Report): string | null {
  const level = headlineLevel(report);
  if (level === null || !isStreamed(report) || report.verdict.answer === null) return null;
  const { value, reasons } = level.usdPerMOutputTokens;
  return value === null && reasons.includes("no_price")
    ? `Not known: ${REASON_TEXT.no_price} (\`--price\`).`
    : null;
}
