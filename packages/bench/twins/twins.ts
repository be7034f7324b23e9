import { MARGIN_PERCENT } from "@brimline/core/compare/compare";
import type { GateFigure } from "@brimline/core/compare/schema";
import type { FigureKey } from "@brimline/core/report/catalogue";
import { named } from "@brimline/core/report/names";
import type { Level } from "@brimline/core/report/schema";
import { NO_SLOWDOWN, type Slowdown, steadySystems, type System } from "../intervals/systems.ts";
import type { Study } from "../study.ts";
import { cvVerdict, RUNS_OF_SIDE } from "./cv-rule.ts";
import { honestyOf, type Unchanged } from "./honest.ts";
import { compared, type Run, runOf, tested } from "./pair.ts";
import {
  type Decides,
  FIGURES,
  type Found,
  neededFor,
  type Planted,
  PLANTED,
  PLANTED_PERCENT,
  PLANTS,
  type Said,
  type SaidOfSystem,
} from "./said.ts";
import { render } from "./tables.ts";

const WINDOW_S = 120;
/** Pairs of a round. What has not changed is judged by more of them, because an error of 5 % is to be seen. */
const PAIRS = { none: 200, planted: 20, again: 20 };
const QUICK_PAIRS = { none: 20, planted: 10, again: 10 };
/** What is printed is tried up to this size, percent. What is larger stretches the endpoint beyond its kind. */
const LARGEST_PERCENT = 50;
/** Only in windows of so many seconds it is tried whether they find 5 %. */
const WINDOWS_S = { least: 30, most: 600 };
/** What is planted moves the figure by less than this where users give way, and then nothing is looked for, percent. */
const MOVED_PERCENT = 1.5;

/** On the scale of the figures that are planted. */
const MARGIN = Math.log1p(MARGIN_PERCENT / 100);

/** The rule of repeated runs looks at those that others compare. */
const CV_FIGURES = ["outputTokensPerS", "ttftMs.p95", "tpotMs.p95"] as const satisfies FigureKey[];

/** Shows whether a comparison can be trusted, and what load it takes, on endpoints in virtual time. */
export const twins: Study = {
  name: "twins",
  title: "what a comparison says of no change and of planted ones, in virtual time",
  quick: false,
  run({ rounds, quick, wants }) {
    const pairs = quick ? QUICK_PAIRS : PAIRS;
    const said = steadySystems().flatMap((system, at) => {
      if (!wants(system.name)) return [];
      process.stderr.write(`twins  ${system.name}\n`);
      return [
        saidOf(at, {
          none: rounds * pairs.none,
          planted: rounds * pairs.planted,
          again: rounds * pairs.again,
        }),
      ];
    });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

/** The system at this place, with such a slowdown. */
function systemAt(at: number, slowdown = NO_SLOWDOWN): System {
  const system = steadySystems(slowdown)[at];
  if (system === undefined) throw new Error("no such system");
  return system;
}

const slower = (plant: Planted, percent: number): Slowdown => ({
  ...NO_SLOWDOWN,
  [plant]: 1 + percent / 100,
});

/** The first and the second run of a pair of twins. */
const first = (system: System, windowS: number, i: number): Run =>
  runOf(system, windowS, { seed: `${windowS} ${i}`, noise: `${windowS} ${i} a` });
const second = (system: System, windowS: number, i: number): Run =>
  runOf(system, windowS, { seed: `${windowS} ${i}`, noise: `${windowS} ${i} b` });

function saidOf(at: number, pairs: typeof PAIRS): SaidOfSystem {
  const system = systemAt(at);
  const verdicts = { twins: [] as Verdict[], independent: [] as Verdict[] };
  const unchanged = { twins: unchangedOf(), independent: unchangedOf() };
  const planted = byPlant((plant) => ({
    system: systemAt(at, slower(plant, PLANTED_PERCENT)),
    twins: [] as Verdict[],
    independent: [] as Verdict[],
    levels: [] as Level[],
    before: null as Run | null,
  }));
  const levels = { before: [] as Level[], none: [] as Level[] };
  let before: Run | null = null;
  for (let i = 0; i < pairs.none; i++) {
    const a = first(system, WINDOW_S, i);
    const b = second(system, WINDOW_S, i);
    levels.before.push(a.level);
    levels.none.push(b.level);
    verdicts.twins.push(compared(a, b));
    unchanged.twins.add(a, b);
    if (before !== null) {
      verdicts.independent.push(compared(a, before));
      unchanged.independent.add(a, before);
    }
    before = b;
    if (i >= pairs.planted) continue;
    for (const each of Object.values(planted)) {
      const slow = second(each.system, WINDOW_S, i);
      each.levels.push(slow.level);
      each.twins.push(compared(a, slow));
      if (each.before !== null) each.independent.push(compared(a, each.before));
      each.before = slow;
    }
  }
  const none = { twins: saidBy(verdicts.twins), independent: saidBy(verdicts.independent) };
  const ofPlant = byPlant((plant) => ({
    twins: saidBy(planted[plant].twins),
    independent: saidBy(planted[plant].independent),
  }));
  const honest = byFigure((figure) => ({
    twins: honestyOf(unchanged.twins.of[figure]),
    independent: honestyOf(unchanged.independent.of[figure]),
  }));
  const movedBy = (figure: Decides): number => {
    const change = ofPlant[plantOf(figure)].twins.figures[figure].change ?? 0;
    return named(figure).better === "higher" ? -change : change;
  };
  const decides = (figure: Decides): boolean =>
    ofPlant[plantOf(figure)].twins.figures[figure].worsePercent !== null;
  const moved = FIGURES.filter((figure) => decides(figure) && movedBy(figure) >= MOVED_PERCENT);
  return {
    system: system.name,
    windowS: WINDOW_S,
    none,
    planted: ofPlant,
    honest,
    ofPrinted: again(moved, (figure) => {
      const printed = verdicts.twins.slice(0, pairs.again).map((one) => smallestIn(one, figure) ?? Infinity);
      const least = printed.filter((size) => size <= LARGEST_PERCENT);
      // Users give way to a slower endpoint, so more than what is to show is planted.
      const times = PLANTED_PERCENT / movedBy(figure);
      return least.length < pairs.again / 2
        ? null
        : foundBy(
            at,
            figure,
            WINDOW_S,
            least.map((_, i) => times * (least.at(i - 1) ?? Infinity)),
          );
    }),
    ofNeeded: again(moved, (figure) => {
      const windowS = neededFor(honest[figure].twins, WINDOW_S) ?? Infinity;
      const percent = PLANTED_PERCENT ** 2 / movedBy(figure);
      return windowS < WINDOWS_S.least || windowS > WINDOWS_S.most
        ? null
        : foundBy(
            at,
            figure,
            Math.ceil(windowS),
            Array.from({ length: pairs.again }, () => percent),
          );
    }),
    cvWorsePercent: {
      none: cvWorse(levels.before, levels.none),
      ...byPlant((plant) => cvWorse(levels.before, planted[plant].levels)),
    },
  };
}

function again(figures: Decides[], of: (figure: Decides) => Found | null): Partial<Record<Decides, Found>> {
  return Object.fromEntries(
    figures.flatMap((figure) => {
      const found = of(figure);
      return found === null ? [] : [[figure, found]];
    }),
  );
}

/** How many twins call this figure worse whose second endpoint is slower by so much each. */
function foundBy(at: number, figure: Decides, windowS: number, percents: number[]): Found {
  const said = percents.map((percent, i) =>
    compared(
      first(systemAt(at), windowS, i),
      second(systemAt(at, slower(plantOf(figure), percent)), windowS, i),
    ).gate.find((one) => one.figure === figure),
  );
  return {
    pairs: percents.length,
    windowS,
    change: medianOf(said.map((one) => one?.change?.value ?? null)),
    foundPercent: percentOf(said, (one) => one?.verdict === "worse"),
  };
}

const smallestIn = ({ gate }: Verdict, figure: Decides): number | null =>
  gate.find((one) => one.figure === figure)?.smallest ?? null;

const plantOf = (figure: Decides): Planted =>
  PLANTS.find((plant) => (PLANTED[plant] as readonly Decides[]).includes(figure)) ?? "all";

const byPlant = <Value>(of: (plant: Planted) => Value): Record<Planted, Value> => ({
  all: of("all"),
  ttft: of("ttft"),
  tpot: of("tpot"),
});

const byFigure = <Value>(of: (figure: Decides) => Value): Record<Decides, Value> => ({
  outputTokensPerS: of("outputTokensPerS"),
  "ttftMs.p50": of("ttftMs.p50"),
  "ttftMs.p95": of("ttftMs.p95"),
  "ttftMs.mean": of("ttftMs.mean"),
  "tpotMs.p95": of("tpotMs.p95"),
  "tpotMs.mean": of("tpotMs.mean"),
});

/** The differences of pairs that have not changed, by figure. */
function unchangedOf(): { of: Record<Decides, Unchanged[]>; add: (a: Run, b: Run) => void } {
  const of = byFigure((): Unchanged[] => []);
  return {
    of,
    add(a, b) {
      const { told, tests } = tested(a, b);
      for (const figure of FIGURES) {
        const difference = told.find((one) => one.figure.figure === figure)?.difference;
        if (difference != null) of[figure].push({ difference, tests, margin: MARGIN });
      }
    },
  };
}

interface Verdict {
  verdict: string;
  gate: GateFigure[];
  detail: Pick<GateFigure, "figure" | "change">[];
}

function saidBy(all: Verdict[]): Said {
  const says = (verdict: string): number => percentOf(all, (one) => one.verdict === verdict);
  return {
    pairs: all.length,
    betterPercent: says("better"),
    samePercent: says("same"),
    worsePercent: says("worse"),
    figures: byFigure((figure) => {
      const found = all.map(({ gate, detail }) => [...gate, ...detail].find((one) => one.figure === figure));
      return {
        worsePercent: all.some(({ gate }) => gate.some((one) => one.figure === figure))
          ? percentOf(all, ({ gate }) => gate.some((one) => one.figure === figure && one.verdict === "worse"))
          : null,
        change: medianOf(found.map((one) => one?.change?.value ?? null)),
      };
    }),
  };
}

function cvWorse(before: Level[], after: Level[]): number {
  const most = Math.min(before.length, after.length);
  const triples = Array.from({ length: Math.floor(most / RUNS_OF_SIDE) }, (_, i) =>
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
