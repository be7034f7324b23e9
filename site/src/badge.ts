import type { Report } from "@brimline/core/report/schema";
import { loadText } from "@brimline/core/report/text";
import { headlineLevel, statusOf } from "@brimline/core/report/entry";
import { escapeText } from "@brimline/core/report/shown/xml";
import { textWidth } from "./charts/font.ts";
import { formatOf } from "./format/named.ts";

/** Its name beside a page. */
export const BADGE = "badge.svg";

const PX = 11;
const HEIGHT = 20;
const PAD = 7;

/** A badge of a report for a README: what it can serve, green where the objective is met. It has no text of a caller. */
export function badge(report: Report): string {
  const text = badgeText(report);
  const status = statusOf(report);
  const fill =
    report.validity === "invalid" || status === "failed" || status === "missed"
      ? "#b3261e"
      : status === "met"
        ? "#146c43"
        : "#4a5260";
  const [left, right] = ["brimline", text].map((part) => Math.ceil(textWidth(part, PX, 500)) + 2 * PAD) as [
    number,
    number,
  ];
  const words = (part: string, x: number): string =>
    `<text x="${x}" y="14" textLength="${Math.ceil(textWidth(part, PX, 500))}">${escapeText(part)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="brimline: ${escapeText(text)}"><title>brimline: ${escapeText(text)}</title><path d="M4,0h${left - 4}v${HEIGHT}h-${left - 4}a4,4 0 0 1 -4,-4v-12a4,4 0 0 1 4,-4" fill="#2b3038"/><path d="M${left},0h${right - 4}a4,4 0 0 1 4,4v12a4,4 0 0 1 -4,4h-${right - 4}z" fill="${fill}"/><g fill="#fff" font-family="Inter,Verdana,sans-serif" font-size="${PX}" font-weight="500">${words("brimline", PAD)}${words(text, left + PAD)}</g></svg>\n`;
}

/** "104 users, 1,384 tok/s", or how it ended. */
function badgeText(report: Report): string {
  const level = headlineLevel(report);
  if (report.validity === "invalid") return report.state === "completed" ? "invalid" : report.state;
  const throughput = level?.outputTokensPerS.value ?? null;
  if (level === null) return report.state;
  const load = loadText(level.load);
  return throughput === null ? load : `${load}, ${formatOf("outputTokensPerS")(throughput)} tok/s`;
}
