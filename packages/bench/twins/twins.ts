import type { GateFigure } from "@brimline/core/compare/schema";
import { steadySystems, type System } from "../intervals/systems.ts";
import type { Study } from "../study.ts";
import { compared, type Run, runOf } from "./pair.ts";
import { render } from "./tables.ts";

/** What one kind of pair says of its system. */
export interface Said {
  /** How many of 100 comparisons of what has not changed end better or worse, and how many say the same. */
  falsePercent: number;
  samePercent: number;
  /** The median of the smallest change that is found, percent, by figure. */
  smallest: Record<string, number | null>;
  /** For how long (s) a level must run to find 5 %, if errors fall with the root of the time. */
  neededS: Record<string, number | null>;
  /** How many of 100 find all times 5 % longer in levels that run for so long. It is null for levels above ten minutes. */
  foundPercent: Record<string, number | null>;
}

export interface SaidOfSystem {
  system: string;
  windowS: number;
  pairs: number;
  twins: Said;
  independent: Said;
}

const WINDOW_S = 120;
const PAIRS = 40;
const SLOWDOWN = 1.05;
const PLANTED_PAIRS = 40;
const QUICK_PLANTED_PAIRS = 10;
/** Levels are tried from so long to so long, s. */
const TRIED_S = { least: 30, most: 600 };
export const FIGURES = ["outputTokensPerS", "ttftMs.p95", "tpotMs.p95"];

/** Shows whether a comparison can be trusted, and what load it takes, on endpoints in virtual time. */
export const twins: Study = {
  name: "twins",
  title: "what a comparison says of no change and of 5 %, in virtual time",
  quick: false,
  run({ rounds, quick, wants }) {
    const said = steadySystems()
      .filter(({ name }) => wants(name))
      .map((system) => {
        process.stderr.write(`twins  ${system.name}\n`);
        return saidOf(system, rounds * PAIRS, quick ? QUICK_PLANTED_PAIRS : PLANTED_PAIRS);
      });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

function saidOf(system: System, pairs: number, plantedPairs: number): SaidOfSystem {
  const slow = steadySystems(SLOWDOWN).find(({ name }) => name === system.name) ?? system;
  const none = verdicts(system, system, WINDOW_S, pairs);
  const planted = new Map<number, ReturnType<typeof verdicts>>();
  const plantedAt = (windowS: number): ReturnType<typeof verdicts> => {
    const known = planted.get(windowS) ?? verdicts(system, slow, windowS, plantedPairs);
    planted.set(windowS, known);
    return known;
  };
  const said = (kind: "twins" | "independent"): Said => {
    const smallest = byFigure((figure) => medianSmallest(none[kind], figure));
    const neededS = byFigure((figure) => neededFor(smallest[figure] ?? null));
    return {
      falsePercent: percentOf(none[kind], ({ verdict }) => verdict === "better" || verdict === "worse"),
      samePercent: percentOf(none[kind], ({ verdict }) => verdict === "same"),
      smallest,
      neededS,
      foundPercent: byFigure((figure) => {
        const windowS = Math.max(TRIED_S.least, 30 * Math.ceil((neededS[figure] ?? Infinity) / 30));
        return windowS > TRIED_S.most ? null : foundPercent(plantedAt(windowS)[kind], figure);
      }),
    };
  };
  return {
    system: system.name,
    windowS: WINDOW_S,
    pairs,
    twins: said("twins"),
    independent: said("independent"),
  };
}

const byFigure = <Value>(of: (figure: string) => Value): Record<string, Value> =>
  Object.fromEntries(FIGURES.map((figure) => [figure, of(figure)]));

const neededFor = (smallest: number | null): number | null =>
  smallest === null ? null : WINDOW_S * (Math.log1p(smallest / 100) / Math.log(SLOWDOWN)) ** 2;

interface Verdict {
  verdict: string;
  gate: GateFigure[];
}

/** Each run of the first system beside its twin, and beside the twin of the run before. */
function verdicts(
  a: System,
  b: System,
  windowS: number,
  pairs: number,
): { twins: Verdict[]; independent: Verdict[] } {
  const said: { twins: Verdict[]; independent: Verdict[] } = { twins: [], independent: [] };
  let before: Run = runOf(b, windowS, { seed: "before", noise: "before" });
  for (let i = 0; i < pairs; i++) {
    const seed = `${windowS} ${i}`;
    const first = runOf(a, windowS, { seed, noise: `${seed} a` });
    const second = runOf(b, windowS, { seed, noise: `${seed} b` });
    for (const [kind, other] of [
      ["twins", second],
      ["independent", before],
    ] as const) {
      const { verdict, gate } = compared(first, other);
      said[kind].push({ verdict, gate });
    }
    before = second;
  }
  return said;
}

const percentOf = (all: Verdict[], holds: (one: Verdict) => boolean): number =>
  (100 * all.filter(holds).length) / all.length;

const foundPercent = (all: Verdict[], figure: string): number =>
  percentOf(all, ({ gate }) => gate.some((one) => one.figure === figure && one.verdict === "worse"));

function medianSmallest(all: Verdict[], figure: string): number | null {
  const sizes = all.map(({ gate }) => gate.find((one) => one.figure === figure)?.smallest ?? Infinity);
  const middle = sizes.toSorted((x, y) => x - y)[Math.floor(sizes.length / 2)] ?? Infinity;
  return Number.isFinite(middle) ? middle : null;
}
