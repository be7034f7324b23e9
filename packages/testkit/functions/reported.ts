import { type LevelEnd, NOTHING_USED } from "@brimline/core/job/level/attempt";
import { levelCounters } from "@brimline/core/job/level/level";
import { openService } from "@brimline/functions/local/home";
import { createObject } from "@brimline/functions/objects/object";
import { setStatus } from "@brimline/functions/objects/status";
import type { Service } from "@brimline/functions/service";
import { aggregateTask } from "@brimline/functions/tasks/aggregate";
import { publishTask } from "@brimline/functions/tasks/publish";
import { keys } from "@brimline/store/keys";
import { createRecorder } from "@brimline/store/recorder";
import { CREATED_UNIX_MS, syntheticLevel } from "../synthetic.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "./home.ts";

/** A job with one level of four users, whose report is made. */
export async function reported(folder: string, job: string): Promise<Service> {
  const attempt = keys.attemptKey(job, "l01", 0, 1);
  const service = await openService(homeOf(folder));
  await acceptJob(service, job, { levels: [4] }, new Date(CREATED_UNIX_MS).toISOString());
  await createObject(service.data, keys.preflight(job), ACCEPTED_PREFLIGHT);
  const { plan, shards } = syntheticLevel({
    id: "l01",
    users: 4,
    ttftMs: 50,
    gapMs: 10,
    outputTokens: 10,
    durationS: 10,
    t0UnixMs: CREATED_UNIX_MS,
  });
  const recorder = createRecorder();
  for (const record of shards[0]?.records ?? []) recorder.add(record);
  await service.data.create(keys.records(attempt, 0), await recorder.body());
  const summaries = shards.map(({ summary }) => summary);
  await createObject(service.data, keys.shardSummary(attempt, 0), summaries[0]);
  const end: LevelEnd = {
    schema: "brimline.level/1",
    plan,
    attempt: 1,
    t0UnixMs: CREATED_UNIX_MS,
    state: "completed",
    problem: null,
    shards: 1,
    missingShards: 0,
    counters: levelCounters("completed", summaries),
    used: NOTHING_USED,
    learnt: null,
  };
  await createObject(service.data, keys.levelEnd(attempt), end);
  const finishedAt = new Date(CREATED_UNIX_MS + 20_000).toISOString();
  await aggregateTask(service, { jobId: job, state: "completed", problem: null, finishedAt });
  return service;
}

/** Such a job, which has ended and is public, with its page and its place in the lists. */
export async function published(folder: string, job: string): Promise<Service> {
  const service = await reported(folder, job);
  await setStatus(service, job, { state: "completed", hasReport: true, hasPage: true });
  await createObject(service.data, keys.listing(job), {
    schema: "brimline.listing/1",
    name: "Nightly",
    tags: ["main"],
    visibility: "public",
    formerTags: [],
  });
  await publishTask(service, { jobId: job, relist: true });
  return service;
}

/** Such a job, which has ended and whose page could not be made. */
export async function unpublished(folder: string, job: string): Promise<Service> {
  const service = await reported(folder, job);
  await setStatus(service, job, { state: "completed", hasReport: true, hasPage: false });
  return service;
}
