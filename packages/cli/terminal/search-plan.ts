import { dialectOf } from "@brimline/core/dialect/dialects";
import { meanLength } from "@brimline/core/job/request/length";
import { likelySearch, type Range } from "@brimline/core/job/plan/likely";
import { searchOf } from "@brimline/core/job/plan/loads";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import { sloText } from "@brimline/core/report/names";
import { number, seconds } from "@brimline/core/report/shown/cells";
import { usdText } from "@brimline/core/report/text";

/**
 * What a search is about to do, in sentences: what it looks for, what it likely takes, and what it takes at most. It is
 * empty for every other job.
 */
export function searchPlan(spec: JobSpec): string[] {
  const search = searchOf(spec);
  if (search === null) return [];
  const likely = likelySearch(spec);
  const { maxRequests, maxOutputTokens, maxUsd, maxDurationS } = spec.limits;
  const mostS = Math.min(search.withinS, maxDurationS);
  const usdPerS = ((spec.gpu?.usdPerHour ?? 0) * (spec.gpu?.count ?? 1)) / 3600;
  const tokens = dialectOf(spec.endpoint.api).streams
    ? [`${rangeText(likely.requests, number, meanLength(spec.workload.outputTokens))} output tokens`]
    : [];
  const most = [
    seconds(mostS),
    ...(maxRequests === undefined ? [] : [`${number(maxRequests)} requests`]),
    ...(maxOutputTokens === undefined ? [] : [`${number(maxOutputTokens)} output tokens`]),
    ...(usdPerS > 0 ? [usdText(Math.min(maxUsd ?? Infinity, mostS * usdPerS))] : []),
  ];
  return [
    `Searches for ${goalText(spec)}${search.max === undefined ? "" : `, up to ${number(search.max)}`}.`,
    `It likely takes ${[`${rangeText(likely.seconds, seconds)} of load`, `${rangeText(likely.requests, number)} requests`, ...tokens].join(", ")}, if a token takes ${rangeText(likely.tokenMs, number)} ms.`,
    `It takes at most ${most.join(", ")}.`,
  ];
}

function goalText(spec: JobSpec): string {
  const isRate = searchOf(spec)?.of === "rate";
  if (spec.slo !== undefined)
    return `the ${isRate ? "most requests/s" : "most users"} that meet ${sloText(spec.slo)}`;
  return isRate
    ? "the most requests/s that are sustained"
    : "the number of users from which more of them bring less than 10 %";
}

function rangeText({ least, most }: Range, text: (value: number) => string, factor = 1): string {
  const [low, high] = [text(about(least * factor)), text(about(most * factor))];
  return low === high ? low : `${low} to ${high}`;
}

/** Two digits are enough for what is only likely. */
const about = (value: number): number => Number(value.toPrecision(2));
