import { AttemptStart } from "@brimline/core/job/level/attempt";
import { withApi } from "@brimline/core/job/spec/spec";
import { ShardSummary } from "@brimline/core/record/record";
import type { Certification } from "@brimline/load/certificate/certificate";
import { runShard } from "@brimline/load/level/shard";
import { keys } from "@brimline/store/keys";
import { createRecorder } from "@brimline/store/recorder";
import { jobSeed, specOf } from "../objects/spec.ts";
import { createObject, readObject } from "../objects/object.ts";
import { PreflightObject } from "../objects/preflight.ts";
import type { Service } from "../service.ts";
import { endpointSecrets } from "./endpoint-secrets.ts";
import { showProgress } from "./progress.ts";
import { keepScrapes } from "./scrapes.ts";
import type { ShardInput } from "./shard-input.ts";
import { watchControl } from "./watch.ts";
import { watchProof } from "./watch-proof.ts";

export interface ShardResult {
  shard: number;
  ended: ShardSummary["ended"];
  sent: number;
  ok: number;
  failed: number;
}

/** The certification of a process that started shortly before T0 and had no time to measure itself. */
const NOT_CERTIFIED: Certification = {
  certificate: null,
  uncertified: "its process did not measure itself before the load",
};

/**
 * Runs one shard of an attempt and writes its records, then its summary, each once. A shard that is done is
 * not run again. A shard that left records without a summary was cut off in between: the whole attempt is
 * torn, and this throws. `certified` answers what this process measured about its own error with so many
 * streams, if it measured itself.
 */
export async function shardTask(
  service: Service,
  { jobId, attemptKey, shard }: ShardInput,
  certified: (streams: number) => Certification | undefined = () => undefined,
): Promise<ShardResult> {
  const done = await readObject(service.data, keys.shardSummary(attemptKey, shard), ShardSummary);
  if (done !== null) return resultOf(done);
  const [stored, start, preflight] = await Promise.all([
    specOf(service, jobId),
    readObject(service.data, keys.attemptStart(attemptKey), AttemptStart),
    readObject(service.data, keys.preflight(jobId), PreflightObject),
  ]);
  if (start === null || preflight === null) throw new Error(`${attemptKey} was never begun`);

  const spec = withApi(stored.spec, preflight.api);
  const secrets = await endpointSecrets(service, jobId);
  const guard = preflight.addresses === null ? service.guard : service.guard.pinned(preflight.addresses);
  const recorder = createRecorder();
  const over = new AbortController();
  const cancel = new AbortController();
  const cap = service.config.caps.level;
  const plan = {
    spec,
    seed: jobSeed(stored),
    salt: jobId,
    level: start.plan,
    shard,
    shards: start.shards,
    t0UnixMs: start.t0UnixMs,
    traits: preflight.traits,
    calibration: start.calibration,
    secrets,
    largestE2eMs: start.largestE2eMs,
    budget: start.budget,
    ...(cap !== null && { endMs: 1000 * cap.endS }),
    maxOpen: start.maxOpen,
  };
  // What the server counted before the first request is the base of all that it counts after it.
  const scrapes = keepScrapes({ ...service, guard }, { attemptKey, shard, spec, secrets, preflight });
  try {
    const run = runShard(plan, {
      guard,
      onRecord: (record) => recorder.add(record),
      cancel: cancel.signal,
    });
    watchControl(service, jobId, over.signal, (why) => cancel.abort(why));
    watchProof(service, { ...stored, spec, secrets }, over.signal, () => cancel.abort("unproved"));
    const { id: levelId, repeat } = start.plan;
    showProgress(
      service,
      { jobId, levelId, repeat, attempt: start.attempt, shard },
      () => run.counters(),
      over.signal,
    );
    const ended = await run.ended;
    await scrapes.write();
    const summary = { ...ended, ...(certified(ended.users) ?? NOT_CERTIFIED) };
    await writeOnce(
      keys.records(attemptKey, shard),
      await service.data.create(keys.records(attemptKey, shard), await recorder.body(), {
        contentType: "application/vnd.apache.parquet",
      }),
    );
    await writeOnce(
      keys.shardSummary(attemptKey, shard),
      await createObject(service.data, keys.shardSummary(attemptKey, shard), summary),
    );
    return resultOf(summary);
  } finally {
    over.abort();
    scrapes.stop();
  }
}

async function writeOnce(key: string, isNew: boolean): Promise<void> {
  if (!isNew) throw new Error(`${key} exists already: this shard of the attempt was run before and cut off`);
}

const resultOf = ({ shard, ended, requests: { sent, ok, failed } }: ShardSummary): ShardResult => ({
  shard,
  ended,
  sent,
  ok,
  failed,
});
