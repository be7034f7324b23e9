import { keys } from "@brimline/store/keys";
import type { StoredObject } from "@brimline/store/store";
import type { Context } from "hono";
import { html } from "hono/html";
import { ASK_ALWAYS, FOR_EVER } from "../../cache-control.ts";
import type { Service } from "../../service.ts";
import { document } from "./document.ts";
import { methodPage } from "./method.ts";
import { isId } from "../id.ts";
import { findJob, type StoredJob } from "../job/job-view.ts";
import { RequestError } from "../door/problem.ts";

/** The path of a file of ours: plain names, none of which begins with a dot. */
const FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;

/** `GET /` answers the index of published reports as publish wrote it. */
export const readIndex =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const index = await service.site.get("index.html");
    if (index !== null) return send(c, index, ASK_ALWAYS);
    return c.html(nothingYet(service.config.publicUrl), 200, { "cache-control": ASK_ALWAYS });
  };

/**
 * `GET` of any other page or file beside reports, such as the method: as publish wrote it with the first report. The
 * method and the list of all lists are there before it too.
 */
export const readSite =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const path = c.req.path.slice(1);
    const file = path.endsWith("/") ? `${path}index.html` : path;
    const page = FILE.test(file) ? await service.site.get(file) : null;
    if (page !== null) return send(c, page, ASK_ALWAYS);
    const early = { "by/": nothingYet, "compare/": nothingYet, "method/": methodPage }[path];
    if (early === undefined) throw noPage();
    return c.html(early(service.config.publicUrl), 200, { "cache-control": ASK_ALWAYS });
  };

/**
 * `GET /r/{id}/…` answers a report's page and its files, and `GET /c/{id}/…` those of the comparison with the job's
 * baseline. Search engines may list public pages only, and private jobs have none, nor has what shows one.
 */
export const readPage =
  (service: Service, kind: "page" | "comparison") =>
  async (c: Context): Promise<Response> => {
    const id = c.req.param("id") ?? "";
    if (!isId(id)) throw noPage();
    const keyOf = keys[kind];
    const folder = `/${keyOf(id, "")}`;
    const path = c.req.path.slice(folder.length - 1);
    // The page's links are relative to its folder.
    if (path === "") return c.redirect(folder, 308);
    const file = path === "/" ? "index.html" : path.slice(1);
    if (!FILE.test(file)) throw noPage();
    const [page, job] = await Promise.all([service.site.get(keyOf(id, file)), findJob(service, id)]);
    if (page === null || job === null || isHidden(job)) throw noPage();
    const { baseline } = job.spec.spec;
    if (kind === "comparison" && (baseline === undefined || isHidden(await findJob(service, baseline))))
      throw noPage();
    if (job.listing.visibility !== "public") c.header("x-robots-tag", "noindex");
    return send(c, page, ASK_ALWAYS);
  };

const isHidden = (job: StoredJob | null): boolean => job === null || job.listing.visibility === "private";

/** `GET /_astro/…` answers the styles and fonts of all pages. */
export const readAsset =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const file = c.req.path.slice(1);
    const asset = FILE.test(file) ? await service.site.get(file) : null;
    if (asset === null) throw noPage();
    return send(c, asset, FOR_EVER);
  };

const send = (c: Context, { body, contentType }: StoredObject, cacheControl: string): Response =>
  c.body(new Uint8Array(body), 200, {
    "content-type": contentType ?? "application/octet-stream",
    "cache-control": cacheControl,
  });

/** Whether a browser asked for a page that is not there. Programs get a problem as JSON. */
export const wantsPage = (c: Context, { type }: RequestError): boolean =>
  type === "not_found" &&
  c.req.method === "GET" &&
  !c.req.path.startsWith("/v1/") &&
  (c.req.header("accept") ?? "").includes("text/html");

/** The page that a browser gets then. */
export const missingPage = ({ message }: RequestError) =>
  document(
    "There is nothing here",
    html`<p>${message} A report that was made private or deleted has no page either.</p>
      <p><a href="/">All reports</a></p>`,
  );

const noPage = (): RequestError => new RequestError("not_found", "There is no page at this address.");

const nothingYet = (publicUrl: string) =>
  document(
    "Brimline",
    html`<p>No report is published yet. Submit a first job:</p>
      <pre>
curl ${publicUrl}/v1/jobs -H 'content-type: application/json' \\
  -d '{"endpoint":{"url":"http://127.0.0.1:8000/v1","model":"&lt;model&gt;"}}'</pre>
      <p>The <a href="/api/">API</a> has more.</p>`,
  );
