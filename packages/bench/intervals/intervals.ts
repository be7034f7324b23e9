import type { Figure } from "@brimline/core/figure";
import type { Level } from "@brimline/core/report/schema";
import type { Study } from "../study.ts";
import { coverageOf, figuresOf, meanOf, type StudyKey } from "./coverage.ts";
import { virtualLevel } from "./level.ts";
import { SYSTEMS, type System } from "./systems.ts";
import { render, type Said } from "./tables.ts";

/** Levels of each window (s) in a round. */
const LEVELS: Record<number, number> = { 15: 40, 30: 40, 120: 40, 600: 10 };
const QUICK_LEVELS: Record<number, number> = { 30: 20, 120: 20 };
/** The truth is the mean over so many levels of so many seconds. */
const TRUTH = { levels: 16, windowS: 1800 };
const QUICK_TRUTH = { levels: 4, windowS: 1800 };

/** Shows whether the intervals of a report hold, on endpoints in virtual time whose figures are known. */
export const intervals: Study = {
  name: "intervals",
  title: "whether intervals hold, in virtual time",
  quick: false,
  run({ rounds, quick, wants }) {
    const said: Said[] = [];
    for (const system of SYSTEMS.filter(({ name }) => wants(name))) {
      process.stderr.write(`intervals  ${system.name}\n`);
      const truths = system.drifts === true ? null : truthOf(system, quick ? QUICK_TRUTH : TRUTH);
      for (const [windowS, levels] of Object.entries(quick ? QUICK_LEVELS : LEVELS))
        said.push(whatIsSaid(system, truths, Number(windowS), rounds * levels));
    }
    return Promise.resolve({ text: render(said), figures: said });
  },
};

export function truthOf(system: System, { levels, windowS }: typeof TRUTH): Map<StudyKey, number> {
  const values = new Map<StudyKey, number[]>();
  for (let i = 0; i < levels; i++)
    for (const [key, { value }] of figuresOf(
      virtualLevel({ ...system, serve: system.settles ?? system.serve }, windowS, `truth ${i}`),
    ))
      if (value !== null) values.set(key, [...(values.get(key) ?? []), value]);
  return new Map([...values].map(([key, known]) => [key, meanOf(known)]));
}

function whatIsSaid(
  system: System,
  truths: Map<StudyKey, number> | null,
  windowS: number,
  levels: number,
): Said {
  const figures = new Map<StudyKey, Figure[]>([...(truths?.keys() ?? [])].map((key) => [key, []]));
  const judged: Pick<Level, "validity" | "reasons" | "runs">[] = [];
  for (let i = 0; i < levels; i++) {
    const level = virtualLevel(system, windowS, `${windowS} ${i}`);
    judged.push({ validity: level.validity, reasons: level.reasons, runs: level.runs });
    if (truths !== null) for (const [key, figure] of figuresOf(level)) figures.get(key)?.push(figure);
  }
  const percent = (some: typeof judged): number => (100 * some.length) / levels;
  return {
    system: system.name,
    drifts: system.drifts ?? false,
    windowS,
    levels,
    validPercent: percent(judged.filter(({ validity }) => validity === "valid")),
    notSteadyPercent: percent(judged.filter(({ reasons }) => reasons.includes("not_steady"))),
    cutPercent: percent(judged.filter(({ runs }) => runs.some(({ warmUpS }) => warmUpS !== undefined))),
    figures: [...figures].map(([key, all]) => coverageOf(key, truths?.get(key) ?? Number.NaN, all)),
  };
}
