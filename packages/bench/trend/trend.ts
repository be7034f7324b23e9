import { STEP_JOBS, trendOf, type TrendReport } from "@brimline/core/trend/trend";
import { randomFrom, seedOf } from "@brimline/core/random";
import type { Level } from "@brimline/core/report/schema";
import { num } from "@brimline/core/report/text";
import { markdown } from "@brimline/testkit/markdown";
import { fixtureReport } from "@brimline/testkit/site/report";
import { virtualRun } from "../intervals/level.ts";
import { NO_SLOWDOWN, steadySystems, type System } from "../intervals/systems.ts";
import type { Study } from "../study.ts";

/** What trends of one kind of job say of their system. */
export interface SaidOfTrends {
  system: string;
  /** Whether all jobs of a trend have one seed, as jobs with a baseline do. */
  seeds: "one seed" | "own seeds";
  trends: number;
  /** How many of 100 trends without a step show one. */
  falsePercent: number;
  /** How many of 100 show the planted step no more than three jobs from its place. */
  foundPercent: number;
  /** The same three jobs after the step, when nothing else is known. */
  foundAtOncePercent: number;
  /** How many of 100 trends with the planted step show another one, too. */
  otherPercent: number;
  /** The median size of what was found of throughput, percent. */
  sizePercent: number | null;
}

const JOBS = 40;
const WINDOW_S = 120;
const SLOWDOWN = { ...NO_SLOWDOWN, all: 1.04 };
/** Trends draw their jobs from so many of each kind, because each takes 25 ms. */
const POOL = 80;
const QUICK_POOL = 50;
const TRENDS = 100;
const QUICK_TRENDS = 20;
/** A found step is the planted one if it is no farther from it. */
const NEAR_JOBS = 3;
/** A planted step has at least so many jobs on either side. */
const LEAST_JOBS = 5;

/** Shows whether a trend finds a step of 4 %, and how often it shows one that is not there, in virtual time. */
export const trend: Study = {
  name: "trend",
  title: "a step of 4 % in a trend of 40 jobs, in virtual time",
  quick: false,
  run({ quick, rounds, wants }) {
    const said = steadySystems()
      .filter(({ name }) => wants(name))
      .flatMap((system) => {
        process.stderr.write(`trend  ${system.name}\n`);
        const size = { pool: quick ? QUICK_POOL : POOL, trends: rounds * (quick ? QUICK_TRENDS : TRENDS) };
        return (["one seed", "own seeds"] as const).map((seeds) => saidOf(system, seeds, size));
      });
    return Promise.resolve({ text: render(said), figures: said });
  },
};

export function saidOf(
  system: System,
  seeds: SaidOfTrends["seeds"],
  { pool, trends }: { pool: number; trends: number },
): SaidOfTrends {
  const slow = steadySystems(SLOWDOWN).find(({ name }) => name === system.name) ?? system;
  const [before, after] = [poolOf(system, seeds, pool), poolOf(slow, seeds, pool)];
  let [falsely, found, atOnce, others] = [0, 0, 0, 0];
  const sizes: number[] = [];
  for (let i = 0; i < trends; i++) {
    const random = randomFrom(seedOf("trend", system.name, seeds, i));
    const at = LEAST_JOBS + Math.floor(random() * (JOBS - 2 * LEAST_JOBS + 1));
    const [first, second] = [drawn(before, random), drawn(after, random)];
    if (stepsIn(first).length > 0) falsely++;
    const planted = stepsIn([...first.slice(0, at), ...second.slice(at)]);
    if (planted.some((step) => isNear(step.at, at))) found++;
    if (planted.some((step) => !isNear(step.at, at))) others++;
    const size = planted.find((step) => step.figure === "outputTokensPerS" && isNear(step.at, at));
    if (size !== undefined) sizes.push(size.percent);
    const late = JOBS - STEP_JOBS;
    if (stepsIn([...first.slice(0, late), ...second.slice(late)]).some((step) => isNear(step.at, late)))
      atOnce++;
  }
  return {
    system: system.name,
    seeds,
    trends,
    falsePercent: (100 * falsely) / trends,
    foundPercent: (100 * found) / trends,
    foundAtOncePercent: (100 * atOnce) / trends,
    otherPercent: (100 * others) / trends,
    sizePercent: sizes.toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? null,
  };
}

const isNear = (found: number, planted: number): boolean => Math.abs(found - planted) <= NEAR_JOBS;

const poolOf = (
  system: System,
  seeds: SaidOfTrends["seeds"],
  size: number,
): { level: Level; seed: string }[] =>
  Array.from({ length: size }, (_, i) => {
    const seed = seeds === "one seed" ? "one" : `own ${i}`;
    return { level: virtualRun(system, WINDOW_S, { seed, noise: `${seed} ${i}` }).level, seed };
  });

/** So many of the pool, each once, in random order. */
function drawn<Item>(pool: Item[], random: () => number): Item[] {
  const left = [...pool];
  return Array.from({ length: JOBS }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}

const BASE = fixtureReport({ id: "trended", users: [1], hasGpu: false });
const DAY_MS = 86_400_000;

/** The steps that the product shows in the trend of these jobs, oldest first. */
function stepsIn(jobs: { level: Level; seed: string }[]): { at: number; figure: string; percent: number }[] {
  const reports = jobs.map(({ level, seed }, i): TrendReport => ({
    ...BASE,
    id: `job${i}`,
    createdAt: new Date(i * DAY_MS).toISOString(),
    levels: [level],
    provenance: { ...BASE.provenance, seed },
  }));
  const found = trendOf("study", reports.toReversed(), null);
  return (found?.series ?? []).flatMap(({ figure, steps }) =>
    steps.map(({ at, change }) => ({ at, figure, percent: change.value })),
  );
}

const render = (said: SaidOfTrends[]): string =>
  markdown(
    [
      "system",
      "jobs with",
      "trends",
      "no step: one is shown %",
      "4 % slower: found within 3 jobs %",
      "found when 3 jobs have it %",
      "another step is shown too %",
      "median size of throughput %",
    ],
    said.map((one) => [
      one.system,
      one.seeds,
      String(one.trends),
      one.falsePercent.toFixed(1),
      one.foundPercent.toFixed(0),
      one.foundAtOncePercent.toFixed(0),
      one.otherPercent.toFixed(1),
      one.sizePercent === null ? "–" : num(one.sizePercent),
    ]),
  );
