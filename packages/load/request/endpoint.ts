import type { Dialect } from "@brimline/core/dialect/dialect";
import { DIALECTS } from "@brimline/core/dialect/dialects";
import { keyHeader } from "@brimline/core/job/credential";
import type { JobSpec } from "@brimline/core/job/spec";
import { Secret } from "@brimline/core/secret";
import { REQUEST_LIMITS, type RequestLimits } from "./request.ts";

/** The path that a request is sent to, below the endpoint's base URL. A query of the base URL is kept. */
export const requestPath = (base: URL, dialect: Dialect): string => pathBelow(base, dialect.path);

export const modelsPath = (base: URL): string => pathBelow(base, "models");

const pathBelow = (base: URL, path: string): string =>
  `${base.pathname.replace(/\/+$/, "")}/${path}${base.search}`;

/** When a request is given up: by the job's own timeouts, and by bounds that no job can move. */
export const requestLimits = ({ limits }: JobSpec): RequestLimits => ({
  ...REQUEST_LIMITS,
  ...limits.timeouts,
});

/**
 * The headers of every request. The caller's headers cannot replace ours: a job with a reserved name is
 * refused, and the rest stand before ours.
 */
export function requestHeaders(spec: JobSpec, apiKey: Secret | null): Record<string, string> {
  const { headers, keyHeader: usualHeader, streams } = DIALECTS[spec.endpoint.api];
  const own = Object.entries(spec.endpoint.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    "user-agent": "brimline",
    ...headers,
    ...Object.fromEntries(own),
    "content-type": "application/json",
    accept: streams ? "text/event-stream" : "application/json",
    "accept-encoding": "identity",
    ...(apiKey !== null && keyHeader(apiKey.reveal(), spec.endpoint.apiKeyHeader ?? usualHeader)),
  };
}

/** Shorter header values are words such as `true`, and removing them would only garble a text. */
const SECRET_LENGTH_MIN = 8;

/**
 * What must not be seen in a text that the endpoint sends: its key, and the values of the caller's headers
 * (some take keys there).
 */
export function secretsOf(spec: JobSpec, apiKey: Secret | null): Secret[] {
  const values = Object.values(spec.endpoint.headers ?? {}).filter(
    (value) => value.length >= SECRET_LENGTH_MIN,
  );
  return [...(apiKey === null ? [] : [apiKey]), ...values.map((value) => new Secret(value))];
}

/** The header's first value: undici types each header as if it could come several times. */
export const textOf = (header: string | string[] | undefined): string | null =>
  Array.isArray(header) ? (header[0] ?? null) : (header ?? null);
