import { type FigureKey, SHOWN } from "@brimline/core/report/catalogue";
import { inSentence, named } from "@brimline/core/report/names";
import { figureAt } from "@brimline/core/report/pick";
import type { Level } from "@brimline/core/report/schema";
import {
  cell,
  DOUBTED,
  heading,
  interval,
  fullLoadText,
  figureName,
  reasonText,
  seconds,
} from "./figures.ts";
import { table, title } from "./table.ts";

/** A row of the level table: its name, and its cell for a level. */
type Row = [string, (level: Level) => string];

/** The figures whose interval has a row of its own. */
const WITH_INTERVAL = new Set<FigureKey>(["ttftMs.p95", "outputTokensPerS"]);

const figureRows = (keys: FigureKey[]): Row[] =>
  keys.flatMap((key): Row[] => {
    const row: Row = [heading(key), (level) => cell(figureAt(level, key))];
    return WITH_INTERVAL.has(key)
      ? [row, ["  95 % interval", (level) => interval(figureAt(level, key))]]
      : [row];
  });

const isEfficiency = (key: FigureKey): boolean => named(key).group === "efficiency";

const isOfServer = (key: FigureKey): boolean => named(key).group === "server";

const ROWS: Row[] = [
  ["Requests ok/total", (level) => `${level.requests.ok}/${level.requests.sent}`],
  ["Duration", (level) => seconds(level.runs.reduce((sum, run) => sum + run.durationS, 0))],
  ...figureRows(SHOWN.print.filter((key) => !isEfficiency(key) && !isOfServer(key))),
  ["SLO met", (level) => (level.sloMet === null ? "—" : level.sloMet ? "yes" : "no")],
  ...figureRows(SHOWN.print.filter(isEfficiency)),
  ...figureRows(SHOWN.print.filter(isOfServer)),
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
      ...table([["", ...some.map((level) => fullLoadText(level.load))], ...rows]),
    ]);
  }
  if (blocks.length === 0) return [["No level was measured."]];
  const missing = [...missingFigures(measured), ...doubtedFigures(measured)];
  return missing.length === 0 ? blocks : [...blocks, missing];
}

/** Why cells are empty: each reason once, with the names of its figures. */
function missingFigures(measured: readonly Level[]): string[] {
  const byReason = new Map<string, Set<string>>();
  for (const level of measured) {
    for (const key of SHOWN.explained) {
      const { value, reasons } = figureAt(level, key);
      const reason = reasonText(reasons);
      if (value === null)
        byReason.set(reason, (byReason.get(reason) ?? new Set()).add(inSentence(figureName(key))));
    }
  }
  return [...byReason].map(([reason, names]) => `  — ${[...names].join(", ")}: ${reason}`);
}

/** Why values have a question mark. */
function doubtedFigures(measured: readonly Level[]): string[] {
  const doubted = SHOWN.print.flatMap((key) =>
    measured.flatMap((level) => {
      const { value, validity, reasons } = figureAt(level, key);
      return value !== null && validity === "invalid" ? [{ key, reasons }] : [];
    }),
  );
  const names = new Set(doubted.map(({ key }) => inSentence(figureName(key))));
  const why = reasonText([...new Set(doubted.flatMap(({ reasons }) => reasons))]);
  return doubted.length === 0 ? [] : [`  ${DOUBTED} ${[...names].join(", ")}: not to be used; ${why}`];
}
