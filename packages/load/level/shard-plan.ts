import type { EndpointTraits } from "@brimline/core/dialect/dialect";
import type { Calibration } from "@brimline/core/job/request/calibration";
import type { EndpointSecrets } from "@brimline/core/job/spec/endpoint-secrets";
import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { ErrorKind } from "@brimline/core/codes";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Guard } from "../guard/guard.ts";

/** What one shard of an attempt is to do. */
export interface ShardPlan {
  spec: JobSpec;
  /** Seed of the job's whole schedule. */
  seed: string;
  /** See `SourceOf`. */
  salt?: string;
  level: LevelPlan;
  shard: number;
  /**
   * A closed loop has at most as many as the level has users: a shard without users would send none of its
   * requests.
   */
  shards: number;
  /** Unix ms at which all shards of the level start together. */
  t0UnixMs: number;
  traits: EndpointTraits;
  /** It says how many words a prompt of the asked tokens has. Without it the default holds. */
  calibration?: Calibration;
  secrets: EndpointSecrets;
  /**
   * The largest E2E of the warm-up, ms, which bounds how long a level may drain. It is null before the
   * warm-up has ended.
   */
  largestE2eMs: number | null;
  /**
   * What is open so many ms after T0 is cut, even if it might still drain. Without it the drain alone
   * decides.
   */
  endMs?: number;
  /**
   * What all shards of the level together may still use. Without it the job's limits hold, as if nothing was
   * used yet.
   */
  budget?: { requests: number | null; outputTokens: number | null };
  /**
   * The most requests that this shard of an open loop may have open. Without it `openLimitOf` says how many.
   */
  maxOpen?: number;
}

/** What a shard needs from the world, and whom it tells. It stores nothing itself. */
export interface ShardPorts {
  guard: Guard;
  /** It is called once for each request, when the request has ended. */
  onRecord(record: RequestRecord): void;
  /**
   * It aborts when the job is cancelled, and requests in flight are cut at once. Its `reason` says how the
   * shard ended.
   */
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
