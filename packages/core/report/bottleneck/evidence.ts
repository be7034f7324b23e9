import type { Verdict } from "../../job/state/verdict.ts";
import { demandOf } from "../../load.ts";
import type { Slo } from "../../metric/goodput.ts";
import type { Settings } from "../../scrape/engine.ts";
import { settingsOf } from "../../scrape/engines.ts";
import { named, valueText } from "../names.ts";
import type { Level, Report } from "../schema.ts";
import { loadText, loadValue } from "../text.ts";
import { hasFailures } from "../verdict/failures.ts";
import { type Capacity, isUsable, ofFirstKind } from "../verdict/found.ts";

/** What a bottleneck is looked for in. */
export interface Facts extends Pick<Report, "levels" | "gpus" | "model" | "slo"> {
  capacity: Pick<Capacity, "levelId" | "limit">;
}

/** What was measured where the endpoint takes no more. All of it is of the same windows. */
export interface Evidence {
  level: Level;
  /** "at 64 users" */
  at: string;
  /** What was found to bound the load. */
  limit: Verdict["limit"];
  slo: Report["slo"];
  /** By how much the mean SM clock lies below the highest of any level, in percent. It is null if it was not read. */
  clockLossPercent: number | null;
  /** What the server calls its settings. It is null where that is not known. */
  settings: Settings | null;
  /** What was measured of no server, of no GPU, and what is not known of the model or its GPU. */
  lacks: { server: boolean; gpu: boolean; model: boolean; peak: boolean };
}

/** It is null without a measured level. */
export function evidenceOf(facts: Facts): Evidence | null {
  const level = levelAtLimit(facts);
  if (level === undefined) return null;
  const clocks = facts.levels.flatMap(({ gpu }) => gpu?.smMHz ?? []);
  const own = level.gpu?.smMHz ?? null;
  return {
    level,
    at: `at ${loadText(level.load)}`,
    limit: facts.capacity.limit,
    slo: facts.slo,
    clockLossPercent: own === null ? null : 100 * (1 - own / Math.max(...clocks)),
    settings: level.server === null ? null : settingsOf(level.server.engine),
    lacks: {
      server: level.server === null,
      gpu: level.gpu === null,
      model: facts.model === null,
      peak: facts.gpus.length === 0 || facts.gpus.some(({ peakTflops }) => peakTflops === null),
    },
  };
}

/**
 * The lowest load beyond the capacity that is known to be too much. Where none is, it is the lowest beyond it, or
 * without an objective the highest, because that brings least; and the highest that ran where none lies beyond. Of several levels at that load it is the one with the most requests.
 */
function levelAtLimit({ levels, capacity, slo }: Facts): Level | undefined {
  const measured = ofFirstKind(levels.filter(({ role }) => role !== "warmup"));
  const best = measured.find(({ id }) => id === capacity.levelId);
  const beyond =
    best === undefined ? measured : measured.filter(({ load }) => loadValue(load) > loadValue(best.load));
  const isTooMuch = (level: Level): boolean =>
    level.sloMet === false ||
    hasFailures(level, percentileOf(slo)) ||
    level.reasons.includes("over_saturated") ||
    level.reasons.includes("open_limit");
  const shown =
    beyond.find(isTooMuch) ??
    (slo === null ? beyond.at(-1) : beyond[0]) ??
    measured.findLast(isUsable) ??
    measured.at(-1);
  if (shown === undefined) return undefined;
  return measured
    .filter(({ load }) => loadValue(load) === loadValue(shown.load))
    .toSorted((a, b) => b.requests.inWindow - a.requests.inWindow)[0];
}

/** All that failures are judged by of an objective. */
export const percentileOf = (slo: Report["slo"]): Slo | null =>
  slo === null ? null : { percentile: slo.percentile };

/** How many requests are in their prefill at once, by Little's law. It is null if the server does not tell. */
export function inPrefill({ server, requestsPerS }: Level): number | null {
  const [prefillMs, ratePerS] = [server?.serverPrefillMs.value ?? null, requestsPerS.value];
  return prefillMs === null || ratePerS === null ? null : (prefillMs / 1000) * ratePerS;
}

/** The share of prompt tokens among all tokens that were computed, in percent. It is null if it is not known. */
export function promptPercent({ inputTokensPerS, outputTokensPerS, tokens }: Level): number | null {
  const [input, output] = [inputTokensPerS.value, outputTokensPerS.value];
  if (input === null || output === null || input + output === 0) return null;
  const computed = input * (1 - (tokens.cachedInputPercent ?? 0) / 100);
  return (100 * computed) / (computed + output);
}

/** Each bound of the objective that the level missed, in words. It is null if it missed none. */
export function missedText({ level, slo }: Evidence): string | null {
  const missed = level.objectives.filter(({ met }) => met === false);
  if (slo === null || missed.length === 0) return null;
  return missed
    .map(
      ({ latency, boundMs }) =>
        `${named(latency).shortLabel} p${slo.percentile} is above ${valueText(latency, boundMs)}`,
    )
    .join(" and ");
}

export const isOpenLoop = ({ load }: Level): boolean => demandOf(load).isOpenLoop;
