import { Api, type ApiChoice, DIALECTS } from "../../dialect/dialects.ts";
import { isSecretPair } from "./credential.ts";

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

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** Nothing stands before the host, so `mailto:me@host.example` has none. */
const HOST_FIRST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d{1,5})?(?:[/?#]|$)/i;
/** It only chooses between http and https. What may be dialled is for the guard to judge. */
const OWN_NETWORK =
  /^(?:(?:.+\.)?localhost|(?:(?:127|10)\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.\d+\.\d+|\[(?:::1|f[cd][0-9a-f]{2}:.*)\])$/i;
const CREDENTIALS = /^(https?:\/\/)([^@/?#\\\s]+)@/i;

export const hasScheme = (text: string): boolean => SCHEME.test(text);

/**
 * The text of an endpoint's URL as the guard judges it. It has a scheme (http on the caller's own machine and
 * network, otherwise https) and no user name or password.
 */
export function writtenUrl(text: string): string {
  if (hasScheme(text)) return text.replace(CREDENTIALS, "$1");
  const host = HOST_FIRST.exec(text)?.[1];
  if (host === undefined) return text;
  return `${OWN_NETWORK.test(host) ? "http" : "https"}://${text}`;
}

/** What the URL of an endpoint says. */
export interface EndpointAddress {
  /** The kind that the job names, or else that of the path with which the URL ends. */
  api: ApiChoice;
  /**
   * The base URL in one spelling, with the query that may be seen. It has no slash at the end of its path, and
   * not the path of its requests, which some callers paste with it.
   */
  url: string;
  /** The user name and the password before its host, `user:password`. It is null without them. */
  basic: string | null;
  /** The pairs of its query that look like secrets, as they are sent. */
  secretQuery: string[];
}

export function endpointAddress(text: string, asked: ApiChoice): EndpointAddress | { problem: string } {
  const written = writtenUrl(text);
  const url = URL.parse(written);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return { problem: "must be the full base URL as OpenAI clients take it, such as http://host:8000/v1" };
  if (url.username !== "" || url.password !== "")
    return { problem: "has more than one @ before its host: write one in a user name or password as %40" };
  if (written.includes("#"))
    return { problem: "must not have a fragment: leave out # and what follows, or write a # as %23" };
  const userinfo = CREDENTIALS.exec(text)?.[2];
  const basic = userinfo === undefined ? null : basicOf(userinfo);
  if (basic === "")
    return { problem: "has a % in its user name or password that stands for nothing: write a % as %25" };
  const pasted = withoutSlash(url.pathname);
  const named = apiAtEnd(pasted);
  const api = asked === "auto" ? (named ?? asked) : asked;
  const base = named === api ? withoutSlash(pasted.slice(0, -DIALECTS[named].path.length)) : pasted;
  const pairs = url.search.slice(1).split("&");
  const shown = pairs.filter((pair) => pair !== "" && !isSecretPair(pair)).join("&");
  const query = shown === "" ? "" : `${base === "" ? "/" : ""}?${shown}`;
  return { api, url: url.origin + base + query, basic, secretQuery: pairs.filter(isSecretPair) };
}

/** The kind whose path this one ends with. It is null where there is none. */
function apiAtEnd(path: string): Api | null {
  const ends = Api.options.filter((api) => path.endsWith(`/${DIALECTS[api].path}`));
  return ends.toSorted((a, b) => DIALECTS[b].path.length - DIALECTS[a].path.length)[0] ?? null;
}

/** `user:password` as the two are meant. It is empty where they cannot be read. */
function basicOf(userinfo: string): string {
  const [user = "", ...password] = userinfo.split(":");
  try {
    return `${decodeURIComponent(user)}:${decodeURIComponent(password.join(":"))}`;
  } catch {
    return "";
  }
}
