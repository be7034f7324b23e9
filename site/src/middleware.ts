import type { MiddlewareHandler } from "astro";
import { relativeLinks } from "./links.ts";
import { storedPublicUrl } from "./stored.ts";

/**
 * Makes the links of every page relative, so that pages read from a folder and below a path of a larger site.
 */
export const onRequest: MiddlewareHandler = async ({ url, locals }, next) => {
  // The service renders pages with its address, and its API lies beside them. A static build has none.
  locals.hasApi = locals.publicUrl != null;
  locals.publicUrl ??= storedPublicUrl();
  const response = await next();
  if (response.headers.get("content-type")?.startsWith("text/html") !== true) return response;
  return new Response(relativeLinks(await response.text(), url.pathname), response);
};
