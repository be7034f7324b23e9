import { z } from "zod";
import { ProblemCode } from "../../codes.ts";

/** Why a job was rejected, failed or cut short. The detail says what to do about it. */
export const Problem = z.object({ code: ProblemCode, title: z.string(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;

/** Why a job that had begun was cut short, and what to do about it. Preflight has problems of its own. */
const TEXT: Record<ProblemCode, [title: string, detail: string]> = {
  unreachable: ["The endpoint cannot be reached", "Check that it runs and that the service can reach it."],
  unauthorized: ["The endpoint refuses the key", "Check endpoint.apiKey, then submit the job again."],
  not_found: [
    "The endpoint does not take this request at this URL",
    "Give the base URL as OpenAI clients take it.",
  ],
  model_unknown: ["The endpoint does not serve the model", "Name a model that its /models lists."],
  not_streaming: [
    "The endpoint does not stream",
    "Enable streaming in the server or in the proxy before it.",
  ],
  not_an_llm: [
    "The endpoint is no LLM server",
    "Check endpoint.url: it is the base URL, such as http://host:8000/v1.",
  ],
  address_refused: ["The address is refused", "Give an address that the service may call."],
  host_not_canonical: [
    "The host is written in an ambiguous way",
    "Write it as every program reads it, such as 127.0.0.1 for 127.1.",
  ],
  unproved: [
    "The endpoint is not known to be yours",
    "Put your token where only its owner can, then submit the job again.",
  ],
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
    "The endpoint's secrets cannot be opened",
    "They were sealed with another master key or damaged. Submit the job again.",
  ],
  internal: [
    "The service failed",
    "The fault is in the service, not in the job. The log of the service says more. Submit the job again.",
  ],
};

/** Errors with these codes say more than the text of the code does. */
const SAYS_MORE = new Set<ProblemCode>([
  "unreachable",
  "unauthorized",
  "not_found",
  "model_unknown",
  "not_streaming",
  "not_an_llm",
  "address_refused",
  "host_not_canonical",
  "unproved",
  "internal",
]);

/** The problem of a code. `message` is that of the error with the code, which was written for the caller. */
export function problemOf(code: ProblemCode, message?: string): Problem {
  const [title, detail] = TEXT[code];
  return { code, title, detail: message !== undefined && SAYS_MORE.has(code) ? message : detail };
}
