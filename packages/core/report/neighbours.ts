import { toldWithNeighbours } from "../math/neighbours.ts";
import { type JudgedBound, judgedBounds, sloMet } from "../metric/objective.ts";
import { isInBunches } from "./figures/latency.ts";
import type { Measured } from "./figures/measured.ts";
import type { Level } from "./schema.ts";
import { loadValue } from "./text.ts";

/** A level and what it is made of. */
export interface MadeLevel {
  level: Level;
  measured: Measured;
}

/**
 * The levels of a search, in the order given. One whose requests alone are too few to tell whether it meets the
 * objective is told together with its neighbour: more load makes no latency better, so where it and the next higher
 * load meet the objective as one, it does, and where it and the next lower one miss it as one, it does.
 */
export function toldByNeighbours(made: MadeLevel[]): Level[] {
  const told = new Map<MadeLevel, Level>();
  const counted = made.filter(({ level }) => level.role !== "warmup" && isCountable(level));
  for (const alike of Map.groupBy(counted, ({ level }) => level.load.kind).values()) {
    const groups = alike
      .toSorted((a, b) => loadValue(a.level.load) - loadValue(b.level.load))
      .map((one) => [one]);
    for (const [index, [one]] of groups.entries()) {
      if (one === undefined || one.level.sloMet !== null) continue;
      const found = toldWithNeighbours(groups, index, (some) => sloMet(boundsOf(some)));
      if (found !== null) told.set(one, { ...one.level, objectives: boundsOf(found.by), sloMet: found.told });
    }
  }
  return made.map((one) => told.get(one) ?? one.level);
}

/** Whether nothing but their number keeps a level's requests from telling. */
const isCountable = ({ validity, objectives }: Level): boolean =>
  validity !== "invalid" &&
  objectives.every(({ reasons }) =>
    reasons.every((reason) => reason === "too_few" || reason === "too_correlated"),
  );

function boundsOf(pooled: MadeLevel[]): JudgedBound[] {
  const [first] = pooled;
  const slo = first?.measured.slo ?? null;
  if (first === undefined || slo === null) return [];
  const { isOpenLoop, streams } = first.measured;
  const isBunched = pooled.some(({ measured }) => isInBunches(measured));
  return judgedBounds(
    pooled.flatMap(({ measured }) => measured.steady.runs),
    slo,
    { isOpenLoop, streams, isBunched },
  );
}
