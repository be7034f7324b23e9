import { type EndpointSecrets, partEndpoint } from "@brimline/core/job/spec/endpoint-secrets";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import type { RateLoad } from "@brimline/core/load/rate";
import type { Calibration } from "@brimline/core/job/request/calibration";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { createGuard } from "@brimline/load/guard/guard";
import { runShard } from "@brimline/load/level/shard";

/** What a test wants of one shard. What it leaves out is the least that works. */
export interface Wanted {
  users?: number;
  /** A rate in place of users. */
  load?: RateLoad;
  maxOpen?: number;
  largestE2eMs?: number;
  durationS?: number;
  requests?: number;
  rampS?: number;
  shard?: number;
  shards?: number;
  endMs?: number;
  t0UnixMs?: number;
  job?: Partial<JobRequest>;
  /** The options of the dialect that requests do without. */
  without?: string[];
  calibration?: Calibration;
  cancel?: AbortSignal;
}

/** A job as it is stored, and the secrets of its endpoint. */
export function parted(job: JobRequest): { spec: JobSpec; secrets: EndpointSecrets } {
  const spec = JobSpec.parse(job);
  const { endpoint, secrets } = partEndpoint(spec.endpoint);
  return { spec: { ...spec, endpoint }, secrets };
}

/** Starts one shard of a level against the endpoint at `url`. */
export function startShard(
  url: string,
  wanted: Wanted,
): { records: RequestRecord[]; run: ReturnType<typeof runShard> } {
  const {
    users = 1,
    load = { kind: "concurrency", users },
    durationS = null,
    requests = null,
    rampS = 0,
    shard = 0,
    shards = 1,
    t0UnixMs = Date.now() + 100,
    job,
    without = [],
    calibration,
  } = wanted;
  const { spec, secrets } = parted({
    levels: [users],
    ...job,
    endpoint: { model: "m", ...job?.endpoint, url },
  });
  const records: RequestRecord[] = [];
  const run = runShard(
    {
      spec,
      seed: "seed",
      level: { id: "l01", role: "measured", load, stop: { durationS, requests }, rampS, repeat: 0 },
      shard,
      shards,
      t0UnixMs,
      traits: { without },
      ...(calibration !== undefined && { calibration }),
      secrets,
      largestE2eMs: wanted.largestE2eMs ?? null,
      ...(wanted.endMs !== undefined && { endMs: wanted.endMs }),
      ...(wanted.maxOpen !== undefined && { maxOpen: wanted.maxOpen }),
    },
    {
      guard: createGuard({ profile: "local" }),
      onRecord: (record) => records.push(record),
      cancel: wanted.cancel ?? new AbortController().signal,
    },
  );
  return { records, run };
}

/** Runs one shard to its end. */
export async function shardOf(
  url: string,
  wanted: Wanted,
): Promise<{ records: RequestRecord[]; summary: ShardSummary }> {
  const { records, run } = startShard(url, wanted);
  return { summary: await run.ended, records };
}
