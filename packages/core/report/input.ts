import type { Reason } from "../codes.ts";
import type { EndpointTraits } from "../dialect/dialect.ts";
import type { LevelEnd } from "../job/level/attempt.ts";
import type { LevelPlan } from "../job/level/level-plan.ts";
import type { JobSpec } from "../job/spec/spec.ts";
import type { ShardSummary } from "../record/record.ts";
import type { RecordTable } from "../record/columns/table.ts";
import type { Series, Telemetry } from "../record/telemetry/telemetry.ts";
import type { ScrapeFailure } from "../scrape/failure.ts";
import type { Report } from "./schema.ts";

/** Everything that a report is made of: the frozen inputs that the manifest names, decoded. */
export interface AggregateInput {
  id: string;
  /** The job as it was accepted. Secrets were never in it. */
  spec: JobSpec;
  seed: string;
  createdAt: string;
  finishedAt: string;
  state: Report["state"];
  generator: string;
  manifestSha256: string;
  platform: Report["provenance"]["platform"];
  region: string | null;
  endpoint: {
    server: string | null;
    simulated: boolean;
    ignoreEos: boolean | null;
    usage: boolean | null;
    saysEnd: boolean | null;
    /** What its requests did without, and the room that they gave to unseen reasoning. */
    traits?: EndpointTraits;
    /** The SHA-256 of the authorities that the job trusts in place of the usual ones, if it names any. */
    caSha256?: string[];
  };
  /** The levels that ended, in run order. The last may have been cut short. */
  levels: LevelInput[];
  /** What preflight found of the server's own metrics. It is null where they were not asked for. */
  metrics: { engine: string } | { failure: ScrapeFailure } | null;
  /** It is null without agents. */
  telemetry: Telemetry | null;
  /** The quiet time before load. */
  idle: { startUnixMs: number; endUnixMs: number } | null;
}

export interface LevelInput {
  plan: LevelPlan;
  attempt: number;
  state: LevelEnd["state"];
  /** Why it did not complete. */
  reason: Reason | null;
  missingShards: number;
  /** The scrapes of the server's own metrics that the load generator took. It is absent where there are none. */
  scrapes?: Series;
  shards: { summary: ShardSummary; records: RecordTable }[];
}
