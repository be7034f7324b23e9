import { hasEnded, type Job } from "@brimline/core/job/job";
import { runCountOf } from "@brimline/core/job/plan";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { linksOf } from "../links.ts";
import { waitingOf } from "../objects/preflight-tries.ts";
import { ProgressObject } from "../objects/progress.ts";
import { readObject } from "../objects/object.ts";
import { SpecObject } from "../objects/spec.ts";
import { StatusObject } from "../objects/status.ts";
import type { Service } from "../service.ts";
import { RequestError } from "./problem.ts";

/** What the store holds of one job. It is queued when it has no status yet. */
export interface StoredJob {
  spec: SpecObject;
  status: StatusObject | null;
}

/** The job with this id. It is null when there is none. */
export async function findJob(service: Service, id: string): Promise<StoredJob | null> {
  const [spec, status] = await Promise.all([
    readObject(service.data, keys.spec(id), SpecObject),
    readObject(service.data, keys.status(id), StatusObject),
  ]);
  return spec === null ? null : { spec, status };
}

/** The job with this id. It throws RequestError `not_found` when there is none. */
export async function storedJob(service: Service, id: string): Promise<StoredJob> {
  const found = await findJob(service, id);
  if (found === null) throw new RequestError("not_found", "There is no job with this id.");
  return found;
}

/** The job as the API shows it, from its spec, its status and the counters of the running level. */
export async function jobOf(service: Service, { spec: stored, status }: StoredJob): Promise<Job> {
  return {
    id: stored.id,
    state: status?.state ?? "queued",
    name: stored.spec.name ?? stored.spec.endpoint.model,
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
    links: linksOf(service.config.publicUrl, stored.id, status),
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
