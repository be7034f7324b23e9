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
  /** How many of 100 end worse where all times of the endpoint are 5 % longer, and how many find each figure so. */
  worsePercent: number;
  foundPercent: Record<string, number>;
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
const QUICK_PAIRS = 10;
const SLOWDOWN = 1.05;
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
        return saidOf(system, rounds * (quick ? QUICK_PAIRS : PAIRS));
      });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

function saidOf(system: System, pairs: number): SaidOfSystem {
  const slow = steadySystems(SLOWDOWN).find(({ name }) => name === system.name) ?? system;
  const none = verdicts(system, system, WINDOW_S, pairs);
  const planted = verdicts(system, slow, WINDOW_S, pairs);
  const said = (kind: "twins" | "independent"): Said => {
    const smallest = byFigure((figure) => medianSmallest(none[kind], figure));
    const neededS = byFigure((figure) => neededFor(smallest[figure] ?? null));
    return {
      falsePercent: percentOf(none[kind], ({ verdict }) => verdict === "better" || verdict === "worse"),
      samePercent: percentOf(none[kind], ({ verdict }) => verdict === "same"),
      smallest,
      neededS,
      worsePercent: percentOf(planted[kind], ({ verdict }) => verdict === "worse"),
      foundPercent: byFigure((figure) => foundPercent(planted[kind], figure)),
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
