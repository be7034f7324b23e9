import { ErrorKind } from "@brimline/core/codes";

/** How far a request has come. */
export type Stage = "connecting" | "waiting" | "streaming";

/** The guard's codes while connecting, and our own parser's after that. */
const OWN_CODES = new Set(["dns", "connect", "tls", "address_refused", "protocol", "headers_too_large"]);

/** Which failure an error of the transport is. */
export function failureKind(error: Error, stage: Stage): ErrorKind {
  const code = "code" in error ? String(error.code) : "";
  if (OWN_CODES.has(code)) return ErrorKind.parse(code);
  if (code === "host_not_canonical") return "address_refused";
  if (stage === "connecting") return "connect";
  if (stage === "waiting" && isTlsError(error)) return "tls";
  return stage === "waiting" ? "connect" : "truncated_stream";
}

/** With TLS 1.3 the server judges a client certificate after the handshake, when the request is on its way. */
export const isTlsError = (error: Error): boolean =>
  "code" in error && String(error.code).startsWith("ERR_SSL_");

/** OpenSSL's words name a thread and a line of its source. */
export const failureWords = (error: Error): string =>
  isTlsError(error) && "code" in error ? `TLS failed (${String(error.code)})` : error.message;

/** The failure that a status means. It is null for a status that may carry a stream. */
export function statusFailure(status: number): ErrorKind | null {
  if (status >= 500) return "http_5xx";
  if (status === 429) return "http_429";
  if (status >= 400) return "http_4xx";
  if (status >= 300) return "redirect_refused";
  return null;
}

/**
 * The ms that `retry-after` asks for in whole seconds. It is null for anything else, because a date would
 * need the endpoint's clock.
 */
export function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}
