import { demandOf } from "../../load.ts";
import { RATE_MAX_PER_S } from "../../load/rate.ts";
import { isMeasured, type LevelPlan } from "../level/level-plan.ts";
import { steadyLength } from "../search/length.ts";
import { toDigits } from "../search/place.ts";
import type { SearchRules, SearchStep } from "../search/rules.ts";
import { proofStep, searchStep } from "../search/search.ts";
import type { JobSpec, Search } from "../spec/spec.ts";
import { type EndedLevels, expectedE2e, valueOf } from "./expected.ts";
import { levelId, RAMP_MAX_S, searchedLoad } from "./loads.ts";

/** An open loop is steady after this time, or one latency of the warm-up if that is longer, s. */
const OPEN_LEAD_S = 2;

/** What a search may still use: the most users that the service lets a level have, time and requests. */
export interface SearchLeft {
  users: number;
  timeS: number;
  requests: number;
}

/**
 * The next level of a search. Where closing in would leave no time to prove that any load lies below the boundary, that
 * is done first: an answer that holds is worth more than a closer one that does not.
 */
export function searchPlan(
  spec: JobSpec,
  search: Search,
  ended: EndedLevels,
  left: SearchLeft,
): LevelPlan | null {
  const measured = ended.filter(isMeasured);
  const rules = searchRules(spec, search, ended, left);
  const levelFor = (step: SearchStep | null): SearchedPlan | null =>
    step === null ? null : searchedPlan(spec, search, { step, ended, left });
  const step = searchStep(rules, measured);
  const [next, proof] = [levelFor(step), levelFor(proofStep(rules, measured))];
  const isLate =
    next === null || (step?.act === "close_in" && left.timeS - next.takesS < (proof?.takesS ?? 0));
  return ((isLate ? proof : null) ?? next)?.level ?? null;
}

/** A level of a search, and how long it may take with its ramp and its last answers, s. */
interface SearchedPlan {
  level: LevelPlan;
  takesS: number;
}

/** It is null where too little is left for it. Its id is that of its load, in the order in which loads were first tried. */
function searchedPlan(
  spec: JobSpec,
  search: Search,
  { step, ended, left }: { step: SearchStep; ended: EndedLevels; left: SearchLeft },
): SearchedPlan | null {
  const { value } = step;
  const measured = ended.filter(isMeasured);
  const load = searchedLoad(search, value);
  const demand = demandOf(load);
  const { leastS, e2eS, mostS } = expectedE2e(value, ended);
  const eachOf = (latencyS: number): number =>
    demand.isOpenLoop ? 1 / demand.ratePerS : latencyS / demand.users;
  // A closed loop starts over a ramp before its duration begins, an open one within it.
  const rampS = demand.rampS(spec.rampS ?? Math.min(e2eS, RAMP_MAX_S));
  const leadS = demand.isOpenLoop ? Math.max(OPEN_LEAD_S, e2eS) : 0;
  const same = measured.filter((level) => valueOf(level) === value);
  const length = steadyLength(spec, step, { demand, e2eS, same });
  // What is in flight when it stops takes one latency more. A search runs one level, however slow the endpoint is.
  const fitsS = left.timeS - rampS - (measured.length === 0 ? 0 : mostS);
  // How long one request takes is not known before the first level of a job without a warm-up.
  const paidS =
    Number.isFinite(left.requests) && eachOf(leastS) > 0 ? left.requests * eachOf(leastS) - rampS : Infinity;
  const durationS = Math.floor(Math.min(leadS + length.steadyS, fitsS, paidS));
  if (durationS < leadS + length.leastS) return null;
  const tried = [...new Set(measured.map(valueOf))];
  const index = tried.indexOf(value);
  return {
    level: {
      id: levelId(index === -1 ? tried.length : index),
      role: "measured",
      load,
      stop: { durationS, requests: null },
      rampS,
      repeat: same.length,
    },
    takesS: rampS + leadS + length.steadyS + mostS,
  };
}

/** It begins with one user, or at the rate at which an idle endpoint has one request in flight. */
function searchRules(
  { slo }: JobSpec,
  { of, max, include }: Search,
  ended: EndedLevels,
  left: SearchLeft,
): SearchRules {
  if (of === "users") return { of, slo, include, first: 1, max: Math.min(max ?? Infinity, left.users) };
  const idleE2eMs = ended.find((level) => !isMeasured(level))?.counters.medianE2eMs ?? 1000;
  const most = max ?? RATE_MAX_PER_S;
  return { of, slo, include, first: Math.min(toDigits(1000 / idleE2eMs, 2), most), max: most };
}
