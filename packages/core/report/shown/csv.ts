import type { Figure, Spread } from "../../figure.ts";
import { demandOf } from "../../load.ts";
import { CATALOGUE, type Name, NAMES } from "../catalogue.ts";
import { isStreamed } from "../kind.ts";
import { valueOf } from "../pick.ts";
import type { Level, Report } from "../schema.ts";

type Cell = string | number | null;

const PERCENTILES = ["p50", "p90", "p95", "p99", "p999"] as const;

export const LEVELS_CSV = "levels.csv";

/**
 * `levels.csv`: one row for each level, the warm-up first, and every figure with its low and high. An empty
 * cell is unknown. Figures of output tokens have no columns where answers come in one piece.
 */
export function levelsCsv(report: Report): string {
  const names = NAMES.filter((name) => isStreamed(report) || CATALOGUE[name].streamed !== true);
  const rows = report.levels.map((level) => rowOf(level, names));
  const header = Object.keys(rows[0] ?? { id: "" });
  return [header, ...rows.map((row) => header.map((name) => row[name] ?? null))]
    .map((cells) => `${cells.map(cellText).join(",")}\r\n`)
    .join("");
}

function rowOf(level: Level, names: Name[]): Record<string, Cell> {
  const { users, ratePerS } = demandOf(level.load);
  const { requests, tokens, stalls } = level;
  return {
    id: level.id,
    role: level.role,
    users,
    ratePerS,
    state: level.state,
    validity: level.validity,
    reasons: level.reasons.join(" "),
    runs: level.runs.length,
    due: requests.due,
    sent: requests.sent,
    ok: requests.ok,
    failed: requests.failed,
    censored: requests.censored,
    inWindow: requests.inWindow,
    resent: requests.resent,
    heldOpen: requests.heldOpen,
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    tokenSource: tokens.source,
    stalls: stalls.count,
    ...Object.assign({}, ...names.map((name) => cellsOf(name, valueOf(level, name)))),
  };
}

const cellsOf = (name: string, value: Figure | Spread): Record<string, Cell> =>
  "value" in value ? figureCells(name, value) : spreadCells(name, value);

const figureCells = (name: string, { value, low, high }: Figure): Record<string, Cell> => ({
  [name]: value,
  [`${name}Low`]: low,
  [`${name}High`]: high,
});

function spreadCells(name: string, spread: Spread): Record<string, Cell> {
  const percentiles = PERCENTILES.map((percentile) =>
    figureCells(`${name}_${percentile}`, spread[percentile]),
  );
  return Object.assign(figureCells(`${name}_mean`, spread.mean), ...percentiles, {
    [`${name}_max`]: spread.max,
  });
}

/** A spreadsheet runs a text that begins with = + - or @, so such a text gets a quote in front. */
function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
