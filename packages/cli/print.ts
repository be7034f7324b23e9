import { limitSentence } from "@brimline/core/report/bottleneck/words";
import { type FigureKey, shown } from "@brimline/core/report/catalogue";
import { chartPaths, chartsOf } from "@brimline/core/report/charts";
import { isStreamed, kindText } from "@brimline/core/report/kind";
import { LEVELS_CSV } from "@brimline/core/report/csv";
import { CLOCK_TEXT, lengthText, promptsText } from "@brimline/core/report/text";
import type { Level, Report } from "@brimline/core/report/schema";
import { cell, change, levelHeading, fullLoadText, figureName, number, reasonText } from "./figures.ts";
import { levelTable } from "./level-table.ts";
import { marginal, saturationBlock } from "./saturation.ts";
import { missingFigure, missingLines } from "./missing.ts";
import { table, title, wrap } from "./table.ts";

/**
 * A report for a terminal, in plain text: everything in it that a reader asks for first. `page` is the URL or
 * the folder of its page and its files, with a "/" at its end. `open` is the command that serves a folder's page.
 */
export function printReport(
  report: Report,
  options: { columns: number; page: string | null; open: string | null },
): string {
  const columns = Math.min(Math.max(options.columns, 60), 120);
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const blocks = [
    head(report, columns, options),
    careful(report, columns),
    setup(report),
    ...levelTable(measured, shown("print", isStreamed(report)), columns),
    versusFirst(report, columns),
    saturationBlock(report, columns),
    marginal(report, columns),
    insights(report, columns),
    errors(measured, columns),
    pictures(report, options.page),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

function head(
  report: Report,
  columns: number,
  { page, open }: { page: string | null; open: string | null },
): string[] {
  const gpus =
    report.gpus.length === 0
      ? []
      : [`${report.gpus.length > 1 ? `${report.gpus.length} × ` : ""}${report.gpus[0]?.name ?? ""}`];
  const limit = limitSentence(report.verdict);
  return [
    [
      report.name,
      report.endpoint.model === report.name ? "" : report.endpoint.model,
      ...gpus,
      `${report.createdAt.slice(0, 16).replace("T", " ")} UTC`,
    ]
      .filter((part) => part !== "")
      .join(" · "),
    ...(report.provenance.simulated
      ? wrap(
          "SIMULATED: the endpoint or the GPU behind this report is a simulation. It was measured like a real one, but its figures say nothing about real hardware.",
          columns,
        )
      : []),
    ...(report.state === "completed"
      ? []
      : [`State: ${report.state}${report.reasons.length > 0 ? ` (${reasonText(report.reasons)})` : ""}`]),
    "",
    ...wrap(report.verdict.sentence, columns),
    ...(limit === null ? [] : wrap(`Limit: ${limit}`, columns)),
    ...(report.verdict.next === null ? [] : wrap(`Next: ${report.verdict.next.sentence}`, columns)),
    "",
    ...(page === null ? [] : [open === null ? page : `Page: ${open}`]),
  ];
}

function careful(report: Report, columns: number): string[] {
  const warnings = report.findings.filter((finding) => finding.severity === "warn");
  return warnings.length === 0
    ? []
    : [title("Read with care"), ...warnings.flatMap((finding) => bullet(finding.sentence, columns))];
}

const bullet = (text: string, columns: number): string[] =>
  wrap(text, columns, "    ").map((line, index) => (index === 0 ? `  • ${line.slice(4)}` : line));

function setup(report: Report): string[] {
  const warmup = report.levels.find((level) => level.role === "warmup");
  const { workload } = report.job;
  const rows = [
    ...report.gpus.map((gpu) => [
      "GPU",
      [
        gpu.name,
        gpu.peakTflops === null ? "peak unknown" : `dense peak ${number(gpu.peakTflops)} TFLOPS`,
        ...(gpu.powerLimitW === null ? [] : [`limit ${number(gpu.powerLimitW)} W`]),
      ].join(", "),
    ]),
    ["Kind", kindText(report)],
    [
      "Asked",
      `prompts: ${promptsText(workload)}${isStreamed(report) ? `, answers: ${lengthText(workload.outputTokens)} tokens` : ""}`,
    ],
    ...(warmup === undefined
      ? []
      : [["Warm-up", `${fullLoadText(warmup.load)}, ${warmup.requests.ok}/${warmup.requests.sent} ok`]]),
    ...arrivalClock(report),
    ...clientError(report),
  ];
  return [title("Setup"), ...table(rows, "left")];
}

const arrivalClock = ({ certificate: { arrivalClock: clock } }: Report): string[][] =>
  clock === null ? [] : [["Arrival clock", CLOCK_TEXT[clock]]];

/** "The client adds at most x ms", or why that is not known. */
function clientError({ certificate: { addedTtftMs, addedGapMs } }: Report): string[][] {
  if (addedTtftMs.value === null && addedTtftMs.reasons.includes("not_recorded")) return [];
  if (addedTtftMs.value === null || addedGapMs.value === null)
    return [["Client", reasonText(addedTtftMs.reasons)]];
  return [
    ["Client", `adds at most ${cell(addedTtftMs, "ms")} to a TTFT, ${cell(addedGapMs, "ms")} to a chunk gap`],
  ];
}

type Change = Exclude<keyof NonNullable<Report["versusFirst"]>["rows"][number], "levelId">;
const VERSUS_FIRST: [key: FigureKey, change: Change][] = [
  ["outputTokensPerS", "throughputPercent"],
  ["mfuPercent", "mfuPercent"],
  ["ttftMs.p95", "ttftP95Percent"],
];

function versusFirst({ versusFirst: against, ...report }: Report, columns: number): string[] {
  if (against === null) return [];
  const { rows, firstLevelId } = against;
  // A column without a single value is left out.
  const shown = VERSUS_FIRST.filter(([, of]) => rows.some((row) => row[of].value !== null));
  if (shown.length === 0) return [];
  const at = (levelId: string): string => levelHeading(report, levelId);
  return [
    title(`Compared with ${at(firstLevelId)}`),
    ...table([
      ["", ...shown.map(([key]) => figureName(key))],
      ...rows.map((row) => [at(row.levelId), ...shown.map(([, of]) => change(row[of]))]),
    ]),
    ...missingLines(
      shown.flatMap(([key, of]) =>
        rows.flatMap((row) => missingFigure(figureName(key), at(row.levelId), row[of])),
      ),
      rows.length,
      columns,
    ),
  ];
}

function insights(report: Report, columns: number): string[] {
  const found = report.findings.filter((finding) => finding.severity === "info");
  return found.length === 0
    ? []
    : [title("Insights"), ...found.flatMap((finding) => bullet(finding.sentence, columns))];
}

function errors(measured: readonly Level[], columns: number): string[] {
  const failing = measured.filter((level) => level.requests.failed > 0);
  if (failing.length === 0) return [];
  return [
    title("Failed requests"),
    ...failing.flatMap((level) => [
      `  ${fullLoadText(level.load)}: ${Object.entries(level.requests.errors)
        .map(([kind, count]) => `${count} × ${kind}`)
        .join(", ")}`,
      ...level.errorSamples
        .slice(0, 2)
        .flatMap((sample) =>
          wrap(`${sample.status ?? ""} ${sample.text}`.trim().slice(0, 300), columns, "    "),
        ),
    ]),
  ];
}

function pictures(report: Report, page: string | null): string[] {
  if (page === null) return [];
  const pngs = chartsOf(report).flatMap((chart) => chartPaths(chart).png ?? []);
  return [
    title("Published"),
    `  ${page}`,
    ...[LEVELS_CSV, "report.json", ...pngs].map((file) => `  ${page}${file}`),
  ];
}
