import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { specOf, type SpecObject } from "../objects/spec.ts";
import { createObject, readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";

/** `hosts/<host>/lease.json`: the one job that may load a host. */
const LeaseObject = z.object({ schema: z.literal("brimline.lease/1"), job: z.string() });

/** Two ports of a host are one machine, or one owner's. */
const leaseOf = ({ spec }: SpecObject): string => keys.lease(new URL(spec.endpoint.url).hostname);

/**
 * The one job of each host that may be started: the holder of the host's lease, or the oldest. `jobs` are all
 * that have not ended, oldest first.
 */
export async function nextOfEachHost(service: Service, jobs: SpecObject[]): Promise<SpecObject[]> {
  const next = await atOnce(REQUESTS_AT_ONCE, Map.groupBy(jobs, leaseOf), async ([key, waiting]) => {
    const lease = await readObject(service.data, key, LeaseObject);
    return waiting.find(({ id }) => id === lease?.job) ?? waiting.slice(0, 1);
  });
  return next.flat();
}

/**
 * Takes the lease of the job's endpoint host, so that two jobs never load one host and measure each other. It
 * answers false while another job that has not ended holds the lease. Nobody gives a lease back: it is free
 * once its job's open marker is gone.
 */
export async function takeLease(service: Service, jobId: string): Promise<boolean> {
  const key = leaseOf(await specOf(service, jobId));
  const mine = { schema: "brimline.lease/1", job: jobId } satisfies z.infer<typeof LeaseObject>;
  if (await createObject(service.data, key, mine)) return true;
  const held = await service.data.get(key);
  if (held === null) return false;
  const { job } = LeaseObject.parse(JSON.parse(held.body.toString("utf8")));
  if (job === jobId) return true;
  if ((await readObject(service.data, keys.open(job), z.unknown())) !== null) return false;
  return service.data.replace(key, JSON.stringify(mine), held.etag, { contentType: "application/json" });
}
