import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { tableOfRecords } from "@brimline/core/record/columns/table-reader";
import { aggregate } from "@brimline/core/report/aggregate";
import type { AggregateInput } from "@brimline/core/report/input";
import type { Report } from "@brimline/core/report/schema";

/** The report of a job that had one level in one shard, and no telemetry. */
export function shardReport(
  { plan, ...job }: Pick<AggregateInput, "spec" | "seed" | "endpoint"> & { plan: LevelPlan },
  { summary, records }: { summary: ShardSummary; records: RequestRecord[] },
): Report {
  const at = new Date(summary.t0UnixMs).toISOString();
  return aggregate({
    ...job,
    id: "a".repeat(20),
    createdAt: at,
    finishedAt: at,
    state: "completed",
    generator: "test",
    manifestSha256: "",
    platform: "local",
    region: null,
    metrics: null,
    levels: [
      {
        plan,
        attempt: 1,
        state: "completed",
        reason: null,
        missingShards: 0,
        shards: [{ summary, records: tableOfRecords(records) }],
      },
    ],
    telemetry: null,
    idle: null,
  });
}
