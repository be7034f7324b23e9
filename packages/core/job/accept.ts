import { END_EVENTS } from "../codes.ts";
import { type ApiChoice, DIALECTS, dialectOf } from "../dialect/dialects.ts";
import { endpointErrors } from "./spec/credential-errors.ts";
import { type EndpointSecrets, partEndpoint } from "./spec/endpoint-secrets.ts";
import type { FieldError } from "./spec/issues.ts";
import { levelTimeErrors } from "./plan/level-time.ts";
import { demandOf, type LevelSpec, type Load } from "../load.ts";
import { RATE_MAX_PER_S, strayFields } from "../load/rate.ts";
import { metricsUrlErrors } from "./spec/metrics-url.ts";
import { idleSOf, loadsOf, runCountOf, searchOf, warmupOf } from "./plan/loads.ts";
import type { Endpoint, JobSpec, Length, Search, Visibility } from "./spec/spec.ts";
import { endpointAddress, plainUrl } from "./spec/url.ts";

export interface AcceptRules {
  jobId: string;
  /** The most users that one level may ask for. */
  maxUsers: number;
  /** The longest that one level may last with its ramp, s. It is null where there is no cap. */
  maxLevelS: number | null;
  defaultVisibility: Visibility;
}

/** A job as it is stored, and what is sealed of its endpoint. */
export interface Accepted {
  spec: JobSpec;
  secrets: EndpointSecrets;
}

const NAME_MAX = 120;

/**
 * Judges what a schema cannot say, and fills in the defaults that depend on more than one field. The answer
 * is the job as it is stored, whose URL has one spelling and which holds no secrets, and the endpoint's secrets.
 * `levels` may ask for the same load twice, because a level that runs again at the end shows drift.
 */
export function accept(request: JobSpec, rules: AcceptRules): Accepted | { errors: FieldError[] } {
  const errors = [
    ...endpointErrors(request.endpoint),
    ...metricsUrlErrors(request.endpoint),
    ...webhookErrors(request),
    ...levelErrors(request, rules.maxUsers),
    ...stopErrors(request),
    ...searchErrors(request),
    ...precisionErrors(request),
    ...levelTimeErrors(request, rules.maxLevelS),
    ...objectiveErrors(request),
    ...imageErrors(request),
    ...lengthErrors("/workload/inputTokens", request.workload.inputTokens),
    ...lengthErrors("/workload/outputTokens", request.workload.outputTokens),
    ...limitErrors(request),
    ...request.agents.flatMap((agent, index) =>
      request.agents.indexOf(agent) === index
        ? []
        : [{ pointer: `/agents/${index}`, detail: "is named twice: name each agent once" }],
    ),
  ];
  if (errors.length > 0) return { errors };
  return filledIn(request, rules);
}

function filledIn(request: JobSpec, rules: AcceptRules): Accepted {
  const { endpoint, secrets } = partEndpoint(request.endpoint);
  const spec: JobSpec = {
    ...request,
    endpoint,
    name: request.name ?? defaultName(endpoint),
    seed: request.seed ?? rules.jobId,
    visibility: request.visibility ?? rules.defaultVisibility,
  };
  // A webhook hears of every way in which a job can end, unless the caller chose events.
  if (request.webhook !== undefined) {
    const { url, events = END_EVENTS, format } = request.webhook;
    spec.webhook = { url, events, format };
  }
  return { spec, secrets };
}

/**
 * "<model> on <host>". The host is in it only where the caller lets it be seen, because pages print the name.
 */
function defaultName({ url, model, showHost }: Endpoint): string {
  const name = showHost ? `${model} on ${new URL(url).host}` : model;
  return name.length <= NAME_MAX ? name : `${name.slice(0, NAME_MAX - 1)}…`.toWellFormed();
}

function webhookErrors({ webhook }: JobSpec): FieldError[] {
  const judged = webhook === undefined ? null : plainUrl(webhook.url);
  return judged !== null && "problem" in judged ? [{ pointer: "/webhook/url", detail: judged.problem }] : [];
}

function levelErrors(request: JobSpec, maxUsers: number): FieldError[] {
  const tooMany = (pointer: string, users: number): FieldError[] =>
    users > maxUsers
      ? [{ pointer, detail: `asks more users than this service allows: at most ${maxUsers}` }]
      : [];
  const warmup = request.warmup === false ? undefined : request.warmup;
  const warmupErrors = warmup === undefined ? [] : tooMany("/warmup/users", warmup.users);
  if (warmup !== undefined && warmup.requests < warmup.users) {
    warmupErrors.push({
      pointer: "/warmup/requests",
      detail: "must be at least the warm-up's users, so that each of them sends one",
    });
  }
  const { levels } = request;
  if (Array.isArray(levels))
    return [...levels.flatMap((level, index) => oneLevelErrors(level, index, tooMany)), ...warmupErrors];
  if ("sweep" in levels) return [...tooMany("/levels/sweep/max", levels.sweep.max), ...warmupErrors];
  return [...searchedErrors(levels.search, tooMany), ...warmupErrors];
}

function searchedErrors(
  search: Search,
  tooMany: (pointer: string, users: number) => FieldError[],
): FieldError[] {
  const { of, max, include, withinS: _, ...arrival } = search;
  const at = (field: string): string => `/levels/search/${field}`;
  const named = [
    ...(max === undefined ? [] : [{ pointer: at("max"), value: max }]),
    ...include.map((value, index) => ({ pointer: at(`include/${index}`), value })),
  ];
  if (of === "rate") {
    const tooHigh = named.filter(({ value }) => value > RATE_MAX_PER_S);
    return [
      ...strayFields({ rate: 1, ...arrival }).map(({ field, detail }) => ({ pointer: at(field), detail })),
      ...tooHigh.map(({ pointer }) => ({ pointer, detail: `must be at most ${RATE_MAX_PER_S} requests/s` })),
    ];
  }
  const ofRates = Object.entries(arrival).filter(([, value]) => value !== undefined);
  const inParts = named.filter(({ value }) => !Number.isInteger(value));
  return [
    ...ofRates.map(([field]) => ({
      pointer: at(field),
      detail: 'is of rates: add "of": "rate", or leave it out',
    })),
    ...inParts.map(({ pointer }) => ({ pointer, detail: "must be a whole number of users" })),
    ...named.flatMap(({ pointer, value }) => tooMany(pointer, value)),
  ];
}

function oneLevelErrors(
  level: LevelSpec,
  index: number,
  tooMany: (pointer: string, users: number) => FieldError[],
): FieldError[] {
  if (typeof level === "number") return tooMany(`/levels/${index}`, level);
  if ("concurrency" in level) return tooMany(`/levels/${index}/concurrency`, level.concurrency);
  return strayFields(level).map(({ field, detail }) => ({ pointer: `/levels/${index}/${field}`, detail }));
}

/** The most users of any level. */
const mostUsers = (request: JobSpec): number =>
  Math.max(...loadsOf(request).map((load) => demandOf(load).users ?? 0));

function stopErrors(request: JobSpec): FieldError[] {
  const requests = request.stop?.requests;
  if (requests === undefined || requests >= mostUsers(request)) return [];
  return [
    {
      pointer: "/stop/requests",
      detail: `must be at least the users of the largest level (${mostUsers(request)}), so that each of them sends one`,
    },
  ];
}

/** A search sets the length of its levels, and how often each of them runs. */
function searchErrors(request: JobSpec): FieldError[] {
  if (searchOf(request) === null) return [];
  const stop = request.stop === undefined ? [] : ["stop"];
  const repeats = request.repeats === 1 ? [] : ["repeats"];
  return [...stop, ...repeats].map((field) => ({
    pointer: `/${field}`,
    detail:
      "is set by the search itself: name the levels, or leave it out and bound the search with levels.search.withinS",
  }));
}

/** A level that runs until it is precise sets how often it runs, and its parts are of one length. */
function precisionErrors(request: JobSpec): FieldError[] {
  if (request.precision === undefined) return [];
  if (searchOf(request) !== null)
    return [
      {
        pointer: "/precision",
        detail:
          "is of levels that you name: give levels, or leave it out, because a search sets its own length",
      },
    ];
  const repeats = {
    pointer: "/repeats",
    detail: "is set by precision, which runs each level as often as it needs: leave one of them out",
  };
  const requests = {
    pointer: "/stop/requests",
    detail: "does not go with precision, whose parts are of one length: give stop.durationS, or neither",
  };
  return [
    ...(request.repeats === 1 ? [] : [repeats]),
    ...(request.stop?.requests === undefined ? [] : [requests]),
  ];
}

function objectiveErrors({ endpoint, slo = { percentile: 0 } }: JobSpec): FieldError[] {
  const api = askedApi(endpoint);
  if (dialectOf(api).streams) return [];
  return (["ttftMs", "tpotMs"] as const)
    .filter((name) => slo[name] !== undefined)
    .map((name) => ({
      pointer: `/slo/${name}`,
      detail: `is about a stream of tokens, which ${api} do not have: give e2eMs`,
    }));
}

/** The kind that the job names, or that its URL does. */
function askedApi({ url, api }: Endpoint): ApiChoice {
  const address = endpointAddress(url, api);
  return "api" in address ? address.api : api;
}

function imageErrors({ endpoint, workload: { images } }: JobSpec): FieldError[] {
  const api = askedApi(endpoint);
  if (images === undefined || dialectOf(api).takesImages) return [];
  const others = Object.entries(DIALECTS).filter(([, { takesImages }]) => takesImages);
  const remedy = `ask an endpoint.api that takes images (${others.map(([name]) => name).join(", ")}), or leave them out`;
  return [{ pointer: "/workload/images", detail: `are not taken by ${api}: ${remedy}` }];
}

function lengthErrors(pointer: string, length: Length): FieldError[] {
  if (typeof length === "number" || !("mean" in length) || (length.min ?? 1) <= (length.max ?? Infinity))
    return [];
  return [{ pointer: `${pointer}/min`, detail: "must not be above max" }];
}

function limitErrors(request: JobSpec): FieldError[] {
  const errors: FieldError[] = [];
  if (request.limits.maxUsd !== undefined && request.gpu?.usdPerHour === undefined) {
    errors.push({ pointer: "/limits/maxUsd", detail: "needs a price to be judged by: give gpu.usdPerHour" });
  }
  const neededS = leastDurationS(request);
  if (neededS > request.limits.maxDurationS) {
    errors.push({
      pointer: "/limits/maxDurationS",
      detail: `is shorter than the job: its levels take at least ${Math.ceil(neededS)} s. Raise it, or ask fewer or shorter levels`,
    });
  }
  const neededRequests = (warmupOf(request)?.requests ?? 0) + (runCountOf(request) ?? 1);
  if (request.limits.maxRequests !== undefined && request.limits.maxRequests < neededRequests) {
    errors.push({
      pointer: "/limits/maxRequests",
      detail: `must be at least ${neededRequests}: the warm-up's requests and one for each run`,
    });
  }
  return errors;
}

/** Seconds that the job takes even if the endpoint answers at once. */
function leastDurationS(request: JobSpec): number {
  // A search may be over after one level.
  const loads = searchOf(request) === null ? loadsOf(request) : loadsOf(request).slice(0, 1);
  return (
    idleSOf(request) + request.repeats * loads.reduce((sum, load) => sum + leastLevelS(request, load), 0)
  );
}

/** A level that its requests may end counts with its ramp alone. */
function leastLevelS({ stop, rampS = 0 }: JobSpec, load: Load): number {
  const demand = demandOf(load);
  const { durationS, requests } = demand.stopOf(stop);
  return demand.rampS(rampS) + (requests === null ? (durationS ?? 0) : 0);
}
