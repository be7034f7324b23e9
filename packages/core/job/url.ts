/** Addresses as a caller writes them. Whether they may be called is the guard's to judge. */

/** Judges the text of an http(s) URL without credentials in it. */
export function plainUrl(text: string): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    return { problem: "must be a full URL, such as https://host.example/path" };
  if (url.username !== "" || url.password !== "") return { problem: "must not hold a user name or password" };
  return { url: url.href };
}

/**
 * The base URL of an OpenAI-compatible API in one spelling: no slash at its end, and without the `/chat/completions` of those who
 * paste the whole address.
 */
export function endpointUrl(text: string): { url: string } | { problem: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    return { problem: "must be the full base URL as OpenAI clients take it, such as http://host:8000/v1" };
  }
  if (url.username !== "" || url.password !== "")
    return { problem: "must not hold a user name or password: give the key as apiKey" };
  if (url.search !== "" || url.hash !== "")
    return { problem: "must not have a query or a fragment: end it at the path, such as /v1" };
  return {
    url:
      url.origin +
      url.pathname
        .replace(/\/+$/, "")
        .replace(/\/chat\/completions$/, "")
        .replace(/\/+$/, ""),
  };
}
