import { z } from "zod";
import { dialectOf } from "../../dialect/dialects.ts";
import { demandOf, Load } from "../../load.ts";
import { meanLength } from "../request/length.ts";
import { LikelySearch, likelySearch } from "./likely.ts";
import { idleSOf, loadsOf, searchOf, warmupOf } from "./loads.ts";
import { LEVEL_DURATION_S } from "./plan.ts";
import { asksPromptLength } from "../level/source.ts";
import { type JobSpec, type Length, Search } from "../spec/spec.ts";

/** A time between two bounds, s. `maxS` is null where the endpoint alone decides. */
const Span = z.object({ minS: z.number(), maxS: z.number().nullable() });
type Span = z.infer<typeof Span>;

/** What a job would do. A number of requests or tokens is null where the endpoint's speed decides it. */
export const DryRun = z.object({
  endpoint: z.object({ url: z.string(), model: z.string() }),
  idleS: z.number(),
  warmup: z.object({ users: z.int(), requests: z.int() }).nullable(),
  /** What bounds a search, whose levels follow from one another. `max` is null where the service's cap decides. */
  search: z
    .object({
      of: Search.shape.of.unwrap(),
      max: z.number().nullable(),
      withinS: z.number(),
      likely: LikelySearch,
    })
    .nullable(),
  /** The levels that are known beforehand: none of a search. */
  levels: z.array(
    z.object({
      load: Load,
      /** How often the level runs. */
      repeats: z.int(),
      /** The most requests of one run. */
      requests: z.number().nullable(),
      /** How long one run sends; with a precision, all of its parts. */
      sends: Span,
    }),
  ),
  /** Of the whole job, with its warm-up, as far as its limits let it go. */
  total: z.object({
    /** The most requests. */
    requests: z.number().nullable(),
    /** The asked tokens of so many prompts, in the mean. It is null for the job's own prompts and for images. */
    promptTokens: z.number().nullable(),
    /** It is null for answers that are not made of tokens, too. */
    outputTokens: z.number().nullable(),
    /** With the idle time and ramps that the job asks for. The warm-up and last answers come on top. */
    time: Span,
    /** What the GPUs cost in the longest time, within `limits.maxUsd`. It is null without a price or such a time. */
    usd: z.number().nullable(),
  }),
  /** When the job ends at the latest, s. */
  maxDurationS: z.number(),
});
export type DryRun = z.infer<typeof DryRun>;

/** Plans a job as it is stored. Nothing is sent. */
export function dryRunOf(spec: JobSpec): DryRun {
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
  const time = timeOf(spec, levels);
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
      time,
      usd: usdOf(spec, Math.min(time.maxS ?? Infinity, maxDurationS)),
    },
    maxDurationS,
  };
}

export const isStreamed = ({ endpoint }: JobSpec): boolean => dialectOf(endpoint.api).streams;

function usdOf({ gpu, limits }: JobSpec, seconds: number): number | null {
  if (gpu?.usdPerHour === undefined) return null;
  return Math.min((gpu.usdPerHour * (gpu.count ?? 1) * seconds) / 3600, limits.maxUsd ?? Infinity);
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The largest number of requests that a run sends. It is null when the endpoint or the warm-up decides. */
function requestsOf(spec: JobSpec, load: Load): number | null {
  const demand = demandOf(load);
  if (spec.precision !== undefined) return demand.countIn(sendsOf(spec, load).maxS ?? Infinity);
  const { durationS, requests } = demand.stopOf(spec.stop);
  return requests ?? (durationS === null ? null : demand.countIn(durationS));
}

function sendsOf(spec: JobSpec, load: Load): Span {
  const { durationS, requests } = demandOf(load).stopOf(spec.stop);
  if (spec.precision !== undefined) {
    const { min, max } = LEVEL_DURATION_S;
    return { minS: durationS ?? min, maxS: Math.max(durationS ?? max, spec.precision.withinS) };
  }
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
