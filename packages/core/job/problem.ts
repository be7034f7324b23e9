import type { ProblemCode } from "../codes.ts";
import type { Problem } from "./job.ts";

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

/** The problem of a code. `detail` is what it says where the code has no text of its own. */
export function problemOf(code: ProblemCode, detail = INTERNAL[1]): Problem {
  const [title, text] = TEXT[code] ?? [INTERNAL[0], detail];
  return { code, title, detail: text };
}
