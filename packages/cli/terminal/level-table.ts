import type { FigureKey } from "@brimline/core/report/catalogue";
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
  UNKNOWN,
} from "@brimline/core/report/shown/cells";
import width from "string-width";
import { type Missing, missingFigure } from "@brimline/core/report/shown/missing";
import { missingLines } from "./missing.ts";
import { table, title, wrap } from "./table.ts";

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

const rowsOf = (shown: FigureKey[]): Row[] => [
  ["Requests ok/total", (level) => `${level.requests.ok}/${level.requests.sent}`],
  ["Duration", (level) => seconds(level.runs.reduce((sum, run) => sum + run.durationS, 0))],
  ...figureRows(shown.filter((key) => !isEfficiency(key) && !isOfServer(key))),
  ["SLO met", (level) => (level.sloMet === null ? UNKNOWN : level.sloMet ? "yes" : "no")],
  ...figureRows(shown.filter(isEfficiency)),
  ...figureRows(shown.filter(isOfServer)),
  ["Validity", (level) => level.validity],
];

/** A narrow terminal shows no fewer figures of a level. */
const FIGURES_LEAST = 2;

/**
 * A row for each level, with these figures. What is missing everywhere has no column, and where the terminal is narrow
 * the last figures are left out, then how many requests there were.
 */
export function shortTable(measured: readonly Level[], shown: FigureKey[], columns: number): string[] {
  if (measured.length === 0) return ["No level was measured."];
  const told = shown.filter((key) => measured.some((level) => cell(figureAt(level, key)) !== UNKNOWN));
  const isJudged = measured.some(({ objectives }) => objectives.length > 0);
  const rows = (keys: FigureKey[], isCounted: boolean): string[][] => [
    [
      "",
      ...(isCounted ? ["ok/total"] : []),
      ...keys.map(shortHeading),
      ...(isJudged ? ["SLO"] : []),
      "Validity",
    ],
    ...measured.map((level) => [
      fullLoadText(level.load),
      ...(isCounted ? [`${level.requests.ok}/${level.requests.sent}`] : []),
      ...keys.map((key) => cell(figureAt(level, key))),
      ...(isJudged ? [level.sloMet === null ? UNKNOWN : level.sloMet ? "met" : "missed"] : []),
      level.validity,
    ]),
  ];
  const least = Math.min(told.length, FIGURES_LEAST);
  const narrower = Array.from({ length: told.length - least + 1 }, (_, out) => ({
    keys: told.slice(0, told.length - out),
    isCounted: true,
  }));
  const narrowest = { keys: told.slice(0, least), isCounted: false };
  const isFitting = ({ keys, isCounted }: typeof narrowest): boolean =>
    table(rows(keys, isCounted)).every((line) => width(line) <= columns);
  const { keys, isCounted } = narrower.find(isFitting) ?? narrowest;
  return [
    title("Levels"),
    ...table(rows(keys, isCounted)),
    ...missingLines(missingCells(measured, keys), measured.length, columns),
    ...doubtedFigures(measured, keys, columns),
  ];
}

/** "TTFT p95 ms", "Output tok/s". */
const shortHeading = (key: FigureKey): string =>
  `${figureName(key, "shortLabel")} ${named(key).headUnit}`.trimEnd();

/** The level table with these figures. As many levels stand side by side as fit the terminal. */
export function levelTable(measured: readonly Level[], shown: FigureKey[], columns: number): string[][] {
  const all = rowsOf(shown);
  const perBlock = Math.max(1, Math.floor((columns - 27) / 17));
  const blocks: string[][] = [];
  for (let at = 0; at < measured.length; at += perBlock) {
    const some = measured.slice(at, at + perBlock);
    const rows = all
      .map(([name, show]) => [name, ...some.map(show)])
      .filter(([, ...cells]) => cells.some((text) => text !== "" && text !== UNKNOWN));
    blocks.push([
      title(blocks.length === 0 ? "Levels" : "Levels, continued"),
      ...table([["", ...some.map((level) => fullLoadText(level.load))], ...rows]),
    ]);
  }
  if (blocks.length === 0) return [["No level was measured."]];
  const missing = [
    ...missingLines(missingCells(measured, shown), measured.length, columns),
    ...doubtedFigures(measured, shown, columns),
  ];
  return missing.length === 0 ? blocks : [...blocks, missing];
}

/** The cells without a value, of rows that are not shown too. */
function missingCells(measured: readonly Level[], shown: FigureKey[]): Missing[] {
  return measured.flatMap((level) => {
    const at = fullLoadText(level.load);
    const figures = shown.flatMap((key) => missingFigure(figureName(key), at, figureAt(level, key)));
    return [...figures, ...missingObjective(level, at)];
  });
}

/** A level without an objective has no such cell. */
function missingObjective({ sloMet, objectives, reasons }: Level, at: string): Missing[] {
  const why = [...reasons, ...objectives.flatMap((objective) => objective.reasons)];
  return sloMet === null && why.length > 0 && objectives.length > 0
    ? [{ name: "SLO met", at, reasons: [...new Set(why)], mark: UNKNOWN }]
    : [];
}

/** Why values have a question mark. */
function doubtedFigures(measured: readonly Level[], shown: FigureKey[], columns: number): string[] {
  const doubted = shown.flatMap((key) =>
    measured.flatMap((level) => {
      const { value, validity, reasons } = figureAt(level, key);
      return value !== null && validity === "invalid" ? [{ key, reasons }] : [];
    }),
  );
  const names = new Set(doubted.map(({ key }) => inSentence(figureName(key))));
  const why = reasonText([...new Set(doubted.flatMap(({ reasons }) => reasons))]);
  if (doubted.length === 0) return [];
  const text = `${DOUBTED} ${[...names].join(", ")}: not to be used; ${why}`;
  return wrap(text, columns, "    ").map((line, nth) => (nth === 0 ? line.slice(2) : line));
}
