import type { MiddlewareHandler } from "hono";
import type { Service } from "../../service.ts";
import { holderOf } from "./auth.ts";
import { RequestError } from "./problem.ts";

const WINDOW_S = 60;
const POLICY = "caller";

/**
 * Counts the requests of each caller in windows of a minute and refuses those beyond the service's limit. Every answer
 * says how many are left, in the fields of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy` with the quota
 * `q` of a window of `w` seconds, and `RateLimit` with the `r` that remain and the `t` seconds until there are more.
 * All windows begin at once and then everything counted is forgotten, so nobody can fill the memory with keys.
 */
export function limitRate(service: Service): MiddlewareHandler {
  const used = new Map<string, number>();
  let window = 0;
  return async function limitRate(c, next) {
    const limit = service.config.requestsPerMinute ?? null;
    if (limit === null) return next();
    const holder = await holderOf(service, c);
    const nowS = service.now() / 1000;
    const present = Math.floor(nowS / WINDOW_S);
    if (present !== window) used.clear();
    window = present;
    const count = (used.get(holder) ?? 0) + 1;
    used.set(holder, count);
    const waitS = Math.max(1, Math.ceil((present + 1) * WINDOW_S - nowS));
    const fields = {
      "ratelimit-policy": `"${POLICY}";q=${limit};w=${WINDOW_S}`,
      ratelimit: `"${POLICY}";r=${Math.max(0, limit - count)};t=${waitS}`,
    };
    if (count > limit)
      throw new RequestError(
        "too_many_requests",
        `A caller may send ${limit} requests a minute. Wait as long as retry-after says.`,
        { headers: { ...fields, "retry-after": String(waitS) } },
      );
    for (const [name, value] of Object.entries(fields)) c.header(name, value);
    return next();
  };
}
