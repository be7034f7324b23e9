import { NO_ARRIVALS, NO_LATENCIES } from "./synthetic.ts";
import { JobSpec } from "@brimline/core/job/spec/spec";
import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import { RECORD_SCHEMA, type ShardSummary } from "@brimline/core/record/record";
import type { RecordTable } from "@brimline/core/record/columns/table";
import type { AggregateInput } from "@brimline/core/report/input";

const CREATED_AT = "2026-01-02T03:04:05.000Z";

/** How many requests of one shard were answered, and when the last answer ended. */
export interface PlausibleEnd {
  requests: number;
  endMs: number;
}

/** One closed-loop level that ended with its requests, and its shards' summaries. */
export function plausibleLevel(
  ends: PlausibleEnd[],
  users: number,
): { plan: LevelPlan; summaries: ShardSummary[] } {
  const stopMs = Math.min(...ends.map(({ endMs }) => endMs));
  const ofShard = ({ requests, endMs }: PlausibleEnd, shard: number): ShardSummary =>
    summaryOf(requests, { shard, shards: ends.length, users, stopMs, drainEndMs: endMs });
  return {
    plan: {
      id: "l01",
      role: "measured",
      load: { kind: "concurrency", users },
      stop: { durationS: null, requests: null },
      rampS: 2,
      repeat: 0,
    },
    summaries: ends.map(ofShard),
  };
}

/** The inputs of a report about such a level. */
export function plausibleJob(shards: RecordTable[], users: number): AggregateInput {
  const ends = shards.map((records) => ({ requests: records.length, endMs: lastDoneMs(records) }));
  const { plan, summaries } = plausibleLevel(ends, users);
  return {
    id: "b".repeat(20),
    spec: JobSpec.parse({
      endpoint: { url: "http://127.0.0.1:8000/v1", model: "plausible" },
      levels: [users],
    }),
    seed: "seed",
    createdAt: CREATED_AT,
    finishedAt: CREATED_AT,
    state: "completed",
    generator: "bench",
    manifestSha256: "0".repeat(64),
    platform: "local",
    region: null,
    endpoint: { server: null, simulated: true, ignoreEos: true, usage: true, saysEnd: true },
    metrics: null,
    levels: [
      {
        plan,
        attempt: 1,
        state: "completed",
        reason: null,
        missingShards: 0,
        shards: summaries.flatMap((summary, shard) => {
          const records = shards[shard];
          return records === undefined ? [] : { summary, records };
        }),
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

function summaryOf(
  requests: number,
  shard: { shard: number; shards: number; users: number; stopMs: number; drainEndMs: number },
): ShardSummary {
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
    requests: { due: requests, sent: requests, ok: requests, failed: 0, censored: 0, resent: 0, errors: {} },
    outputTokens: 0,
    backoffMs: 0,
    medianE2eMs: null,
    latencies: NO_LATENCIES,
    slices: null,
    openMs: 0,
    simulated: true,
    serverHeader: null,
    certificate: null,
    uncertified: null,
    arrivals: NO_ARRIVALS,
    eventLoop: null,
  };
}
