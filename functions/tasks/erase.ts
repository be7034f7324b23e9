import { Report } from "@brimline/core/report/schema";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { DeletingObject } from "../objects/deleting.ts";
import { unlistJob } from "../objects/job-lists.ts";
import { isTombstone, readListing } from "../objects/listing.ts";
import { readObject } from "../objects/object.ts";
import { SpecObject } from "../objects/spec.ts";
import type { Service } from "../service.ts";

/** A request writes the tombstone right after its mark. A mark that is so old without one was left by a crash. */
const UNDECIDED_AFTER_MS = 3_600_000;
const PAGE = 256;

/**
 * Erases what is left of a job that was deleted: its places in the lists, its records, events and deliveries, then
 * its own objects, and its spec last, which the lists need. It goes on where a run before was cut, and removes at most
 * `most` objects, more or less. The tombstone stays. The answer is how many objects it removed.
 */
export async function eraseTask(service: Service, jobId: string, most: number): Promise<number> {
  const { data } = service;
  const mark = await readObject(data, keys.deleting(jobId), DeletingObject);
  if (mark === null) return 0;
  if (!isTombstone(await readListing(service, jobId))) {
    if (service.now() - Date.parse(mark.markedAt) > UNDECIDED_AFTER_MS)
      await data.remove(keys.deleting(jobId));
    return 0;
  }
  const spec = await readObject(data, keys.spec(jobId), SpecObject);
  if (spec !== null) {
    const report = await readObject(data, keys.report(jobId), Report);
    const gpus = [...new Set(report?.gpus.map(({ name }) => name))];
    await unlistJob(data, spec, { tags: mark.tags, gpus });
  }
  const own = new Set([keys.listing(jobId), keys.spec(jobId)]);
  let removed = 0;
  for (const prefix of prefixesOf(jobId))
    for await (const page of pagesOf(service, prefix, own)) {
      if (removed >= most) return removed;
      await atOnce(REQUESTS_AT_ONCE, page, (key) => data.remove(key));
      removed += page.length;
    }
  // Publish still has to find the jobs that are compared with this one, so that their pages follow.
  if ((await data.get(keys.relist(jobId))) !== null) return removed;
  for await (const key of listAll(data, keys.besidePrefix(jobId))) await data.remove(key);
  if (spec?.spec.baseline !== undefined) await data.remove(keys.beside(spec.spec.baseline, jobId));
  await data.remove(keys.spec(jobId));
  await data.remove(keys.deleting(jobId));
  return removed + 1;
}

const prefixesOf = (jobId: string): string[] => [
  keys.outboxOf(jobId),
  keys.rawPrefix(jobId),
  keys.progressPrefix(jobId),
  keys.eventPrefix(jobId),
  keys.deliveryPrefix(jobId),
  keys.jobPrefix(jobId),
];

/** The keys below a prefix but for some, a bounded number at a time. */
async function* pagesOf({ data }: Service, prefix: string, without: Set<string>): AsyncGenerator<string[]> {
  let page: string[] = [];
  for await (const key of listAll(data, prefix)) {
    if (without.has(key)) continue;
    page.push(key);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}
