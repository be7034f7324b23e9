import type { Demand } from "../../load.ts";
import { objectiveFloor } from "../../math/rank.ts";
import { untoldS } from "./objective.ts";
import type { SearchedLevel, SearchStep } from "./rules.ts";
import type { JobSpec } from "../spec/spec.ts";

interface Length {
  /** In latencies, so that queues show, and in requests. */
  e2es: number;
  requests: (percentile: number) => number;
  minS: number;
  maxS: number;
}

/**
 * A level that may be the answer has an interval, which takes four latencies that are steady. The first is not, and at
 * a load that was not run before a latency is longer than was expected.
 */
const TOLD_E2ES = 6;

/**
 * How long the levels of a search last. Short ones have to show on which side of the boundary a load lies. Parts are
 * those of a proof: it ends with the first that tells, so a part has no more requests than tell where a load lies
 * far from the boundary. Those that the job names have figures of their own. Where an objective judges each request of
 * some users, fewer tell than where throughput has to be known, or whether a rate is sustained.
 */
const LENGTHS: Record<"judged" | "counted", Record<"short" | "part" | "named", Length>> = {
  judged: {
    short: { e2es: 5, requests: () => 10, minS: 3, maxS: 60 },
    part: {
      e2es: TOLD_E2ES,
      requests: (percentile) => 0.8 * objectiveFloor(percentile / 100),
      minS: 4,
      maxS: 120,
    },
    named: { e2es: 9, requests: (percentile) => 2 * objectiveFloor(percentile / 100), minS: 8, maxS: 120 },
  },
  counted: {
    short: { e2es: 5, requests: () => 12, minS: 8, maxS: 60 },
    part: { e2es: 12, requests: (percentile) => 2 * objectiveFloor(percentile / 100), minS: 12, maxS: 120 },
    named: { e2es: 12, requests: (percentile) => 2 * objectiveFloor(percentile / 100), minS: 12, maxS: 120 },
  },
};
/** A proof lasts so much longer than the requests that are still missing take by those that came. */
const SURE = 1.3;

/** How long a level is to be steady, and the shortest that tells anything, s. */
export function steadyLength(
  { slo }: JobSpec,
  { act }: SearchStep,
  { demand, e2eS, same }: { demand: Demand; e2eS: number; same: SearchedLevel[] },
): { steadyS: number; leastS: number } {
  const { short, part, named } = LENGTHS[slo === undefined || demand.isOpenLoop ? "counted" : "judged"];
  const eachS = demand.isOpenLoop ? 1 / demand.ratePerS : e2eS / demand.users;
  const lengthS = ({ e2es, requests, minS, maxS }: Length): number =>
    Math.min(Math.max(e2es * e2eS, requests(slo?.percentile ?? 95) * eachS, minS), maxS);
  const leastS = short.minS;
  if (act === "include") return { steadyS: lengthS(named), leastS };
  if (act === "close_in") return { steadyS: lengthS({ ...short, e2es: TOLD_E2ES }), leastS };
  if (act === "raise") return { steadyS: lengthS(short), leastS };
  const missingS = slo === undefined || demand.isOpenLoop ? null : untoldS(slo, same);
  if (missingS === null) return { steadyS: lengthS(part), leastS };
  // The first latency of a level is not steady.
  const wantedS = Math.max(e2eS + SURE * missingS, short.e2es * e2eS, short.minS);
  return { steadyS: Math.min(wantedS, lengthS(part)), leastS };
}
