import type { Dialect } from "../dialect/dialect.ts";

/** Addresses as a caller writes them. The guard judges whether they may be dialled. */

const withoutSlash = (path: string): string => path.replace(/\/+$/, "");

/** Judges the text of an http(s) URL, which must not hold credentials. */
export function plainUrl(text: string): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return { problem: "must be a full URL, such as https://host.example/path" };
  if (url.username !== "" || url.password !== "") return { problem: "must not hold a user name or password" };
  return { url: url.href };
}

/**
 * The base URL of an endpoint in one spelling. It has no slash at its end, and not the path of its requests,
 * which some callers paste with it.
 */
export function endpointUrl(text: string, { path }: Dialect): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return { problem: "must be the full base URL as OpenAI clients take it, such as http://host:8000/v1" };
  }
  if (url.username !== "" || url.password !== "")
    return { problem: "must not hold a user name or password: give the key as apiKey" };
  if (url.search !== "" || url.hash !== "")
    return { problem: "must not have a query or a fragment: end it at the path, such as /v1" };
  const pasted = withoutSlash(url.pathname);
  const base = pasted.endsWith(`/${path}`) ? pasted.slice(0, -path.length) : pasted;
  return { url: url.origin + withoutSlash(base) };
}
