import createFetchClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.ts";

/** The bodies of the API by their names in the OpenAPI document. */
export type Schemas = components["schemas"];

/**
 * A client of a service, typed by its OpenAPI document: `client.GET("/v1/jobs/{id}", { params: { path: { id } } })`.
 * Each call answers `{ data, error, response }`; `error` is the problem document of an answer that is no success.
 */
export function createClient({
  url,
  key,
  fetch,
}: {
  /** Where the service is, such as `http://127.0.0.1:4870`. */
  url: string;
  /** The key of the caller. Unless given, none is sent. */
  key?: string | null;
  /** Sends a request. Unless given, that is the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
}): Client<paths> {
  return createFetchClient<paths>({
    baseUrl: url,
    headers: { accept: "application/json", ...(key != null && { authorization: `Bearer ${key}` }) },
    ...(fetch !== undefined && { fetch }),
  });
}
