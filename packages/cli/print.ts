import { lengthText } from "@brimline/core/report/text";
import type { Figure } from "@brimline/core/figure";
import type { Fit, Level, Report } from "@brimline/core/report/schema";
import { cell, change, interval, promptsText, loadText, number, reasonText, seconds } from "./figures.ts";
import { table, wrap } from "./table.ts";

/** A report for a terminal, in plain text: everything in it that a reader asks for first. */
export function printReport(report: Report, options: { columns: number; pageUrl: string | null }): string {
  const columns = Math.min(Math.max(options.columns, 60), 120);
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const blocks = [
    head(report, columns, options.pageUrl),
    careful(report, columns),
    setup(report),
    ...levels(measured, columns),
    versusFirst(report),
    saturation(report, columns),
    marginal(report),
    insights(report, columns),
    errors(measured, columns),
    pictures(report, options.pageUrl),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join("\n"))
    .join("\n\n")}\n`;
}

const title = (text: string): string => text.toUpperCase();

function head(report: Report, columns: number, pageUrl: string | null): string[] {
  const gpus =
    report.gpus.length === 0
      ? []
      : [`${report.gpus.length > 1 ? `${report.gpus.length} × ` : ""}${report.gpus[0]?.name ?? ""}`];
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
    ...(pageUrl === null ? [] : [pageUrl]),
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
    ["Asked", `prompts: ${promptsText(workload)}, answers: ${lengthText(workload.outputTokens)} tokens`],
    ...(warmup === undefined
      ? []
      : [["Warm-up", `${loadText(warmup.load)}, ${warmup.requests.ok}/${warmup.requests.sent} ok`]]),
    ...clientError(report),
  ];
  return [title("Setup"), ...table(rows, "left")];
}

/** "The client adds at most x ms", or why that is not known. */
function clientError({ certificate: { addedTtftMs, addedGapMs } }: Report): string[][] {
  if (addedTtftMs.value === null && addedTtftMs.reasons.includes("not_recorded")) return [];
  if (addedTtftMs.value === null || addedGapMs.value === null)
    return [["Client", reasonText(addedTtftMs.reasons)]];
  return [
    ["Client", `adds at most ${cell(addedTtftMs, "ms")} to a TTFT, ${cell(addedGapMs, "ms")} to a chunk gap`],
  ];
}

/** The rows of the level table: each has a name, and a cell for each level. */
const ROWS: readonly [string, (level: Level) => string][] = [
  ["Requests ok/total", (level) => `${level.requests.ok}/${level.requests.sent}`],
  ["Duration", (level) => seconds(level.runs.reduce((sum, run) => sum + run.durationS, 0))],
  ["In flight", (level) => cell(level.inFlight)],
  ["TTFT mean, ms", (level) => cell(level.ttftMs.mean)],
  ["TTFT p50, ms", (level) => cell(level.ttftMs.p50)],
  ["TTFT p95, ms", (level) => cell(level.ttftMs.p95)],
  ["  95 % interval", (level) => interval(level.ttftMs.p95)],
  ["TTFT p99, ms", (level) => cell(level.ttftMs.p99)],
  ["Time per token p50, ms", (level) => cell(level.tpotMs.p50)],
  ["Latency mean, ms", (level) => cell(level.e2eMs.mean)],
  ["Latency p95, ms", (level) => cell(level.e2eMs.p95)],
  ["Latency p99, ms", (level) => cell(level.e2eMs.p99)],
  ["Throughput, tok/s", (level) => cell(level.outputTokensPerS)],
  ["  95 % interval", (level) => interval(level.outputTokensPerS)],
  ["Per request mean, tok/s", (level) => cell(level.perRequestTokensPerS.mean)],
  ["Per request p50, tok/s", (level) => cell(level.perRequestTokensPerS.p50)],
  ["Requests/s", (level) => cell(level.requestsPerS)],
  ["SLO met", (level) => (level.sloMet === null ? "—" : level.sloMet ? "yes" : "no")],
  ["MFU, %", (level) => cell(level.mfuPercent)],
  ["MFU, output only, %", (level) => cell(level.mfuOutputOnlyPercent)],
  ["GPU power, W", (level) => (level.gpu === null ? "—" : cell(level.gpu.powerW))],
  ["Tokens/J", (level) => cell(level.tokensPerJ)],
  ["$ per M output tokens", (level) => cell(level.usdPerMOutputTokens)],
  ["Validity", (level) => level.validity],
];

/** The level table. As many levels stand side by side as fit the terminal. */
function levels(measured: readonly Level[], columns: number): string[][] {
  const perBlock = Math.max(1, Math.floor((columns - 27) / 17));
  const blocks: string[][] = [];
  for (let at = 0; at < measured.length; at += perBlock) {
    const some = measured.slice(at, at + perBlock);
    const rows = ROWS.map(([name, show]) => [name, ...some.map(show)]).filter(([, ...cells]) =>
      cells.some((text) => text !== "" && text !== "—"),
    );
    blocks.push([
      title(blocks.length === 0 ? "Levels" : "Levels, continued"),
      ...table([["", ...some.map((level) => loadText(level.load))], ...rows]),
    ]);
  }
  if (blocks.length === 0) return [["No level was measured."]];
  const missing = missingFigures(measured);
  return missing.length === 0 ? blocks : [...blocks, missing];
}

/** Why cells are empty: each reason once, with the names of its figures. */
function missingFigures(measured: readonly Level[]): string[] {
  const named: [string, (level: Level) => Figure][] = [
    ["TTFT p95", (level) => level.ttftMs.p95],
    ["TTFT p99", (level) => level.ttftMs.p99],
    ["latency p99", (level) => level.e2eMs.p99],
    ["throughput", (level) => level.outputTokensPerS],
    ["MFU", (level) => level.mfuPercent],
    ["tokens/J", (level) => level.tokensPerJ],
    ["cost", (level) => level.usdPerMOutputTokens],
  ];
  const byReason = new Map<string, Set<string>>();
  for (const level of measured) {
    for (const [name, pick] of named) {
      const figure = pick(level);
      if (figure.value === null)
        byReason.set(
          reasonText(figure.reasons),
          (byReason.get(reasonText(figure.reasons)) ?? new Set()).add(name),
        );
    }
  }
  return [...byReason].map(([reason, names]) => `  — ${[...names].join(", ")}: ${reason}`);
}

function versusFirst(report: Report): string[] {
  if (report.versusFirst === null || report.versusFirst.rows.length === 0) return [];
  return [
    title(`Compared with ${levelName(report, report.versusFirst.firstLevelId)}`),
    ...table([
      ["", "Throughput", "MFU", "TTFT p95"],
      ...report.versusFirst.rows.map((row) => [
        levelName(report, row.levelId),
        change(row.throughputPercent),
        change(row.mfuPercent),
        change(row.ttftP95Percent),
      ]),
    ]),
  ];
}

function saturation(report: Report, columns: number): string[] {
  const found = report.saturation;
  if (found === null || found.points.length < 2) return [];
  const fit = found.fits.find((candidate) => candidate.family === (found.chosen ?? "michaelis_menten"));
  // The parameters of a curve that the levels do not bound are shown as what they are: not identified.
  const guessed = (figure: Figure, parameter: Figure | undefined): string =>
    figure.value !== null || parameter?.value == null
      ? cell(figure)
      : `not identified (the curve's own ${number(parameter.value)})`;
  const rows = [
    [
      "Fit",
      fit === undefined
        ? "—"
        : `${FAMILY[fit.family]}${fit.r2 === null ? "" : `, R² ${fit.r2.toFixed(3)} (${fitWord(fit.r2)})`}`,
    ],
    ["Maximum, tok/s", guessed(found.maxTokensPerS, fit?.params.V)],
    ["Half of it at, in flight", guessed(found.halfLoad, fit?.params.K)],
    ["Highest level, % of maximum", cell(found.currentPercentOfMax)],
    ["95 % of it at, in flight", cell(found.load95)],
    ["Throughput there, tok/s", cell(found.tokensPerSAt95)],
    ["Knee, in flight", cell(found.knee)],
    [
      "First gain below 10 %",
      found.firstBelow10PercentId === null
        ? found.marginal.length === 0
          ? "—"
          : "none: every level gained 10 % or more"
        : levelName(report, found.firstBelow10PercentId),
    ],
    [
      "Most throughput per user at",
      found.bestPerUserId === null ? "—" : levelName(report, found.bestPerUserId),
    ],
    ["Test next", found.nextLoadToTest === null ? "—" : `${number(found.nextLoadToTest)} users`],
  ];
  const why = [
    ...new Set(
      [found.maxTokensPerS, found.halfLoad, found.load95]
        .filter((figure) => figure.value === null)
        .flatMap((figure) => figure.reasons),
    ),
  ];
  return [
    title("Saturation"),
    ...table(rows, "left"),
    ...(why.length === 0 ? [] : wrap(`— ${reasonText(why)}`, columns, "  ")),
  ];
}

const FAMILY: Record<Fit["family"], string> = {
  line: "straight line",
  michaelis_menten: "Michaelis–Menten",
  usl: "Universal Scalability Law",
  exponential: "exponential",
};

function levelName(report: Report, id: string): string {
  const level = report.levels.find((candidate) => candidate.id === id);
  return level === undefined ? id : loadText(level.load);
}

const fitWord = (r2: number): string =>
  r2 >= 0.99 ? "excellent" : r2 >= 0.95 ? "good" : r2 >= 0.9 ? "fair" : "poor";

function marginal(report: Report): string[] {
  const gains = report.saturation?.marginal ?? [];
  if (gains.length === 0) return [];
  return [
    title("Marginal gains"),
    ...table(
      gains.map((gain) => [
        `${levelName(report, gain.fromId)} → ${levelName(report, gain.toId)}`,
        change(gain.gainPercent),
        gain.tokensPerS.value === null
          ? "—"
          : `${gain.tokensPerS.value >= 0 ? "+" : "−"}${number(Math.abs(gain.tokensPerS.value))} tok/s`,
      ]),
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
      `  ${loadText(level.load)}: ${Object.entries(level.requests.errors)
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

function pictures(report: Report, pageUrl: string | null): string[] {
  if (pageUrl === null) return [];
  const pngs = Object.values(report.links.charts).flatMap((chart) =>
    chart.png === null ? [] : [new URL(chart.png, pageUrl).href],
  );
  return [
    title("Published"),
    `  ${pageUrl}`,
    ...[report.links.levelsCsv, "report.json"].map((file) => `  ${new URL(file, pageUrl).href}`),
    ...pngs.map((url) => `  ${url}`),
  ];
}
