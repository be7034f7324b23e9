import { REASON_TEXT } from "../../codes.ts";
import { unknown } from "../../figure.ts";
import { demandOf } from "../../load.ts";
import { exact, flagged } from "../../metric/statistics/derive.ts";
import type { Slo } from "../../metric/goodput.ts";
import { objectiveFloor } from "../../math/rank.ts";
import { named, sloText, valueText } from "../names.ts";
import { throughputOf } from "../pick.ts";
import type { Level, Report } from "../schema.ts";
import { loadText, loadValue } from "../text.ts";
import { hasFailures } from "./failures.ts";
import {
  type Capacity,
  capacityAt,
  type Found,
  hasMissed,
  isUsable,
  ofFirstKind,
  seeming,
  throughputText,
  withoutClient,
} from "./found.ts";
import { byKnee } from "./knee.ts";
import { bySustainedRate } from "./rate-capacity.ts";
import { whyOpen } from "./status.ts";

/**
 * With an objective the capacity is the highest level that meets it. Without one it is the level with the highest
 * throughput, of a search the one from which more load brings little, and among rates the highest that is sustained.
 * Invalid levels are never named as one.
 */
export function capacityOf(
  measured: Level[],
  { saturation, slo, isSearch }: { saturation: Report["saturation"]; slo: Slo | null; isSearch: boolean },
): Capacity {
  const levels = ofFirstKind(measured);
  const usable = levels.filter(isUsable);
  const [first] = levels;
  const demand = first === undefined ? null : demandOf(first.load);
  const without = demand?.isOpenLoop === true ? bySustainedRate : isSearch ? byKnee : byThroughput;
  const found = slo === null ? without(usable, levels, saturation) : byObjective(usable, levels, slo);
  return { ...(found ?? nothing(measured)), capacityUnit: demand?.unit.code ?? "users" };
}

function nothing(measured: Level[]): Found {
  const common = { levelId: null, limit: null };
  if (measured.length > 0 && measured.every(({ requests }) => requests.ok === 0 && requests.failed > 0))
    return { ...common, sentence: "No capacity can be told.", capacity: unknown("too_few"), limit: "errors" };
  const reason = measured.flatMap(({ reasons }) => withoutClient(reasons))[0];
  const why =
    reason === undefined
      ? measured.length === 0
        ? "no level was measured"
        : "no level has steady figures"
      : REASON_TEXT[reason];
  return {
    ...common,
    sentence: `No capacity can be told: ${why}.`,
    capacity: unknown(reason ?? "too_few_levels"),
  };
}

/** Whether the load generator may have read so late that it bears on the level's objective. */
const isObjectiveLate = ({ goodPercent }: Level): boolean => goodPercent.reasons.includes("client_limited");

function byObjective(usable: Level[], all: Level[], slo: Slo): Found | null {
  const judged = all.filter((level) => hasMissed(level, slo) || (level.sloMet === true && isUsable(level)));
  const best = judged.findLast((level) => level.sloMet === true);
  if (judged.length === 0) return undecided(usable, slo);
  const objective = sloText(slo);
  if (best === undefined) {
    const [lowest] = judged;
    const likely = lowest === undefined ? undefined : seeming(usable, slo, lowest);
    if (lowest !== undefined && likely !== undefined) return seemingly(likely, lowest, slo);
    return {
      sentence: noneMet(lowest, objective),
      capacity: unknown("not_identified"),
      levelId: null,
      limit: lowest !== undefined && hasFailures(lowest, slo) ? "errors" : "slo",
    };
  }
  const isHigher = ({ load }: Level): boolean => loadValue(load) > loadValue(best.load);
  const missed = judged.find((level) => level.sloMet === false && isHigher(level));
  const open = all.find(isHigher);
  const beyond =
    missed !== undefined
      ? `${loadText(missed.load)} missed it`
      : open !== undefined
        ? `whether ${loadText(open.load)} met it cannot be told${becauseOf(open, slo)}`
        : "no higher load was run";
  const capacity = capacityAt(best, missed, usable.length);
  return {
    sentence: `${loadText(best.load)} met ${objective}${throughputText(best, " with ")}; ${beyond}.`,
    capacity: isObjectiveLate(best) ? flagged(capacity, "client_limited") : capacity,
    levelId: best.id,
    limit:
      missed !== undefined
        ? hasFailures(missed, slo)
          ? "errors"
          : "slo"
        : open === undefined
          ? "not_reached"
          : hasFailures(open, slo)
            ? "errors"
            : null,
  };
}

function noneMet(lowest: Level | undefined, objective: string): string {
  if (lowest === undefined) return `No level met ${objective}.`;
  if (demandOf(lowest.load).users !== 1)
    return `No level met ${objective}; the lowest judged was ${loadText(lowest.load)}.`;
  const seen = lowest.objectives.flatMap(({ latency, met }) => {
    const p50 = lowest[latency].p50.value;
    return met === false && p50 !== null
      ? [`${named(latency).shortLabel} p50 was ${valueText(latency, p50)}`]
      : [];
  });
  return `Not even 1 user met ${objective}${seen.length === 0 ? "" : `: ${seen.join(", ")}`}.`;
}

/** No level met the objective for certain, and a lower one than the first that missed it seems to. */
function seemingly(likely: Level, missed: Level, slo: Slo): Found {
  const { reason } = whyOpen(likely, slo);
  return {
    sentence: `${loadText(likely.load)} seemed to meet ${sloText(slo)}${becauseOf(likely, slo)}; ${loadText(missed.load)} missed it.`,
    capacity: flagged(
      { ...exact(loadValue(likely.load), 1), low: null, high: loadValue(missed.load) },
      reason ?? "too_few",
    ),
    levelId: likely.id,
    limit: hasFailures(missed, slo) ? "errors" : "slo",
  };
}

/** ": less load was in flight than was asked for". A headline begins with failures, so they are not told again. */
function becauseOf(level: Level, slo: Slo | null): string {
  const { reason } = whyOpen(level, slo);
  if (reason === null) return "";
  return reason === "too_few" && slo !== null && isNearBound(level, slo)
    ? ": the percentile lies near its bound"
    : `: ${REASON_TEXT[reason]}`;
}

/** Whether requests enough to judge a percentile that is far from its bound do not judge this one. */
function isNearBound({ objectives }: Level, { percentile }: Slo): boolean {
  const open = objectives.filter(({ met }) => met === null);
  return open.length > 0 && open.every(({ nEff }) => nEff >= objectiveFloor(percentile / 100));
}

function undecided(levels: Level[], slo: Slo): Found | null {
  if (levels.length === 0) return null;
  const isLate = levels.some(isObjectiveLate);
  const [reason] = levels.flatMap((level) => whyOpen(level, slo).reason ?? []);
  const why = isLate
    ? "the load generator may have read too late to time it; give it a core of its own"
    : reason === undefined || reason === "too_few"
      ? levels.every((level) => isNearBound(level, slo))
        ? "the percentile lies near its bound"
        : "no level had enough requests"
      : REASON_TEXT[reason];
  return {
    sentence: `Whether a level met ${sloText(slo)} cannot be told: ${why}.`,
    capacity: unknown(isLate ? "client_limited" : (reason ?? "too_few")),
    levelId: null,
    limit: null,
  };
}

function byThroughput(usable: Level[], all: Level[], saturation: Report["saturation"]): Found | null {
  const known = usable.filter((level) => throughputOf(level).value !== null);
  const [first] = known;
  if (first === undefined) return null;
  const best = known.reduce(
    (a, b) => ((throughputOf(b).value ?? 0) > (throughputOf(a).value ?? 0) ? b : a),
    first,
  );
  const highest = known.at(-1) ?? best;
  const flat = saturation?.marginal.find((gain) => gain.toId === saturation.firstBelow10PercentId);
  const [from, to] = [flat?.fromId, flat?.toId].map((id) => known.find((level) => level.id === id));
  const most = `${loadText(best.load)} gave the most${throughputText(best, ", ")}`;
  const common = { capacity: capacityAt(best, undefined, known.length), levelId: best.id };
  if (hasFailures(highest, null)) return { ...common, sentence: `${most}.`, limit: "errors" };
  const open = all.find((level) => loadValue(level.load) > loadValue(highest.load));
  if (open !== undefined)
    return {
      ...common,
      sentence: `${most}; whether ${loadText(open.load)} give more cannot be told${becauseOf(open, null)}.`,
      limit: hasFailures(open, null) ? "errors" : null,
    };
  if (known.length === 1)
    return {
      ...common,
      sentence: `${most}; with a single level nothing can be said about more load.`,
      limit: "not_reached",
    };
  if (from !== undefined && to !== undefined)
    return {
      ...common,
      sentence: `${most}; from ${loadText(from.load)} to ${loadText(to.load)} it grew by less than 10 %.`,
      limit: null,
    };
  return {
    ...common,
    sentence: `${most}; throughput still grew there, so the maximum lies higher.`,
    limit: "not_reached",
  };
}
