import { byLoad } from "@brimline/core/report/shown/by-load";
import { answerRows, headSentence } from "@brimline/core/report/shown/answers";
import { gpuText } from "@brimline/core/report/entry";
import { type FigureKey, shown } from "@brimline/core/report/catalogue";
import { chartPaths, chartsOf } from "@brimline/core/report/shown/charts";
import { isStreamed, kindText } from "@brimline/core/report/kind";
import { LEVELS_CSV } from "@brimline/core/report/shown/csv";
import { CLOCK_TEXT, lengthText, promptsText } from "@brimline/core/report/text";
import type { Level, Report } from "@brimline/core/report/schema";
import {
  cell,
  change,
  levelHeading,
  fullLoadText,
  figureName,
  number,
  reasonText,
} from "@brimline/core/report/shown/cells";
import { levelTable, shortTable } from "./level-table.ts";
import { marginal, saturationBlock } from "./saturation.ts";
import { missingFigure } from "@brimline/core/report/shown/missing";
import { missingLines } from "./missing.ts";
import { table, title, wrap } from "./table.ts";

export interface PrintOptions {
  columns: number;
  /** The URL or the folder of the report's page and its files, with a "/" at its end. */
  page: string | null;
  /** The command that serves a folder's page. */
  open: string | null;
  /** Whether all tables are printed, and not the first one alone. */
  isFull: boolean;
}

/** A report for a terminal, in plain text. First comes the answer, then what to trust, then tables. */
export function printReport(inRunOrder: Report, options: PrintOptions): string {
  const report = byLoad(inRunOrder);
  const columns = Math.min(Math.max(options.columns, 60), 120);
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const blocks = [
    titleLine(report, columns),
    answer(report, columns, options),
    careful(report, columns, options.isFull),
    ...(options.isFull ? everything(report, measured, columns, options) : short(report, measured, columns)),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

const everything = (
  report: Report,
  measured: Level[],
  columns: number,
  { page }: PrintOptions,
): string[][] => [
  setup(report),
  ...levelTable(measured, shown("print", isStreamed(report)), columns),
  versusFirst(report, columns),
  saturationBlock(report, columns),
  marginal(report, columns),
  insights(report, columns),
  errors(measured, columns),
  pictures(report, page),
];

const short = (report: Report, measured: Level[], columns: number): string[][] => [
  shortTable(measured, shown("short", isStreamed(report)), columns),
  errors(measured, columns),
  [`Every figure: npx brimline report ${report.id} --full`],
];

function titleLine(report: Report, columns: number): string[] {
  const gpu = gpuText(report);
  return wrap(
    [
      report.name,
      ...(report.endpoint.model === report.name ? [] : [report.endpoint.model]),
      ...(gpu === null ? [] : [gpu]),
      `${report.createdAt.slice(0, 16).replace("T", " ")} UTC`,
      ...(report.provenance.simulated ? ["SIMULATED"] : []),
    ].join(" · "),
    columns,
  );
}

/** The answer, then a row for each question that a reader has of it. */
function answer(report: Report, columns: number, { page, open }: PrintOptions): string[] {
  return [
    ...wrap(headSentence(report), columns),
    "",
    ...answerRows(report).flatMap(({ name, text }) => questioned(name, text, columns)),
    // A command or an address stays whole.
    ...(page === null ? [] : [`${"Page".padEnd(NAME_CELLS)}${open ?? page}`]),
  ];
}

const NAME_CELLS = 8;

/** "Trust   Valid. …", with the text beside its name on each line. */
const questioned = (name: string, text: string, columns: number): string[] =>
  wrap(text, columns, " ".repeat(NAME_CELLS)).map((line, nth) =>
    nth === 0 ? `${name.padEnd(NAME_CELLS)}${line.slice(NAME_CELLS)}` : line,
  );

/** Trust says the first already, and the others are about the curve, which only a full print has. */
const ELSEWHERE = { always: ["simulated"], short: ["maximum_not_identified", "fit_alternatives"] };

function careful(report: Report, columns: number, isFull: boolean): string[] {
  const elsewhere = new Set([...ELSEWHERE.always, ...(isFull ? [] : ELSEWHERE.short)]);
  const warnings = report.findings.filter(
    ({ severity, code }) => severity === "warn" && !elsewhere.has(code),
  );
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
