import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { etag } from "hono/etag";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { createLog, errorsTo } from "../log.ts";
import type { Service } from "../service.ts";
import { createAdmission } from "./job/admission.ts";
import { enrolAgent, readAgent } from "./agent/agents.ts";
import { anyKey, mayUse } from "./door/auth.ts";
import { changeJob } from "./job/change-job.ts";
import { compareReports } from "./compare.ts";
import { deleteJob } from "./job/delete-job.ts";
import { listDeliveries, redeliver } from "./job/deliveries.ts";
import { listDownloads, readDownload } from "./job/downloads.ts";
import { streamEvents } from "./job/events.ts";
import { SECURE_HEADERS } from "./door/headers.ts";
import { cancelJob, listJobs, readJob } from "./job/jobs.ts";
import { aboutRequest, logRequests } from "./door/log.ts";
import { readLive, readLiveScript } from "./page/live.ts";
import { addKey, listKeys, removeKey } from "./keys.ts";
import { listObjectives } from "./objectives.ts";
import { openApiDocument, WHO } from "./openapi/openapi.ts";
import { readHealth, readMetrics, readReady } from "./operation.ts";
import { ownHost, ownOrigin } from "./door/origin.ts";
import { missingPage, readAsset, readIndex, readPage, readSite, wantsPage } from "./page/pages.ts";
import { planJob } from "./job/plan.ts";
import { readReference } from "./page/reference.ts";
import type { Ports } from "./ports.ts";
import { problemResponse, RequestError, requestErrorOf } from "./door/problem.ts";
import { listProblems, readProblem } from "./door/problems.ts";
import { refuseQuery } from "./door/query.ts";
import { listRecords, readRecords } from "./job/records.ts";
import { limitRate } from "./door/rate-limit.ts";
import { readReport } from "./job/report.ts";
import { rotateSecret } from "./job/rotate-secret.ts";
import { routes } from "./openapi/routes.ts";
import { rerunJob } from "./job/rerun.ts";
import { addSchedule, listSchedules, readSchedule, removeSchedule } from "./schedules.ts";
import { putSegment, requestUploads } from "./agent/segments.ts";
import { limitBody } from "./door/body-bound.ts";
import { submitJob } from "./job/submit.ts";
import { readTime } from "./agent/time.ts";
import { readTrend } from "./trends.ts";
import { readUsage } from "./usage.ts";

/** What tells other programs of public reports. */
const FEEDS = ["/feed.xml", "/feed.json", "/sitemap.xml", "/llms.txt"];

/** What the service answers over HTTP: its API and the published pages. `app.fetch` answers one request. */
export function createApp(service: Service, ports: Ports): OpenAPIHono {
  const log = ports.log ?? createLog("silent");
  const logError = errorsTo(log);
  /** It keeps the headers that were set before, such as the request's id. */
  const problem = (c: Context, error: RequestError): Response | Promise<Response> => {
    if (wantsPage(c, error)) return c.html(missingPage(error), 404, { "cache-control": "no-store" });
    const answer = problemResponse(error, service.config.publicUrl);
    return c.newResponse(answer.body, answer);
  };
  const app = new OpenAPIHono({ defaultHook: refuseQuery });

  app.onError((error, c) => {
    const told = requestErrorOf(error);
    if (told.type === "internal" || told.type === "disk_full") logError(error, aboutRequest(c));
    return problem(c, told);
  });
  app.notFound((c) =>
    problem(c, new RequestError("not_found", "No route has this address. See /api/ or /openapi.json.")),
  );

  app.use(
    requestId({ headerName: "x-request-id" }),
    logRequests(log, ports.metrics),
    secureHeaders(SECURE_HEADERS),
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) =>
        problem(
          c,
          new RequestError("method_not_allowed", `It takes ${methods.join(", ")}.`, {
            headers: { allow: methods.join(", ") },
          }),
        ),
    }),
    ownHost(service),
  );
  app.use("/v1/*", ownOrigin(service), limitRate(service), limitBody(service));
  for (const route of Object.values(routes))
    app.on(route.method, route.getRoutingPath(), mayUse(service, route[WHO]));
  // Each tool asks a route, which looks at what the key may do.
  app.use("/mcp", ownOrigin(service), limitBody(service), anyKey(service));
  for (const path of [
    "/v1/jobs/:id",
    "/v1/jobs/:id/report",
    "/",
    "/r/*",
    "/c/*",
    "/_astro/*",
    "/compare/",
    "/method/",
    "/by/*",
    ...FEEDS,
  ])
    app.get(path, etag());

  const admission = createAdmission(service, ports, logError);
  app.openapi(routes.submitJob, submitJob(admission));
  app.openapi(routes.planJob, planJob(service, ports));
  app.openapi(routes.listJobs, listJobs(service));
  app.openapi(routes.readJob, readJob(service));
  app.openapi(routes.changeJob, changeJob(service, ports, logError));
  app.openapi(routes.deleteJob, deleteJob(service, ports, logError));
  app.openapi(routes.cancelJob, cancelJob(service));
  app.openapi(routes.rerunJob, rerunJob(service, admission));
  app.openapi(routes.streamEvents, streamEvents(service, logError, ports.metrics));
  app.openapi(routes.readReport, readReport(service));
  app.openapi(routes.listRecords, listRecords(service));
  app.openapi(routes.readRecords, readRecords(service));
  app.openapi(routes.listDownloads, listDownloads(service));
  app.openapi(routes.readDownload, readDownload(service));
  app.openapi(routes.listDeliveries, listDeliveries(service));
  app.openapi(routes.redeliver, redeliver(service, ports));
  app.openapi(routes.rotateSecret, rotateSecret(service));
  app.openapi(routes.compareReports, compareReports(service));
  app.openapi(routes.addSchedule, addSchedule(service, ports));
  app.openapi(routes.listSchedules, listSchedules(service));
  app.openapi(routes.readSchedule, readSchedule(service));
  app.openapi(routes.removeSchedule, removeSchedule(service));
  app.openapi(routes.readTrend, readTrend(service));
  app.openapi(routes.addKey, addKey(service));
  app.openapi(routes.listKeys, listKeys(service));
  app.openapi(routes.removeKey, removeKey(service));
  app.openapi(routes.enrolAgent, enrolAgent(service));
  app.openapi(routes.readAgent, readAgent(service));
  app.openapi(routes.requestUploads, requestUploads(service));
  app.openapi(routes.putSegment, putSegment(service));
  app.openapi(routes.readUsage, readUsage(service));
  app.openapi(routes.listObjectives, listObjectives);
  app.openapi(routes.readTime, readTime(service));
  app.openapi(routes.readHealth, readHealth(service));
  app.openapi(routes.readReady, readReady(service, ports));
  app.openapi(routes.readMetrics, readMetrics(service, ports));
  // Its library is loaded when it is asked for.
  app.post("/mcp", async (c) => (await import("./mcp.ts")).answerMcp(service, (sent) => app.fetch(sent), c));
  app.get("/openapi.json", (c) => c.json(openApiDocument(app, service)));
  app.get("/api", (c) => c.redirect("/api/", 308));
  app.get("/api/", readReference(app, service));
  app.get("/problems", listProblems);
  app.get("/problems/:type", readProblem);
  app.get("/", readIndex(service));
  for (const path of ["/compare/", "/method/", "/by/*", ...FEEDS]) app.get(path, readSite(service));
  app.get("/r/:id/*", readPage(service, "page"));
  app.get("/c/:id/*", readPage(service, "comparison"));
  app.get("/j/:id", (c) => c.redirect(`${c.req.path}/`, 308));
  app.get("/j/:id/", readLive);
  app.get("/live.js", readLiveScript);
  app.get("/_astro/*", readAsset(service));
  return app;
}
