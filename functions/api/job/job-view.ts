import { hasEnded, type Job } from "@brimline/core/job/state/job";
import { runCountOf } from "@brimline/core/job/plan/loads";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { linksOf } from "../../links.ts";
import { waitingOf } from "../../objects/preflight-tries.ts";
import { isTombstone, type Listing, listingOf, readListing, type Tombstone } from "../../objects/listing.ts";
import { ProgressObject } from "../../objects/progress.ts";
import { readObject } from "../../objects/object.ts";
import { SpecObject } from "../../objects/spec.ts";
import { StatusObject } from "../../objects/status.ts";
import type { Service } from "../../service.ts";
import { accessTo, isOwn } from "../../objects/access.ts";
import { type Caller, callerOf } from "../door/auth.ts";
import { idParam } from "../door/param.ts";
import { RequestError } from "../door/problem.ts";

/** What the store holds of one job. It is queued when it has no status yet. */
export interface StoredJob {
  spec: SpecObject;
  status: StatusObject | null;
  listing: Listing;
}

/** The job with this id, whoever asks. It is null when there is none, and when it was deleted. */
export async function findJob(service: Service, id: string): Promise<StoredJob | null> {
  const found = await lookUp(service, id);
  return found === null || "deletedAt" in found ? null : found;
}

/** The same, if the caller may read it. */
export async function findReadable(service: Service, caller: Caller, id: string): Promise<StoredJob | null> {
  const job = await findJob(service, id);
  return job !== null && accessOf(caller, job) !== "none" ? shownTo(service, caller, job) : null;
}

/** Whether a caller may see what a job is beside its baseline, of which that tells figures. */
export async function seesBaseline(
  service: Service,
  caller: Caller,
  { spec: { caller: owner, spec } }: StoredJob,
): Promise<boolean> {
  if (isOwn(caller.id, owner) || spec.baseline === undefined) return true;
  const baseline = await findJob(service, spec.baseline);
  return baseline !== null && accessOf(caller, baseline) !== "none";
}

/** The job without what its reader may not see. */
async function shownTo(service: Service, caller: Caller, job: StoredJob): Promise<StoredJob> {
  const { status } = job;
  if (status === null || status.comparison === null || (await seesBaseline(service, caller, job))) return job;
  return { ...job, status: { ...status, comparison: null, hasComparison: false } };
}

/**
 * The job with this id, for a caller who wants to read it, or to do with it what only its own caller may. It throws
 * RequestError `not_found` when there is none that the caller may read, `deleted` when it was the caller's and was
 * deleted, and `forbidden` when it is somebody else's public one.
 */
export async function jobFor(
  service: Service,
  caller: Caller,
  id: string,
  to: "read" | "change",
): Promise<StoredJob> {
  const found = await lookUp(service, id);
  if (found !== null && "deletedAt" in found && isOwn(caller.id, found.caller))
    throw new RequestError("deleted", "The job with this id was deleted.");
  const access = found === null || "deletedAt" in found ? "none" : accessOf(caller, found);
  if (found === null || "deletedAt" in found || access === "none")
    throw new RequestError("not_found", "There is no job with this id.");
  if (to === "change" && access !== "all")
    throw new RequestError("forbidden", "The job is another caller's. You may read it.");
  return shownTo(service, caller, found);
}

/** The same, of the request's caller and the id in its path. */
export const jobOfPath = async (
  service: Service,
  c: Context,
  to: "read" | "change" = "read",
): Promise<StoredJob> => jobFor(service, await callerOf(service, c), idParam(c), to);

const accessOf = (caller: Caller, { spec, listing }: StoredJob): ReturnType<typeof accessTo> =>
  accessTo(caller, { owner: spec.caller, visibility: listing.visibility });

async function lookUp(service: Service, id: string): Promise<StoredJob | Tombstone | null> {
  const [spec, status, listing] = await Promise.all([
    readObject(service.data, keys.spec(id), SpecObject),
    readObject(service.data, keys.status(id), StatusObject),
    readListing(service, id),
  ]);
  if (isTombstone(listing)) return listing;
  return spec === null ? null : { spec, status, listing: listingOf(spec, listing) };
}

/** The job as the API shows it, from its spec, its status and the counters of the running level. */
export async function jobOf(
  service: Service,
  { spec: stored, status, listing: { name, tags, visibility } }: StoredJob,
): Promise<Job> {
  const links = linksOf(service.config.publicUrl, stored.id, status);
  return {
    id: stored.id,
    state: status?.state ?? "queued",
    name,
    tags,
    visibility,
    createdAt: stored.createdAt,
    startedAt: status?.startedAt ?? null,
    finishedAt: status?.finishedAt ?? null,
    progress: {
      waiting: status?.state === "preflight" ? await waitingOf(service, stored.id) : null,
      levelId: status?.levelId ?? null,
      load: status?.load ?? null,
      endsAt: status?.endsAt ?? null,
      levelsDone: status?.levelsDone ?? 0,
      levels: status?.levels ?? runCountOf(stored.spec),
      ended: status?.ended ?? [],
      ...(await countersNow(service, stored.id, status)),
    },
    problem: status?.problem ?? null,
    verdict: status?.verdict ?? null,
    comparison: status?.comparison ?? null,
    links: visibility === "private" ? { ...links, page: null } : links,
  };
}

type Counters = Pick<Job["progress"], "inFlight" | "ok" | "failed" | "outputTokensPerS">;
const NO_COUNTERS: Counters = { inFlight: 0, ok: 0, failed: 0, outputTokensPerS: null };

/**
 * The sums over the shards of the running level. Counters of an earlier run of it are over, and those of an earlier
 * attempt are never added up.
 */
async function countersNow(service: Service, id: string, status: StatusObject | null): Promise<Counters> {
  if (status === null || status.levelId === null || hasEnded(status.state)) return NO_COUNTERS;
  const shown = await Array.fromAsync(listAll(service.data, keys.progressPrefix(id, status.levelId)));
  const read = await atOnce(REQUESTS_AT_ONCE, shown, (key) => readObject(service.data, key, ProgressObject));
  const shards = read.filter((shard) => shard !== null).filter(({ repeat }) => repeat === status.repeat);
  const attempt = Math.max(0, ...shards.map((shard) => shard.attempt));
  return shards.filter((shard) => shard.attempt === attempt).reduce(added, NO_COUNTERS);
}

const added = (sum: Counters, shard: ProgressObject): Counters => ({
  inFlight: sum.inFlight + shard.inFlight,
  ok: sum.ok + shard.ok,
  failed: sum.failed + shard.failed,
  outputTokensPerS:
    shard.outputTokensPerS === null
      ? sum.outputTokensPerS
      : (sum.outputTokensPerS ?? 0) + shard.outputTokensPerS,
});
