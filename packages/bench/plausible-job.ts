import { JobSpec } from "@brimline/core/job/spec";
import { RECORD_SCHEMA, type ShardSummary } from "@brimline/core/record/record";
import type { RecordTable } from "@brimline/core/record/table";
import type { AggregateInput } from "@brimline/core/report/input";

const CREATED_AT = "2026-01-02T03:04:05.000Z";

/** The inputs of a report about one closed-loop level that ended with its requests. */
export function plausibleJob(shards: RecordTable[], users: number): AggregateInput {
  const endsMs = shards.map(lastDoneMs);
  const stopMs = Math.min(...endsMs);
  return {
    id: "b".repeat(20),
    spec: JobSpec.parse({ endpoint: { url: "http://127.0.0.1:8000/v1", model: "plausible" }, levels: [users] }),
    seed: "seed",
    createdAt: CREATED_AT,
    finishedAt: CREATED_AT,
    state: "completed",
    generator: "bench",
    manifestSha256: "0".repeat(64),
    engine: "local",
    region: null,
    endpoint: { server: null, simulated: true, ignoreEos: true, usage: true },
    levels: [
      {
        plan: { id: "l01", role: "measured", load: { kind: "concurrency", users }, stop: { durationS: null, requests: null }, rampS: 2, repeat: 0 },
        attempt: 1,
        state: "completed",
        reason: null,
        missingShards: 0,
        shards: shards.map((records, shard) => ({
          records,
          summary: summaryOf(records.length, { shard, shards: shards.length, users, stopMs, drainEndMs: endsMs[shard] ?? 0 }),
        })),
      },
    ],
    telemetry: null,
    idle: null,
  };
}

function lastDoneMs(records: RecordTable): number {
  let lastMs = 0;
  for (const { doneMs } of records.rows()) lastMs = Math.max(lastMs, doneMs ?? 0);
  return lastMs;
}

function summaryOf(requests: number, shard: { shard: number; shards: number; users: number; stopMs: number; drainEndMs: number }): ShardSummary {
  return {
    schema: "brimline.shard/1",
    record: RECORD_SCHEMA,
    shard: shard.shard,
    shards: shard.shards,
    t0UnixMs: Date.parse(CREATED_AT),
    startLagMs: 0,
    users: shard.users / shard.shards,
    levelUsers: shard.users,
    rampEndMs: 2000,
    stopMs: shard.stopMs,
    drainEndMs: shard.drainEndMs,
    firstIdleMs: null,
    ended: "completed",
    requests: { due: requests, sent: requests, ok: requests, failed: 0, censored: 0, errors: {} },
    outputTokens: 0,
    backoffMs: 0,
    medianE2eMs: null,
    openMs: 0,
    simulated: true,
    serverHeader: null,
    certificate: null,
    eventLoop: null,
  };
}
