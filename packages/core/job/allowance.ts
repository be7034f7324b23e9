import { z } from "zod";
import type { FieldError } from "./spec/issues.ts";
import { dryRunOf, isStreamed } from "./plan/dry-run.ts";
import { runCountOf, warmupOf } from "./plan/loads.ts";
import type { JobSpec } from "./spec/spec.ts";

/** What a caller's jobs may take, in a day (UTC) where that is said. Zero is the same as absent: no limit. */
export const CallerLimits = z.strictObject({
  /** Jobs that have not ended. */
  openJobs: z.int().min(0).max(100_000).optional(),
  requestsPerDay: z.int().min(0).max(1e12).optional(),
  outputTokensPerDay: z.int().min(0).max(1e15).optional(),
  /** By the prices that jobs state. */
  usdPerDay: z.number().min(0).max(1e9).optional(),
});
export type CallerLimits = z.infer<typeof CallerLimits>;

/** What a job takes of its caller's day: what it used once it has ended, and until then the most that it may. */
export interface Held {
  requests: number;
  outputTokens: number;
  usd: number;
}

/** What a caller's other jobs hold of this day, and how many of them have not ended. */
export interface Taken extends Held {
  openJobs: number;
}

export type Allowance =
  | { spec: JobSpec; held: Held }
  | { errors: FieldError[] }
  /** `until` is when asking again may help. */
  | { refused: string; until: "job_end" | "day_end" };

/** What is left of each limit. It is null where there is none. */
export const leftOf = (limits: CallerLimits, taken: Taken) => ({
  openJobs: left(limits.openJobs, taken.openJobs),
  requests: left(limits.requestsPerDay, taken.requests),
  outputTokens: left(limits.outputTokensPerDay, taken.outputTokens),
  usd: left(limits.usdPerDay, taken.usd),
});

const left = (most: number | undefined, taken: number): number | null =>
  most === undefined || most === 0 ? null : Math.max(0, most - taken);

/**
 * A job may take so many times what it plans, for attempts that are lost, lengths that are drawn and answers that are
 * longer than asked.
 */
const SLACK = 2;
const USD_LEAST = 0.01;

/**
 * Whether a caller's limits let a job in, and the job with limits of its own, which end it before it takes more than it
 * holds. It holds what it plans, with some slack, and all that is left where its plan has no such number.
 */
export function allow(spec: JobSpec, limits: CallerLimits, taken: Taken): Allowance {
  const rest = leftOf(limits, taken);
  if (rest.openJobs !== null && rest.openJobs < 1)
    return {
      refused: `You have ${taken.openJobs} jobs that have not ended, and may have ${limits.openJobs}. Wait for one to end, or cancel one.`,
      until: "job_end",
    };
  if (rest.usd !== null && spec.gpu?.usdPerHour === undefined)
    return {
      errors: [
        {
          pointer: "/gpu/usdPerHour",
          detail: "is needed, because your jobs have a limit of dollars a day: give the price of a GPU hour",
        },
      ],
    };
  const { requests, outputTokens, usd } = dryRunOf(spec).total;
  // The warm-up and one request of each run are the least that tells anything.
  const least = (warmupOf(spec)?.requests ?? 0) + (runCountOf(spec) ?? 1);
  const asked = [
    {
      unit: "requests",
      left: rest.requests,
      most: limits.requestsPerDay,
      planned: Math.max(requests ?? 0, least),
    },
    {
      unit: "output tokens",
      left: rest.outputTokens,
      most: limits.outputTokensPerDay,
      planned: isStreamed(spec) ? Math.max(outputTokens ?? 0, 1) : 0,
    },
    // The longest time that a job may take says little of what it will cost. Its own limit ends it.
    { unit: "$", left: rest.usd, most: limits.usdPerDay, planned: USD_LEAST },
  ];
  const over = asked.find((each) => each.left !== null && each.planned > each.left);
  if (over !== undefined)
    return {
      refused: `Your jobs may use ${numberText(over.most ?? 0)} ${over.unit} a day (UTC), of which ${numberText(over.left ?? 0)} are left, and this one asks for ${numberText(over.planned)}. Ask for less, or wait for the next day.`,
      until: "day_end",
    };
  const own = spec.limits;
  const held = {
    requests: holds(rest.requests, requests, own.maxRequests),
    outputTokens: isStreamed(spec) ? holds(rest.outputTokens, outputTokens, own.maxOutputTokens) : null,
    usd: holds(rest.usd, usd, own.maxUsd),
  };
  const bounds = {
    ...(held.requests !== null && { maxRequests: Math.floor(held.requests) }),
    ...(held.outputTokens !== null && { maxOutputTokens: Math.floor(held.outputTokens) }),
    ...(held.usd !== null && { maxUsd: held.usd }),
  };
  return {
    spec: { ...spec, limits: { ...own, ...bounds } },
    held: {
      requests: held.requests ?? 0,
      outputTokens: held.outputTokens ?? 0,
      usd: held.usd ?? 0,
    },
  };
}

/** How much of what is left a job holds. It is null where there is no limit. */
function holds(rest: number | null, planned: number | null, own: number | undefined): number | null {
  if (rest === null) return null;
  return Math.min(rest, own ?? Infinity, planned === null ? Infinity : planned * SLACK);
}

const numberText = (value: number): string => (Math.round(100 * value) / 100).toLocaleString("en-US");
