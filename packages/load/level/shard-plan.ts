import type { Calibration } from "@brimline/core/job/calibration";
import type { EndpointTraits } from "@brimline/core/job/prompt";
import type { LevelPlan } from "@brimline/core/job/plan";
import type { JobSpec } from "@brimline/core/job/spec";
import type { ErrorKind } from "@brimline/core/codes";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Secret } from "@brimline/core/secret";
import type { Guard } from "../guard/guard.ts";

/** What one shard of an attempt is to do. */
export interface ShardPlan {
  spec: JobSpec;
  /** Seed of the job's whole schedule. */
  seed: string;
  level: LevelPlan;
  shard: number;
  /** Closed loop: at most as many as the level has users, for a shard without users would send none of its requests. */
  shards: number;
  /** Wall clock, Unix ms: all shards of a level start together. */
  t0UnixMs: number;
  traits: EndpointTraits;
  /** How prompts are cut to the asked tokens; absent: the default. */
  calibration?: Calibration;
  apiKey: Secret | null;
  /** The largest E2E that the warm-up saw, ms: bounds how long a level may drain. Null before there is one. */
  largestE2eMs: number | null;
  /** From T0: what is open then is cut, however long it might still drain; absent: the drain alone decides. */
  endMs?: number;
  /** What the level may still spend, over all its shards; absent: the limits of the job, as if nothing was spent yet. */
  budget?: { requests: number | null; outputTokens: number | null };
  /** Open loop: the most requests that this shard may have open; absent: `openLimitOf`. */
  maxOpen?: number;
}

/** What a shard needs from the world, and whom it tells. It stores nothing itself. */
export interface ShardPorts {
  guard: Guard;
  /** Called once a request, when it has ended. */
  onRecord(record: RequestRecord): void;
  /** Aborted when the job is cancelled: requests in flight are cut at once. `reason`: how the shard ended. */
  cancel: AbortSignal;
}

/** What a shard can tell while it runs. */
export interface ShardCounters {
  inFlight: number;
  sent: number;
  ok: number;
  failed: number;
  errors: Partial<Record<ErrorKind, number>>;
  outputTokens: number;
}
