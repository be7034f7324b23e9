import { z } from "zod";

/**
 * Why nothing is known of a server's own metrics: what happened to the request for them, then what was wrong
 * with the answer.
 */
export const ScrapeFailure = z.enum([
  "dns",
  "connect",
  "tls",
  "address_refused",
  "redirect_refused",
  "timeout",
  "not_found",
  "unauthorized",
  "refused",
  "protocol",
  "unexpected_encoding",
  "body_too_large",
  "too_many_values",
  "not_metrics",
  "unknown_engine",
]);
export type ScrapeFailure = z.infer<typeof ScrapeFailure>;

/** What each failure says of the address of the metrics, and what helps. */
export const SCRAPE_FAILURE_TEXT: Record<ScrapeFailure, string> = {
  dns: "its host name does not resolve",
  connect: "it could not be connected to",
  tls: "its TLS handshake failed",
  address_refused: "its address may not be reached from here",
  redirect_refused: "it redirects, which is not followed: name where it leads",
  timeout: "it did not answer in time",
  not_found: "there is nothing there: start the server with its metrics on, or name their address",
  unauthorized: "it refused the request for want of a key",
  refused: "it answered with an error",
  protocol: "its answer broke HTTP",
  unexpected_encoding: "it answered compressed, which was not asked for",
  body_too_large: "its answer was too large",
  too_many_values: "it has too many values",
  not_metrics: "it has no metrics in Prometheus's text format",
  unknown_engine: "it has the metrics of no inference server that is known here",
};

/** Why an answer with this head has no metrics that can be read, by its status and its content-encoding. */
export function answerFailure(status: number, encoding = "identity"): ScrapeFailure | null {
  if (status === 200) return /^identity$/i.test(encoding) ? null : "unexpected_encoding";
  if (status === 401 || status === 403) return "unauthorized";
  // llama.cpp answers 501 where its metrics are off.
  if (status === 404 || status === 501) return "not_found";
  return status >= 300 && status < 400 ? "redirect_refused" : "refused";
}
