import { exact } from "../../metric/statistics/derive.ts";
import { throughputOf } from "../pick.ts";
import type { Level } from "../schema.ts";
import { loadText, loadValue } from "../text.ts";
import { hasFailures } from "./failures.ts";
import { type Found, throughputText, withoutClient } from "./found.ts";

/** More load that brings less than this factor is not worth its latency. A search closes in by the same. */
const GAIN = 1.1;

/** All levels at one load, and their mean throughput. */
interface Tried {
  load: number;
  levels: [Level, ...Level[]];
  throughput: number;
}

/**
 * What a search without an objective finds: the smallest load at which less than 10 % of the most throughput is
 * missing. It lies above the next smaller load that was run. It is null without a throughput.
 */
export function byKnee(usable: Level[], all: Level[]): Found | null {
  const tried = triedLoads(usable);
  const most = Math.max(...tried.map(({ throughput }) => throughput));
  const at = tried.findIndex(({ throughput }) => throughput * GAIN >= most);
  const [found, below, highest] = [tried[at], tried[at - 1], tried.at(-1)];
  if (found === undefined || highest === undefined) return null;
  const best = found.levels.reduce((a, b) => (b.requests.inWindow > a.requests.inWindow ? b : a));
  const reasons = withoutClient(best.reasons);
  const isFailing = highest.levels.some((level) => hasFailures(level, null));
  // Such a load has no throughput to compare: its level was too short, say, or its requests failed.
  const untold = all.find(({ load }) => loadValue(load) > highest.load);
  const isHighest = highest === found && !isFailing;
  const isOpen = isHighest && untold === undefined;
  const gave = `${loadText(best.load)} gave${throughputText(best, " ")}`;
  return {
    sentence: isHighest
      ? untold === undefined
        ? `${gave}; throughput still grew there, so the limit lies higher.`
        : `${gave}; whether ${loadText(untold.load)} give more cannot be told.`
      : isFailing
        ? `${gave}.`
        : `${gave}; up to ${loadText(highest.levels[0].load)} no more than 10 % came on top.`,
    capacity: {
      ...exact(found.load, tried.length),
      low: isHighest || below === undefined ? found.load : below.load,
      high: isHighest ? null : found.load,
      validity: reasons.length === 0 ? "valid" : best.validity,
      reasons,
    },
    levelId: best.id,
    limit:
      isFailing || (untold !== undefined && hasFailures(untold, null))
        ? "errors"
        : isOpen
          ? "not_reached"
          : null,
  };
}

function triedLoads(usable: Level[]): Tried[] {
  const known = usable.filter((level) => throughputOf(level).value !== null);
  return [...Map.groupBy(known, ({ load }) => loadValue(load))].flatMap(([load, [first, ...others]]) => {
    if (first === undefined) return [];
    const levels: Tried["levels"] = [first, ...others];
    const sum = levels.reduce((total, level) => total + (throughputOf(level).value ?? 0), 0);
    return [{ load, levels, throughput: sum / levels.length }];
  });
}
