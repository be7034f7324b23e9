import { dialectOf } from "@brimline/core/dialect/dialects";
import { idleSOf, LEVEL_DURATION_S, loadsOf, searchOf, warmupOf } from "@brimline/core/job/plan";
import { meanLength } from "@brimline/core/job/length";
import { likelySearch, type LikelySearch } from "@brimline/core/job/likely";
import { asksPromptLength } from "@brimline/core/job/source";
import type { JobSpec, JobRequest, Length, Search } from "@brimline/core/job/spec";
import { demandOf, type Load } from "@brimline/core/load";
import { concurrencyLoad } from "@brimline/core/load/concurrency";
import { lengthText, promptsText } from "@brimline/core/report/text";
import { judgeLocally } from "@brimline/functions/local/judge";
import { fieldsError } from "./error.ts";
import { fullLoadText, seconds } from "@brimline/core/report/cells";
import { searchPlan } from "./search-plan.ts";
import { table } from "./table.ts";

/** A time between two bounds, s. `maxS` is null where the endpoint alone decides. */
interface Span {
  minS: number;
  maxS: number | null;
}

/** What a job would do. A number of requests or tokens is null where the endpoint's speed decides it. */
export interface DryRun {
  endpoint: { url: string; model: string };
  idleS: number;
  warmup: { users: number; requests: number } | null;
  /** What bounds a search, whose levels follow from one another. `max` is null where the service's cap decides. */
  search: { of: Search["of"]; max: number | null; withinS: number; likely: LikelySearch } | null;
  /** The levels that are known beforehand: none of a search. */
  levels: {
    load: Load;
    /** How often the level runs. */
    repeats: number;
    /** The most requests of one run. */
    requests: number | null;
    /** How long one run sends. */
    sends: Span;
  }[];
  /** Of the whole job, with its warm-up, as far as its limits let it go. */
  total: {
    /** The most requests. */
    requests: number | null;
    /** The asked tokens of so many prompts, in the mean. It is null for the job's own prompts and for images. */
    promptTokens: number | null;
    /** It is null for answers that are not made of tokens, too. */
    outputTokens: number | null;
    /** With the idle time and ramps that the job asks for. The warm-up and last answers come on top. */
    time: Span;
  };
  /** When the job ends at the latest, s. */
  maxDurationS: number;
}

/**
 * Plans a job and sends nothing. It throws a UsageError with each complaint that a service on this machine
 * would have.
 */
export function dryRun(request: JobRequest): { spec: JobSpec; plan: DryRun } {
  const judged = judgeLocally(request);
  if ("errors" in judged) throw fieldsError(judged.errors);
  return { spec: judged.spec, plan: planOf(judged.spec) };
}

function planOf(spec: JobSpec): DryRun {
  const { url, model } = spec.endpoint;
  const warmup = warmupOf(spec);
  const search = searchOf(spec);
  const levels = (search === null ? loadsOf(spec) : []).map((load) => ({
    load,
    repeats: spec.repeats,
    requests: requestsOf(spec, load),
    sends: sendsOf(spec, load),
  }));
  const { maxRequests = Infinity, maxOutputTokens = Infinity, maxDurationS } = spec.limits;
  const asked = levels.reduce(
    (sum, { requests }) => sum + spec.repeats * (requests ?? Infinity),
    search === null ? (warmup?.requests ?? 0) : Infinity,
  );
  const requests = Math.min(asked, maxRequests);
  const tokens = (length: Length): number => Math.round(requests * meanLength(length));
  const { inputTokens, outputTokens } = spec.workload;
  return {
    endpoint: { url, model },
    idleS: idleSOf(spec),
    warmup,
    search: search && {
      of: search.of,
      max: search.max ?? null,
      withinS: search.withinS,
      likely: likelySearch(spec),
    },
    levels,
    total: {
      requests: finite(requests),
      promptTokens: asksPromptLength(spec.workload) ? finite(tokens(inputTokens)) : null,
      outputTokens: isStreamed(spec) ? finite(Math.min(tokens(outputTokens), maxOutputTokens)) : null,
      time: timeOf(spec, levels),
    },
    maxDurationS,
  };
}

const isStreamed = ({ endpoint }: JobSpec): boolean => dialectOf(endpoint.api).streams;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The largest number of requests that a run sends. It is null when the endpoint or the warm-up decides. */
function requestsOf(spec: JobSpec, load: Load): number | null {
  const demand = demandOf(load);
  const { durationS, requests } = demand.stopOf(spec.stop);
  return requests ?? (durationS === null ? null : demand.countIn(durationS));
}

function sendsOf(spec: JobSpec, load: Load): Span {
  const { durationS, requests } = demandOf(load).stopOf(spec.stop);
  if (durationS !== null) return { minS: requests === null ? durationS : 0, maxS: durationS };
  if (requests !== null) return { minS: 0, maxS: null };
  return { minS: LEVEL_DURATION_S.min, maxS: LEVEL_DURATION_S.max };
}

function timeOf(spec: JobSpec, levels: DryRun["levels"]): Span {
  const search = searchOf(spec);
  if (search !== null) return { minS: idleSOf(spec), maxS: idleSOf(spec) + search.withinS };
  const each = levels.map(({ load, sends }) => ({ rampS: demandOf(load).rampS(spec.rampS ?? 0), sends }));
  const sum = (ofOne: (sends: Span) => number): number =>
    idleSOf(spec) + spec.repeats * each.reduce((total, { rampS, sends }) => total + rampS + ofOne(sends), 0);
  return { minS: sum(({ minS }) => minS), maxS: finite(sum(({ maxS }) => maxS ?? Infinity)) };
}

const AS_MANY = "as many as it answers";

/** A dry run for a terminal. */
export function dryRunText({ spec, plan }: { spec: JobSpec; plan: DryRun }): string {
  const { idleS, warmup, search, levels, total } = plan;
  const rows = [
    ["", "requests", "time"],
    ...(idleS > 0 ? [["idle before load", "", seconds(idleS)]] : []),
    ...(warmup === null
      ? []
      : [[`warm-up, ${fullLoadText(concurrencyLoad(warmup.users))}`, whole(warmup.requests), "until done"]]),
    ...(search === null ? [] : [["search", AS_MANY, `at most ${seconds(search.withinS)}`]]),
    ...levels.map(({ load, repeats, requests, sends }) => [
      `${fullLoadText(load)}${repeats > 1 ? ` × ${repeats}` : ""}`,
      requests === null ? (demandOf(load).isOpenLoop ? "by its rate" : AS_MANY) : whole(requests),
      sends.maxS === null
        ? "until done"
        : spec.stop === undefined
          ? "30 s to 3 min, from the warm-up"
          : seconds(sends.maxS),
    ]),
    [
      "in all",
      total.requests === null ? "unknown" : `at most ${whole(total.requests)}`,
      spanText(total.time),
    ],
  ];
  return [
    `${plan.endpoint.model} at ${plan.endpoint.url}`,
    `prompts: ${promptsText(spec.workload)}${isStreamed(spec) ? `, answers: ${lengthText(spec.workload.outputTokens)} tokens` : ""}`,
    ...table(rows),
    ...(search === null ? [tokensText(total)] : searchPlan(spec)),
    search === null
      ? "Ramps that the warm-up sets, the warm-up itself and each level's last answers take time on top."
      : "Each level follows from those before it. Preflight takes time on top.",
    `The job ends after ${seconds(plan.maxDurationS)} at the latest.`,
    "",
  ].join("\n");
}

const whole = (value: number): string => value.toLocaleString("en-US");

function spanText({ minS, maxS }: Span): string {
  if (maxS === null) return minS === 0 ? "until done" : `at least ${seconds(minS)}`;
  if (minS === maxS) return seconds(maxS);
  return minS === 0 ? `at most ${seconds(maxS)}` : `${seconds(minS)} to ${seconds(maxS)}`;
}

function tokensText({ requests, promptTokens, outputTokens }: DryRun["total"]): string {
  if (requests === null)
    return outputTokens === null
      ? "Requests and tokens depend on how fast the endpoint answers."
      : `Requests depend on how fast the endpoint answers; a limit allows ${whole(outputTokens)} output tokens.`;
  const tokens = [
    ...(promptTokens === null ? [] : [`${whole(promptTokens)} prompt`]),
    ...(outputTokens === null ? [] : [`${whole(outputTokens)} output`]),
  ];
  const about = tokens.length === 0 ? "" : `, about ${tokens.join(" and ")} tokens`;
  return `At most ${whole(requests)} requests${about}.`;
}
