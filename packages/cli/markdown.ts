import type { Report } from "@brimline/core/report/schema";
import { cell, interval, loadText } from "./figures.ts";

// A name could close the table or start a link. A backslash makes every such character plain text.
const plain = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]()#+!|<>~-]/g, (mark) => `\\${mark}`).replaceAll(/\s+/g, " ");

/** A report as Markdown, to be pasted into an issue or a pull request. */
export function markdownReport(report: Report, pageUrl: string | null): string {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const warnings = report.findings.filter((finding) => finding.severity === "warn");
  return [
    `### ${plain(report.name)}`,
    "",
    ...(report.provenance.simulated ? ["**Simulated endpoint or GPU.**", ""] : []),
    plain(report.verdict.sentence),
    "",
    "| Load | ok/total | tok/s | 95 % | TTFT p50 ms | TTFT p95 ms | TPOT p50 ms | MFU % | tokens/J | validity |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ...measured.map(
      (level) =>
        `| ${[
          loadText(level.load),
          `${level.requests.ok}/${level.requests.sent}`,
          cell(level.outputTokensPerS),
          interval(level.outputTokensPerS),
          cell(level.ttftMs.p50),
          cell(level.ttftMs.p95),
          cell(level.tpotMs.p50),
          cell(level.mfuPercent),
          cell(level.tokensPerJ),
          level.validity,
        ].join(" | ")} |`,
    ),
    "",
    ...warnings.map((finding) => `- ⚠ ${plain(finding.sentence)}`),
    ...(warnings.length > 0 ? [""] : []),
    `${report.provenance.generator} · ${report.createdAt}${pageUrl === null ? "" : ` · [report](${pageUrl})`}`,
    "",
  ].join("\n");
}
