import { markdown } from "@brimline/testkit/markdown";
import type { Coverage } from "./coverage.ts";
import { GOALS, metBy, MOST_WITHHELD_PERCENT, withheldBy } from "./goals.ts";

/** What the levels of one system with one window say. */
export interface Said {
  system: string;
  drifts: boolean;
  windowS: number;
  levels: number;
  /** The percentages of levels that call themselves valid and not steady. */
  validPercent: number;
  notSteadyPercent: number;
  /** How many of 100 had their beginning cut. */
  cutPercent: number;
  /** It is empty for a system that has no truth. */
  figures: Coverage[];
}

const whole = (value: number): string => value.toFixed(0);

/**
 * How much of what is asked each system and window meets, then for each window a table of what the levels of each system call themselves, and one with a row for each figure: how
 * many of the valid intervals hold the truth × their width ÷ the oracle's.
 */
export function render(said: Said[]): string {
  const windows = [...Map.groupBy(said, ({ windowS }) => windowS)];
  return [
    "Figures whose valid intervals hold · are narrow enough, of those that 5 % of the levels call valid:",
    goalTable(said.filter(({ figures }) => figures.length > 0)),
    ...windows.flatMap(([windowS, own]) => [
      `Windows of ${windowS} s:`,
      markdown(
        ["system", "levels", "valid %", "not steady %", "start cut %"],
        own.map(({ system, levels, validPercent, notSteadyPercent, cutPercent }) => [
          system,
          String(levels),
          whole(validPercent),
          whole(notSteadyPercent),
          whole(cutPercent),
        ]),
      ),
      figureTable(own.filter(({ drifts }) => !drifts)),
    ]),
  ].join("\n\n");
}

function goalTable(said: Said[]): string {
  return markdown(
    [
      "system",
      "s",
      "valid %",
      ...GOALS.map(({ name, covered, width }) => `${name} (${covered} % · ${width} ×)`),
      `withheld in over ${MOST_WITHHELD_PERCENT} % of levels`,
    ],
    said.map((one) => [
      one.system,
      String(one.windowS),
      whole(one.validPercent),
      ...GOALS.map((goal) => {
        const { figures, held, narrow } = metBy(one, goal);
        return `${held} · ${narrow} of ${figures}`;
      }),
      `${withheldBy(one).length} of ${one.figures.length}`,
    ]),
  );
}

function figureTable(said: Said[]): string {
  const keys = said[0]?.figures.map(({ key }) => key) ?? [];
  return markdown(
    ["figure", ...said.map(({ system }) => system)],
    keys.map((key) => [
      key,
      ...said.map(({ figures }) => {
        const figure = figures.find((one) => one.key === key);
        return figure === undefined ? "–" : cellOf(figure);
      }),
    ]),
  );
}

/** "95 × 1.1", and what is not valid, open at one end or withheld, in percent of the levels. */
function cellOf(figure: Coverage): string {
  const { coveredPercent, width, openPercent, withheldPercent, validPercent } = figure;
  const doubted = 100 - validPercent - withheldPercent;
  const notes = [
    ...(withheldPercent >= 0.5 ? [`${whole(withheldPercent)} withheld`] : []),
    ...(doubted >= 0.5 ? [`${whole(doubted)} doubted`] : []),
    ...((openPercent ?? 0) >= 0.5 ? [`${whole(openPercent ?? 0)} open`] : []),
  ];
  const said =
    coveredPercent === null
      ? "–"
      : `${whole(coveredPercent)}${width === null ? "" : ` × ${width.toFixed(2)}`}`;
  return [said, ...notes].join(", ");
}
