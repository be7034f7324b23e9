import { MARGIN_PERCENT } from "@brimline/core/compare/compare";
import type { GateFigure } from "@brimline/core/compare/schema";
import type { FigureKey } from "@brimline/core/report/catalogue";
import type { Level } from "@brimline/core/report/schema";
import { steadySystems, type System } from "../intervals/systems.ts";
import type { Study } from "../study.ts";
import { cvVerdict, RUNS_OF_SIDE } from "./cv-rule.ts";
import { compared, type Run, runOf } from "./pair.ts";
import { FIGURES, PLANTED, type Planted, type Said, type SaidOfSystem } from "./said.ts";
import { render } from "./tables.ts";

const PLANTS = Object.keys(PLANTED) as Planted[];

const WINDOW_S = 120;
const PAIRS = 40;
const QUICK_PAIRS = 10;
/** The rule of repeated runs looks at those that others compare. */
const CV_FIGURES = ["outputTokensPerS", "ttftMs.p95", "tpotMs.p95"] as const satisfies FigureKey[];

/** Shows whether a comparison can be trusted, and what load it takes, on endpoints in virtual time. */
export const twins: Study = {
  name: "twins",
  title: "what a comparison says of no change and of 5 %, in virtual time",
  quick: false,
  run({ rounds, quick, wants }) {
    const said = steadySystems().flatMap((system, at) => {
      if (!wants(system.name)) return [];
      process.stderr.write(`twins  ${system.name}\n`);
      return [saidOf(system, at, rounds * (quick ? QUICK_PAIRS : PAIRS))];
    });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

function saidOf(system: System, at: number, pairs: number): SaidOfSystem {
  const planted = byPlant((plant) => steadySystems(PLANTED[plant].slowdown)[at] ?? system);
  const verdicts = byPlant(() => ({ twins: [] as Verdict[], independent: [] as Verdict[] }));
  const levels: Record<"before" | Planted, Level[]> = { before: [], none: [], all: [], ttft: [], tpot: [] };
  let before: Record<Planted, Run> | null = null;
  for (let i = 0; i < pairs; i++) {
    const seed = `${WINDOW_S} ${i}`;
    const first = runOf(system, WINDOW_S, { seed, noise: `${seed} a` });
    const second = byPlant((plant) => runOf(planted[plant], WINDOW_S, { seed, noise: `${seed} b` }));
    levels.before.push(first.level);
    for (const plant of PLANTS) {
      levels[plant].push(second[plant].level);
      verdicts[plant].twins.push(compared(first, second[plant]));
      if (before !== null) verdicts[plant].independent.push(compared(first, before[plant]));
    }
    before = second;
  }
  return {
    system: system.name,
    windowS: WINDOW_S,
    pairs,
    twins: byPlant((plant) => saidBy(verdicts[plant].twins)),
    independent: byPlant((plant) => saidBy(verdicts[plant].independent)),
    cvWorsePercent: byPlant((plant) => cvWorse(levels.before, levels[plant])),
  };
}

const byPlant = <Value>(of: (plant: Planted) => Value): Record<Planted, Value> => ({
  none: of("none"),
  all: of("all"),
  ttft: of("ttft"),
  tpot: of("tpot"),
});

interface Verdict {
  verdict: string;
  gate: GateFigure[];
  detail: Pick<GateFigure, "figure" | "change" | "smallest">[];
}

function saidBy(all: Verdict[]): Said {
  const says = (verdict: string): number => percentOf(all, (one) => one.verdict === verdict);
  return {
    betterPercent: says("better"),
    samePercent: says("same"),
    worsePercent: says("worse"),
    figures: Object.fromEntries(
      FIGURES.map((figure) => {
        const found = all.map(({ gate, detail }) =>
          [...gate, ...detail].find((one) => one.figure === figure),
        );
        return [
          figure,
          {
            worsePercent: percentOf(all, ({ gate }) =>
              gate.some((one) => one.figure === figure && one.verdict === "worse"),
            ),
            change: medianOf(found.map((one) => one?.change?.value ?? null)),
            smallest: medianOf(found.map((one) => one?.smallest ?? null)),
          },
        ];
      }),
    ),
  };
}

function cvWorse(before: Level[], after: Level[]): number {
  const triples = Array.from({ length: Math.floor(before.length / RUNS_OF_SIDE) }, (_, i) =>
    [before, after].map((levels) => levels.slice(RUNS_OF_SIDE * i, RUNS_OF_SIDE * (i + 1))),
  );
  return percentOf(triples, ([a = [], b = []]) =>
    CV_FIGURES.some((figure) => cvVerdict(a, b, { figure, marginPercent: MARGIN_PERCENT }) === "worse"),
  );
}

const percentOf = <One>(all: One[], holds: (one: One) => boolean): number =>
  (100 * all.filter(holds).length) / all.length;

/** What is not known is larger than all else. */
function medianOf(values: (number | null)[]): number | null {
  const sorted = values.map((value) => value ?? Infinity).toSorted((x, y) => x - y);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Infinity;
  return Number.isFinite(middle) ? middle : null;
}
