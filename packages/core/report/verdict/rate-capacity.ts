import { unknown } from "../../figure.ts";
import { demandOf } from "../../load.ts";
import { edgeNoise, SUSTAINED } from "../../load/sustained.ts";
import type { Level } from "../schema.ts";
import { loadText, loadValue } from "../text.ts";
import { failedShare, failedText, hasFailures } from "./failures.ts";
import { capacityAt, type Found, throughputText } from "./found.ts";

const isOverrun = (reasons: Level["reasons"]): boolean =>
  reasons.includes("over_saturated") || reasons.includes("open_limit");

/**
 * Whether the endpoint keeps up with a rate: what is offered completes, and no queue grows. It is null if
 * that is not known.
 */
function isSustained(level: Level): boolean | null {
  if (isOverrun(level.reasons)) return false;
  const completed = completedShare(level);
  return completed === null ? null : completed >= SUSTAINED && !level.reasons.includes("not_steady");
}

/**
 * The largest share of what is offered that may have completed: it counts back what chance may have taken at
 * the edges of the window. It is null if it is not known.
 */
function completedShare(level: Level): number | null {
  const { offeredPerS, requestsPerS } = level;
  return offeredPerS === null || requestsPerS.value === null
    ? null
    : (requestsPerS.value + edgeNoisePerS(level)) / offeredPerS;
}

/** What chance may have taken at the edges of the windows, in requests per second. */
function edgeNoisePerS({ load, runs, e2eMs, offeredPerS }: Level): number {
  const windowS = runs.reduce(
    (sum, { window }) => sum + (window === null ? 0 : window.endS - window.startS),
    0,
  );
  const demand = demandOf(load);
  if (!demand.isOpenLoop || windowS === 0) return 0;
  const offered = { dispersion: demand.dispersion, ratePerS: offeredPerS ?? 0 };
  const e2eS = (e2eMs.p50.value ?? 0) / 1000;
  return edgeNoise(offered, { windowS, e2eS, windows: runs.length }) / windowS;
}

/** What kept a rate from being sustained: requests that failed, or a queue. */
function limitOf(level: Level): "errors" | "queue" {
  if (hasFailures(level, null)) return "errors";
  const completed = completedShare(level) ?? 0;
  return !isOverrun(level.reasons) && completed < SUSTAINED && completed + failedShare(level) >= SUSTAINED
    ? "errors"
    : "queue";
}

/** A headline begins with many failures, so this is not asked of a level that has them. */
function whyNotSustained(level: Level): string {
  if (limitOf(level) === "errors") return failedText(level);
  const isSlower = isOverrun(level.reasons) || (completedShare(level) ?? 0) < SUSTAINED;
  return `at ${loadText(level.load)} ${isSlower ? "requests came faster than they were answered" : "TTFT or requests in flight had not settled"}`;
}

/** The highest rate that is sustained. */
export function bySustainedRate(levels: Level[]): Found | null {
  const judged = levels.filter((level) => isSustained(level) !== null);
  const best = judged.findLast(isSustained);
  const [lowest] = judged;
  if (lowest === undefined) return null;
  if (best === undefined) {
    const why = hasFailures(lowest, null) ? "" : `: ${whyNotSustained(lowest)}`;
    return {
      sentence: `No rate was sustained${why}.`,
      capacity: unknown("not_identified"),
      levelId: null,
      limit: limitOf(lowest),
    };
  }
  const missed = judged.find((level) => loadValue(level.load) > loadValue(best.load));
  const rate = throughputText(best, " with ");
  const beyond =
    missed === undefined
      ? "no higher rate was judged"
      : hasFailures(missed, null)
        ? `${loadText(missed.load)} was not`
        : whyNotSustained(missed);
  return {
    sentence: `${loadText(best.load)} was sustained${rate}; ${beyond}.`,
    capacity: capacityAt(best, missed, judged.length),
    levelId: best.id,
    limit: missed === undefined ? "not_reached" : limitOf(missed),
  };
}
