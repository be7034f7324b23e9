import { aggregate } from "@brimline/core/report/aggregate";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { listByFacet } from "@brimline/functions/objects/job-lists";
import { specOf } from "@brimline/functions/objects/spec";
import { createAdmission } from "@brimline/functions/api/job/admission";
import { submitDue } from "@brimline/functions/api/submit-due";
import { publishTask } from "@brimline/functions/tasks/publish";
import type { PageFile, Renderer } from "@brimline/functions/renderer";
import { sweepTask } from "@brimline/functions/tasks/sweep";
import type { Service } from "@brimline/functions/service";
import { CREATED_UNIX_MS, syntheticJob, syntheticLevel } from "../synthetic.ts";
import { JOB, NOW_MS, setState, type Testbed } from "./testbed.ts";

/** A report of one level of 2 users. */
export const measured = aggregate(
  syntheticJob([
    syntheticLevel({
      id: "l01",
      users: 2,
      ttftMs: 50,
      gapMs: 10,
      outputTokens: 20,
      durationS: 20,
      t0UnixMs: CREATED_UNIX_MS,
    }),
  ]),
);

/** A job that has ended, as its workflow leaves it: with a report, records, events and its page. */
export async function endedJob(bed: Testbed, more: object = {}): Promise<string> {
  const { service, send } = bed;
  const id = String((await send("POST", "/v1/jobs", { ...JOB, ...more })).json?.["id"]);
  const report = {
    ...measured,
    id,
    createdAt: new Date(NOW_MS).toISOString(),
    gpus: [GPU],
  };
  await service.data.create(keys.report(id), serialise(report));
  await listByFacet(service.data, await specOf(service, id), "gpu", GPU.name);
  for (const key of [
    `${keys.rawPrefix(id)}l01/r0/a1/shard-000.parquet`,
    keys.event(id, 1, "job.completed"),
    keys.delivery(id, 1, 1),
    keys.outbox(id, 2),
    keys.progress(id, "l01", 0),
    keys.webhookSecret(id),
    keys.manifest(id),
  ])
    await service.data.put(key, "{}");
  const { hasPage } = await publishTask(service, { jobId: id }, async () => namesOnly);
  await setState(bed, id, "reporting");
  await setState(bed, id, "completed");
  await service.data.remove(keys.open(id));
  if (hasPage) await publishTask(service, { jobId: id, relist: true }, async () => namesOnly);
  return id;
}

const GPU = {
  uuid: "GPU-0",
  name: "NVIDIA A40",
  peakTflops: null,
  bandwidthGBps: null,
  powerLimitW: null,
  usdPerHour: null,
};

/** A renderer of pages that say their job's name, and an index of names. */
export const namesOnly: Renderer = {
  renderReport: async ({ name }) => [page("page", name)],
  renderTrend: async (trend, path) => [{ ...page("asset", trend.sentence), path: `${path}index.html` }],
  renderComparison: async (_, a, b) => [page("page", `${b.name} beside ${a.name}`)],
  renderSite: async () => [],
  renderLists: async ({ pages }) =>
    pages
      .filter(({ shelf }) => shelf.kind === "all")
      .map(({ rows }) => page("asset", rows.map(({ name }) => name).join(", "))),
};

const page = (scope: PageFile["scope"], body: string): PageFile => ({
  path: "index.html",
  body,
  contentType: "text/html; charset=utf-8",
  scope,
});

/** A sweep that publishes at once with that renderer, and throws what it would log. */
export const swept = (service: Service): Promise<void> =>
  sweepTask(service, {
    startJobs: async () => {},
    notify: async () => {},
    publish: async (jobId) =>
      void (await publishTask(service, { jobId, relist: true }, async () => namesOnly)),
    due: submitDue(service, createAdmission(service, { startJob: async () => {} }, rethrow)),
    logError: rethrow,
  });

const rethrow = (error: unknown): never => {
  throw error;
};
