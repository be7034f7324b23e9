import { drawLength } from "@brimline/core/job/request/length";
import type { Length } from "@brimline/core/job/spec/spec";
import { rampMs } from "@brimline/core/load/concurrency";
import type { LatencyName } from "@brimline/core/record/latencies";
import { randomFrom, seedOf } from "@brimline/core/random";
import { tokensPerS } from "@brimline/sim/formula";
import type { ModelParams } from "@brimline/sim/model";
import { type Answered, type Ask, batched } from "../intervals/serve.ts";

/** An endpoint that batches, with slots and a KV cache of its own, and what is asked of it. */
export interface Endpoint {
  params: ModelParams;
  prompt: Length;
  answer: Length;
  meanPrompt: number;
  meanAnswer: number;
  /** What is asked of a latency. */
  bound: { latency: LatencyName; ms: number };
}

/** The most users that a search may try. */
export const MAX_USERS = 256;
export const PERCENTILE = 95;

/**
 * Endpoints of all kinds: many slots or few, a KV cache that is full before them or never, slow and fast. The bound is
 * 0.9 to 30 times what a request takes alone, so that it is met nowhere, up to where a queue begins, on a slope before
 * that, or everywhere.
 */
export function anyEndpoint(nth: number): Endpoint {
  const random = randomFrom(seedOf(`search ${nth}`));
  const from = (least: number, most: number): number => least * (most / least) ** random();
  const [meanPrompt, meanAnswer] = [Math.round(from(32, 512)), Math.round(from(12, 64))];
  const slots = Math.round(from(4, 400));
  const size = meanPrompt + meanAnswer;
  // Half of the caches are full before the slots are.
  const kvTokens = Math.round(size * slots * from(0.25, 4)) + 8 * size;
  const params: ModelParams = {
    iterationMs: from(5, 40),
    iterationPerRequestMs: from(0.02, 1),
    prefillTokensPerS: from(3000, 100_000),
    slots,
    kvTokens,
  };
  const spread = from(0.1, 1);
  const latency = (["ttftMs", "tpotMs", "e2eMs"] as const)[Math.floor(3 * random())] ?? "ttftMs";
  const iterationMs = params.iterationMs + params.iterationPerRequestMs;
  const prefillMs = (1000 * meanPrompt) / params.prefillTokensPerS;
  const aloneMs = {
    ttftMs: iterationMs + prefillMs,
    tpotMs: iterationMs,
    e2eMs: meanAnswer * iterationMs + prefillMs,
  }[latency];
  return {
    params,
    prompt: { shape: "lognormal", mean: meanPrompt, stdev: spread * meanPrompt, max: 4 * meanPrompt },
    answer: { shape: "lognormal", mean: meanAnswer, stdev: spread * meanAnswer, min: 2, max: 4 * meanAnswer },
    meanPrompt,
    meanAnswer,
    bound: { latency, ms: aloneMs * from(0.9, latency === "tpotMs" ? 4 : 30) },
  };
}

/** How many requests of so many users end in a second, by the formula of the engine. More than fit wait. */
export function requestsPerS({ params, meanPrompt, meanAnswer }: Endpoint, users: number): number {
  const slots = Math.min(params.slots, Math.floor(params.kvTokens / (meanPrompt + meanAnswer)));
  const lengths = { promptTokens: meanPrompt, outputTokens: meanAnswer };
  return tokensPerS({ ...params, slots }, lengths, users) / meanAnswer;
}

/** Answers of so many users that start over a ramp and ask until a time, ms. After so many requests they stop. */
export function answersOf(
  { params, prompt, answer }: Endpoint,
  {
    users,
    ramp,
    stopMs,
    requests = Infinity,
  }: { users: number; ramp: number; stopMs: number; requests?: number },
  seed: string,
): Answered[] {
  const ask = (index: number, user: number, dueMs: number): Ask => {
    const random = randomFrom(seedOf(seed, index));
    const outputTokens = drawLength(answer, random);
    const most = params.kvTokens - outputTokens;
    return { index, user, dueMs, promptTokens: Math.min(drawLength(prompt, random), most), outputTokens };
  };
  let index = Math.min(users, requests);
  const scheduled = Array.from({ length: index }, (_, user) => ask(user, user, rampMs(user, users, ramp)));
  const next = (user: number, atMs: number): Ask | null =>
    atMs < stopMs && index < requests ? ask(index++, user, atMs) : null;
  return batched(() => params)({ scheduled, next, stopMs }, randomFrom(seedOf(seed, "serve")));
}

/** Requests in the long level that tells the truth about a load. */
const TRUTH_REQUESTS = 4000;

function latencyMsOf({ dueMs, atMs }: Answered, latency: LatencyName): number {
  const [first, last] = [atMs[0] ?? Infinity, atMs.at(-1) ?? Infinity];
  return { ttftMs: first - dueMs, tpotMs: (last - first) / (atMs.length - 1), e2eMs: last - dueMs }[latency];
}

/** The share of requests that so many users get within the bound. */
function shareGood(endpoint: Endpoint, users: number): number {
  const latencyMs = (1000 * users) / requestsPerS(endpoint, users);
  const stopMs = latencyMs * (3 + TRUTH_REQUESTS / users);
  const answered = answersOf(endpoint, { users, ramp: latencyMs, stopMs }, `truth ${users}`);
  const steady = answered.filter(({ dueMs }) => dueMs >= 3 * latencyMs && dueMs < stopMs);
  const good = steady.filter((one) => latencyMsOf(one, endpoint.bound.latency) <= endpoint.bound.ms);
  return good.length / steady.length;
}

/** The largest number of users that meets the objective, by long levels. It is 0 where one is too many. */
export function boundaryOf(endpoint: Endpoint): number {
  const meets = (users: number): boolean => shareGood(endpoint, users) >= PERCENTILE / 100;
  if (!meets(1)) return 0;
  let [low, high] = [1, 2];
  for (; high <= MAX_USERS && meets(high); high *= 2) low = high;
  if (high > MAX_USERS) return MAX_USERS;
  while (high - low > 1) {
    const middle = Math.round(Math.sqrt(low * high));
    const users = Math.min(Math.max(middle, low + 1), high - 1);
    if (meets(users)) low = users;
    else high = users;
  }
  return low;
}
