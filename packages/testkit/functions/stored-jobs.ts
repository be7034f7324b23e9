import { JobSpec } from "@brimline/core/job/spec/spec";
import { serialise } from "@brimline/core/report/serialise";
import { keys } from "@brimline/store/keys";
import { ADMIN } from "@brimline/functions/objects/caller";
import type { MonthObject } from "@brimline/functions/objects/usage";
import { sha256Hex } from "@brimline/functions/sha256";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fixtures } from "../site/reports.ts";

/** A file takes 65,000 links on ext4. */
const LINKS_MAX = 60_000;
const FOLDERS_KNOWN_MAX = 10_000;
const EVERY_MS = 300_000;
/** One of so many jobs has the tag, has the GPU, and failed. */
const ONE_OF = { tag: 10, gpu: 4, failed: 20 };
export const STORED_TAG = "nightly";
export const STORED_MODEL = "model-a";
export const STORED_GPU = "NVIDIA A40";

export interface StoredJobs {
  /** The job that is older than this share of the others. */
  at(share: number): { id: string; createdAtMs: number };
}

/**
 * Fills the objects of a data folder with so many ended jobs, one every five minutes up to `newestMs`. Each has what the
 * API lists and reads of it, and its folders below `raw/` and `events/`. What requests read without looking into it, and
 * the reports, are one file with many names, so that a hundred thousand jobs take minutes and some GB. Nothing is synced.
 */
export function storeJobs(objects: string, jobs: number, newestMs: number): StoredJobs {
  let made = new Set<string>();
  const pathOf = (key: string): string => {
    const path = join(objects, key);
    const folder = dirname(path);
    if (made.size > FOLDERS_KNOWN_MAX) made = new Set();
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    return path;
  };
  const put = (key: string, body: string): void => writeFileSync(pathOf(key), body);
  const linked = (name: string, body: string): ((key: string) => void) => {
    let links = 0;
    let source = "";
    return (key) => {
      if (links++ % LINKS_MAX === 0) put((source = `templates/${name}-${links}`), body);
      linkSync(join(objects, source), pathOf(key));
    };
  };
  const link = {
    control: linked("control", JSON.stringify({ schema: "brimline.control/1", action: "run" })),
    report: linked("report", serialise({ ...fixtures.sweep, tags: [STORED_TAG] })),
    mark: linked("mark", "{}"),
  };
  const jobAt = (nth: number) => ({
    id: sha256Hex(`stored ${nth}`).slice(0, 20),
    createdAtMs: newestMs - nth * EVERY_MS,
  });
  const months = new Map<string, MonthObject["days"]>();
  for (let nth = 0; nth < jobs; nth++) {
    const { id, createdAtMs } = jobAt(nth);
    const [createdAt, finishedAt] = [createdAtMs, createdAtMs + 200_000].map((ms) =>
      new Date(ms).toISOString(),
    ) as [string, string];
    const tags = nth % ONE_OF.tag === 0 ? [STORED_TAG] : [];
    const model = nth % 2 === 0 ? STORED_MODEL : "model-b";
    const failed = nth % ONE_OF.failed === 1;
    const spec = specOf(model, tags, `run ${nth % 100}`);
    put(
      keys.spec(id),
      JSON.stringify({ schema: "brimline.spec/1", id, caller: ADMIN, createdAt, requestSha256: "", spec }),
    );
    put(keys.status(id), JSON.stringify(statusOf(failed, createdAt, finishedAt)));
    link.control(keys.control(id));
    link.mark(keys.counted(id));
    link.report(keys.report(id));
    link.mark(keys.event(id, 1, failed ? "job.failed" : "job.completed"));
    const attempt = keys.attemptKey(id, "l01", 0, 1);
    link.mark(keys.records(attempt, 0));
    link.mark(keys.published(createdAtMs, id));
    link.mark(keys.index(ADMIN, createdAtMs, id));
    link.mark(keys.facet(ADMIN, "model", sha256Hex(model), createdAtMs, id));
    for (const tag of tags) link.mark(keys.facet(ADMIN, "tag", sha256Hex(tag), createdAtMs, id));
    if (nth % ONE_OF.gpu === 0) link.mark(keys.facet(ADMIN, "gpu", sha256Hex(STORED_GPU), createdAtMs, id));
    const days = months.get(createdAt.slice(0, 7)) ?? {};
    days[createdAt.slice(0, 10)] = {
      jobs: 288,
      requests: 1e5,
      outputTokens: 1e7,
      usd: 3,
      jobsWithoutPrice: 0,
    };
    months.set(createdAt.slice(0, 7), days);
  }
  for (const [month, days] of months)
    put(keys.usage(month), JSON.stringify({ schema: "brimline.usage/1", days, counted: [] }));
  return { at: (share) => jobAt(Math.floor(share * jobs)) };
}

const specOf = (model: string, tags: string[], name: string): JobSpec =>
  JobSpec.parse({
    endpoint: { url: "http://127.0.0.1:39999/v1", model },
    levels: [2, 4],
    stop: { durationS: 60 },
    name,
    tags,
  });

const statusOf = (failed: boolean, startedAt: string, finishedAt: string) => ({
  schema: "brimline.status/1",
  state: failed ? "failed" : "completed",
  startedAt,
  finishedAt,
  levelId: null,
  load: null,
  endsAt: null,
  levelsDone: 2,
  levels: 2,
  ended: [],
  problem: null,
  hasReport: true,
  hasPage: true,
});
