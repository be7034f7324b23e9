import type { IncomingHttpHeaders } from "node:http";
import { ApiError } from "./api-error.ts";

/** What is to go wrong with an endpoint. Shares are exact and evenly spread: 0.25 is every fourth request. */
export interface Faults {
  /** The key that every request must carry, as a bearer token or as `x-api-key`. Without it the answer is 401. */
  apiKey?: string;
  /** From so many ms after the start on, nothing listens and every open connection is cut. */
  dieAtMs?: number;
  /** The share of requests that are answered 429, with `retry-after: 1`. */
  rateLimitShare?: number;
  /** The share of requests that are answered 500. */
  errorShare?: number;
  /** Every path answers 200 with a web page, as an endpoint that is no LLM. */
  html?: boolean;
  /** How long requests wait before they are read, ms. */
  delayMs?: number;
  /** Streams stop after this many tokens, for `forMs` or, where it is null, for ever. */
  stall?: { afterTokens: number; forMs: number | null };
}

/** Whether the `index`-th request (from 0) falls into the share. */
const inShare = (index: number, share: number | undefined): boolean =>
  share !== undefined && Math.floor((index + 1) * share) > Math.floor(index * share);

/** Throws the ApiError that the faults hold for the `index`-th request. */
export function applyFaults(faults: Faults, index: number): void {
  if (inShare(index, faults.rateLimitShare))
    throw new ApiError(429, "Too many requests; try again in a second.", { code: "rate_limit_exceeded" });
  if (inShare(index, faults.errorShare))
    throw new ApiError(500, "The engine failed.", { code: "internal_error" });
}

/** Throws 401 unless the request carries the key that the faults ask for. */
export function checkKey({ apiKey }: Faults, headers: IncomingHttpHeaders): void {
  const { authorization, "x-api-key": anthropic, "api-key": plain = anthropic } = headers;
  if (apiKey === undefined || authorization === `Bearer ${apiKey}` || plain === apiKey) return;
  const message =
    authorization === undefined && plain === undefined
      ? "No API key was sent; use the Authorization header."
      : "The API key is wrong.";
  throw new ApiError(401, message, { code: "invalid_api_key" });
}
