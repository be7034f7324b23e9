import type { Figure } from "@brimline/core/figure";
import type { Level } from "@brimline/core/report/schema";
import { cell, interval, loadText, reasonText, seconds } from "./figures.ts";
import { table, title } from "./table.ts";

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
export function levelTable(measured: readonly Level[], columns: number): string[][] {
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
