import { byLoad } from "./by-load.ts";
import { answerRows, headSentence } from "./answers.ts";
import { type FigureKey, shown } from "../catalogue.ts";
import { isStreamed } from "../kind.ts";
import { named } from "../names.ts";
import { figureAt } from "../pick.ts";
import { CLOCK_TEXT } from "../text.ts";
import type { Level, Report } from "../schema.ts";
import { missingFigure, missingTexts } from "./missing.ts";
import { cell, interval, fullLoadText, figureName } from "./cells.ts";

// A name could close the table or start a link. A backslash makes every such character plain text.
export const plain = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]()#+!|<>~-]/g, (mark) => `\\${mark}`).replaceAll(/\s+/g, " ");

export const row = (cells: string[]): string => `| ${cells.join(" | ")} |`;

/** A column of figures: its head, and its cell for a level. */
interface Column {
  head: string;
  show: (level: Level) => string;
}

function columnsOf(key: FigureKey): Column[] {
  const column: Column = {
    head: `${figureName(key, "shortLabel")} ${named(key).headUnit}`.trimEnd(),
    show: (level) => cell(figureAt(level, key)),
  };
  return key === "outputTokensPerS"
    ? [column, { head: "95 %", show: (level) => interval(figureAt(level, key)) }]
    : [column];
}

/** Its name beside a page. */
export const REPORT_MD = "report.md";

/** A report as Markdown, to be pasted into an issue or a pull request. */
export function markdownReport(inRunOrder: Report, pageUrl: string | null): string {
  const report = byLoad(inRunOrder);
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const keys = shown("markdown", isStreamed(report));
  const figures = keys.flatMap(columnsOf);
  const { arrivalClock: clock } = report.certificate;
  const missing = missingTexts(
    measured.flatMap((level) =>
      keys.flatMap((key) => missingFigure(figureName(key), fullLoadText(level.load), figureAt(level, key))),
    ),
    measured.length,
  );
  const warnings = report.findings.filter((finding) => finding.severity === "warn");
  return [
    `### ${plain(report.name)}`,
    "",
    `**${plain(headSentence(report))}**`,
    "",
    ...answerRows(report).map(({ name, text }) => `- **${name}:** ${plain(text)}`),
    "",
    row(["Load", "ok/total", ...figures.map(({ head }) => head), "validity"]),
    `|---|---:|${"---:|".repeat(figures.length)}---|`,
    ...measured.map((level) =>
      row([
        fullLoadText(level.load),
        `${level.requests.ok}/${level.requests.sent}`,
        ...figures.map(({ show }) => show(level)),
        level.validity,
      ]),
    ),
    "",
    ...missing.map((text) => `- ${plain(text)}`),
    ...(missing.length > 0 ? [""] : []),
    ...warnings.map((finding) => `- ⚠ ${plain(finding.sentence)}`),
    ...(warnings.length > 0 ? [""] : []),
    ...(clock === null ? [] : [`Arrival clock: ${CLOCK_TEXT[clock]}.`, ""]),
    `${report.provenance.generator} · ${report.createdAt}${pageUrl === null ? "" : ` · [report](${pageUrl})`}`,
    "",
  ].join("\n");
}
