import type { MiddlewareHandler } from "hono";
import { isLoopbackHost } from "../../loopback.ts";
import type { Service } from "../../service.ts";
import { RequestError } from "./problem.ts";

const OPERATION = new Set(["/health", "/ready", "/metrics"]);
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/**
 * Refuses requests for another host. A web page can make a browser call a service on its user's own machine,
 * through a name of the page's own that resolves to loopback (DNS rebinding).
 */
export const ownHost = (service: Service): MiddlewareHandler =>
  async function ownHost(c, next) {
    // A prober or a scraper calls the process by its address. With a key, no page learns anything there.
    if (service.config.adminKeySha256 !== null && OPERATION.has(c.req.path)) return next();
    const host = nameOf(c.req.header("host") ?? new URL(c.req.url).host);
    if (host === null || !(isLoopbackHost(host) || host === new URL(service.config.publicUrl).hostname)) {
      throw new RequestError(
        "misdirected",
        "Use the address that the service was started with (--public-url), or a loopback address.",
      );
    }
    return next();
  };

/** Refuses API requests by forms and scripts of other sites. Our own pages and programs may call the API. */
export const ownOrigin = (service: Service): MiddlewareHandler =>
  async function ownOrigin(c, next) {
    const origin = c.req.header("origin");
    const site = c.req.header("sec-fetch-site");
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    const sameOrigin =
      origin === undefined ||
      origin === new URL(service.config.publicUrl).origin ||
      URL.parse(origin)?.host === host.toLowerCase();
    if (!sameOrigin || (site !== undefined && site !== "same-origin" && site !== "none")) {
      throw new RequestError("forbidden", "Pages of other sites may not use this API.");
    }
    await next();
  };

const nameOf = (host: string): string | null => HOST.exec(host)?.[1]?.toLowerCase() ?? null;
