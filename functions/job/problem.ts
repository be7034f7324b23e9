import type { ProblemCode } from "@brimline/core/codes";
import type { Problem } from "@brimline/core/job/job";
import { codeOf } from "../fault.ts";

/** Why a job that had begun was cut short, and what to do about it. Preflight has problems of its own. */
const TEXT: Partial<Record<ProblemCode, [title: string, detail: string]>> = {
  cancelled: [
    "The job was cancelled",
    "Levels that had finished are in the report. Submit the job again to measure the rest.",
  ],
  endpoint_down: [
    "The endpoint stopped answering",
    "Nearly every request failed. See the error samples of the last level, and the endpoint's own log.",
  ],
  rate_limited: [
    "The endpoint refused requests with 429",
    "Raise its rate limit for this key, or test fewer users.",
  ],
  budget: [
    "A limit of the job was reached",
    "Raise limits.maxDurationS, maxRequests, maxOutputTokens or maxUsd, or ask for less load. On AWS the time of a level has a cap too: a level that stops after a number of requests may need fewer there.",
  ],
  shards_lost: [
    "The load generator was lost",
    "Its processes ended several times in one level, perhaps for lack of memory. Ask for fewer users, or give it more memory.",
  ],
  disk_full: [
    "The service's disk is full",
    "Free some space where its data folder lies, then submit the job again.",
  ],
  secret_unavailable: [
    "The endpoint's key cannot be opened",
    "It was sealed with another master key or damaged. Submit the job again.",
  ],
};

const INTERNAL: [string, string] = [
  "The service failed",
  "The fault is in the service, not in the job. The log of the service says more. Submit the job again.",
];

export function problemOf(code: ProblemCode): Problem {
  const [title, detail] = TEXT[code] ?? INTERNAL;
  return { code, title, detail };
}

/**
 * The problem that an error makes of a job. The text of an error of ours was written for the caller. Any
 * other text may hold what the caller must not see, so only the log gets it.
 */
export function problemFrom(error: unknown): Problem {
  const code = codeOf(error);
  if (code === null || !(error instanceof Error)) return problemOf("internal");
  const { title, detail } = problemOf(code);
  return { code, title, detail: TEXT[code] === undefined ? error.message : detail };
}
