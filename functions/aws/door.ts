import { Hono } from "hono";
import { hasSha256, sha256Hex } from "../sha256.ts";
import { problemResponse, RequestError } from "../api/door/problem.ts";

/**
 * This header carries the secret that proves that a request came through the Router. `infra/edge.ts` makes
 * the edge set it, whatever the viewer sent.
 */
export const ORIGIN_HEADER = "x-brimline-origin";
/**
 * The host that a viewer asked the Router for. It means nothing in other requests, because anyone can call a
 * Function URL.
 */
const FORWARDED_HOST = "x-forwarded-host";

interface App {
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * Stands before the app. It lets in requests that came through the Router and passes them on as the viewer
 * sent them, with the host that the viewer asked for. No cache may share an answer between two callers.
 */
export function door(app: App, options: { originKey: string; publicUrl: string }): Hono {
  const originSha256 = sha256Hex(options.originKey);
  const outer = new Hono();
  outer.all("*", async (c) => {
    if (!hasSha256(c.req.header(ORIGIN_HEADER) ?? "", originSha256)) {
      return problemResponse(new RequestError("forbidden", `Use ${options.publicUrl}.`), options.publicUrl);
    }
    const answered = await app.fetch(asSent(c.req.raw));
    if (answered.headers.has("cache-control")) return answered;
    const headers = new Headers(answered.headers);
    headers.set("cache-control", "no-store");
    return new Response(answered.body, { status: answered.status, headers });
  });
  return outer;
}

function asSent(request: Request): Request {
  const host = request.headers.get(FORWARDED_HOST);
  const url = new URL(request.url);
  if (host !== null) url.host = host;
  const sent = new Request(url, request);
  if (host !== null) sent.headers.set("host", host);
  sent.headers.delete(ORIGIN_HEADER);
  sent.headers.delete(FORWARDED_HOST);
  return sent;
}
