import type { RequestEnd } from "../request/request.ts";

/** The statuses with which servers and the proxies before them say that nothing serves yet. */
const NOT_SERVING = new Set([502, 503, 504]);
/** The words in which servers say that they load a model. One that failed to load it says "error loading". */
const LOADING =
  /(?<!(?:error|fail\w*|unable to|cannot|while|when|trouble|problem|exception) )\bloading\b|\bwarming up\b|\bstarting up\b|\bnot (?:yet )?ready\b/i;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Whether a request failed because the endpoint is not up yet: its host or port is not there, a connection is
 * closed before any answer (the ports of a container do that while its server starts), a proxy finds nobody
 * behind it, or the server says that it loads.
 */
export function isNotUp({ record }: RequestEnd): boolean {
  const { outcome, status, errorText } = record;
  if (outcome === "dns" || outcome === "connect") return true;
  if (status !== null && NOT_SERVING.has(status)) return true;
  const isRefused = outcome.startsWith("http_") || outcome === "stream_error";
  return isRefused && LOADING.test(errorText ?? "");
}

/**
 * The ms until an endpoint that was found not up for the `nth` time is asked again: 250 ms, doubled each time
 * up to 10 s, and at least what its Retry-After asks.
 */
export const notUpPauseMs = (nth: number, retryAfterMs: number | null): number =>
  Math.max(retryAfterMs ?? 0, Math.min(FIRST_PAUSE_MS * 2 ** (nth - 1), LONGEST_PAUSE_MS));
