import type { Dialect } from "@brimline/core/dialect/dialect";
import { dialectOf } from "@brimline/core/dialect/dialects";
import {
  credentialHeaders,
  type EndpointSecrets,
  seenSecrets,
} from "@brimline/core/job/spec/endpoint-secrets";
import type { Endpoint, JobSpec } from "@brimline/core/job/spec/spec";
import { Secret } from "@brimline/core/secret";
import { REQUEST_LIMITS, type RequestLimits } from "./request.ts";

/** The path that a request is sent to, below the endpoint's base URL. A query of the base URL is kept. */
export const requestPath = (base: URL, dialect: Dialect, secrets: EndpointSecrets): string =>
  pathBelow(base, dialect.path, secrets);

export const modelsPath = (base: URL, secrets: EndpointSecrets): string => pathBelow(base, "models", secrets);

function pathBelow(base: URL, path: string, { query }: EndpointSecrets): string {
  const pairs = [base.search.slice(1), ...query.map((pair) => pair.reveal())].filter((pair) => pair !== "");
  return `${base.pathname.replace(/\/+$/, "")}/${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

/** What TLS trusts and shows in place of what it does by itself. */
export const tlsOptions = (
  { tls: { ca, cert } = {} }: Endpoint,
  { tlsKey }: EndpointSecrets,
): { ca?: string; cert?: string; key?: string } => ({
  ...(ca !== undefined && { ca }),
  ...(cert !== undefined && { cert }),
  ...(tlsKey !== null && { key: tlsKey.reveal() }),
});

/** When a request is given up: by the job's own timeouts, and by bounds that no job can move. */
export const requestLimits = ({ limits }: JobSpec): RequestLimits => ({
  ...REQUEST_LIMITS,
  ...limits.timeouts,
});

/**
 * The headers of every request. The caller's headers cannot replace ours: a job with a reserved name is
 * refused, and the rest stand before ours.
 */
export function requestHeaders(endpoint: Endpoint, secrets: EndpointSecrets): Record<string, string> {
  const { headers, streams } = dialectOf(endpoint.api);
  const own = Object.entries(endpoint.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    "user-agent": "brimline",
    ...headers,
    ...Object.fromEntries(own),
    "content-type": "application/json",
    accept: streams ? "text/event-stream" : "application/json",
    "accept-encoding": "identity",
    ...credentialHeaders(endpoint, secrets),
  };
}

/** Shorter header values are words such as `true`, and removing them would only garble a text. */
const SECRET_LENGTH_MIN = 8;

/**
 * What must not be seen in a text that the endpoint sends: its secrets, and the values of the caller's other
 * headers (some take keys there).
 */
export function hiddenWords({ headers = {} }: Endpoint, secrets: EndpointSecrets): Secret[] {
  const values = Object.values(headers).filter((value) => value.length >= SECRET_LENGTH_MIN);
  return [...seenSecrets(secrets), ...values.map((value) => new Secret(value))];
}

/** The header's first value: undici types each header as if it could come several times. */
export const textOf = (header: string | string[] | undefined): string | null =>
  Array.isArray(header) ? (header[0] ?? null) : (header ?? null);
