import { num } from "@brimline/core/report/text";
import { markdown } from "@brimline/testkit/markdown";
import type { Study } from "../study.ts";
import { coverageOf, figuresOf, meanOf, type StudyKey } from "./coverage.ts";
import { truthOf } from "./intervals.ts";
import { preciseLevel } from "./level.ts";
import { steadySystems, type System } from "./systems.ts";

const PART_S = 60;
const PRECISION = { percent: 8, withinS: 960 };
const LEVELS = 40;
const QUICK_LEVELS = 10;
const TRUTH = { levels: 8, windowS: 1800 };
const KEYS = ["outputTokensPerS", "ttftMs.p50", "e2eMs.p50"] as const satisfies StudyKey[];

/** What levels that ran until they were precise say. */
interface Said {
  system: string;
  levels: number;
  /** The mean time that they sent, s. */
  seconds: number;
  /** How many of 100 came to the precision by their report's own intervals, for all figures that it waits for. */
  reachedPercent: number;
  /** By figure: how many of 100 intervals hold the truth, and their mean half width, percent. */
  figures: Record<string, { coveredPercent: number | null; halfPercent: number }>;
}

/** Shows what stopping at a precision does to intervals, and how long it takes, on endpoints in virtual time. */
export const precision: Study = {
  name: "precision",
  title: `levels that run until they are known to ${PRECISION.percent} %, in virtual time`,
  quick: false,
  run({ rounds, quick, wants }) {
    const said = steadySystems()
      .filter(({ name }) => wants(name))
      .map((system) => {
        process.stderr.write(`precision  ${system.name}\n`);
        return saidOf(system, rounds * (quick ? QUICK_LEVELS : LEVELS));
      });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

function saidOf(system: System, levels: number): Said {
  const truths = truthOf(system, TRUTH);
  const made = Array.from({ length: levels }, (_, i) =>
    preciseLevel(system, PART_S, PRECISION, `precise ${i}`),
  );
  const waited = KEYS.filter((key) => key !== "outputTokensPerS" || system.load.kind !== "rate");
  const halfOf = (level: (typeof made)[number]["level"], key: StudyKey): number => {
    const figure = figuresOf(level).find(([name]) => name === key)?.[1];
    if (figure?.value == null || figure.low === null || figure.high === null) return Infinity;
    return (50 * (figure.high - figure.low)) / figure.value;
  };
  return {
    system: system.name,
    levels,
    seconds: meanOf(made.map(({ parts }) => PART_S * parts)),
    reachedPercent:
      (100 *
        made.filter(({ level }) => waited.every((key) => halfOf(level, key) <= PRECISION.percent)).length) /
      levels,
    figures: Object.fromEntries(
      KEYS.map((key) => {
        const figures = made.flatMap(({ level }) =>
          figuresOf(level).flatMap(([name, figure]) => (name === key ? [figure] : [])),
        );
        const { coveredPercent } = coverageOf(key, truths.get(key) ?? Number.NaN, figures);
        return [key, { coveredPercent, halfPercent: meanOf(made.map(({ level }) => halfOf(level, key))) }];
      }),
    ),
  };
}

function render(said: Said[]): string {
  return markdown(
    ["system", "levels", "s, mean", "reached %", ...KEYS.map((key) => `${key}: holds % (± %)`)],
    said.map(({ system, levels, seconds, reachedPercent, figures }) => [
      system,
      String(levels),
      num(seconds),
      num(reachedPercent),
      ...KEYS.map((key) => {
        const { coveredPercent = null, halfPercent = Infinity } = figures[key] ?? {};
        const half = Number.isFinite(halfPercent) ? num(halfPercent) : "–";
        return `${coveredPercent === null ? "–" : num(coveredPercent)} (${half})`;
      }),
    ]),
  );
}
