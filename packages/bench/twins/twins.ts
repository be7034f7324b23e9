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
  /** The shortest window (s) in which 90 of 100 find all times 5 % longer, by figure. It is null where none does. */
  neededS: Record<string, number | null>;
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
const SEARCHED_S = [30, 60, 120, 240, 480, 960, 1920];
const SEARCHED_PAIRS = 40;
const QUICK_SEARCHED_S = [30, 120];
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
        return saidOf(system, rounds * PAIRS, quick ? QUICK_SEARCHED_S : SEARCHED_S);
      });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

function saidOf(system: System, pairs: number, searchedS: number[]): SaidOfSystem {
  const slow = steadySystems(SLOWDOWN).find(({ name }) => name === system.name) ?? system;
  const none = verdicts(system, system, WINDOW_S, pairs);
  const needed = { twins: searched(), independent: searched() };
  for (const windowS of searchedS) {
    if (isFound(needed.twins) && isFound(needed.independent)) break;
    const slower = verdicts(system, slow, windowS, SEARCHED_PAIRS);
    for (const kind of ["twins", "independent"] as const)
      for (const figure of FIGURES)
        if (needed[kind][figure] === null && foundPercent(slower[kind], figure) >= 90)
          needed[kind][figure] = windowS;
  }
  const said = (kind: "twins" | "independent"): Said => ({
    falsePercent: percentOf(none[kind], ({ verdict }) => verdict === "better" || verdict === "worse"),
    samePercent: percentOf(none[kind], ({ verdict }) => verdict === "same"),
    smallest: Object.fromEntries(FIGURES.map((figure) => [figure, medianSmallest(none[kind], figure)])),
    neededS: needed[kind],
  });
  return {
    system: system.name,
    windowS: WINDOW_S,
    pairs,
    twins: said("twins"),
    independent: said("independent"),
  };
}

const searched = (): Record<string, number | null> =>
  Object.fromEntries(FIGURES.map((figure) => [figure, null]));
const isFound = (needed: Record<string, number | null>): boolean =>
  Object.values(needed).every((seconds) => seconds !== null);

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
