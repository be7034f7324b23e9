import { z } from "zod";
import { LatencySummary } from "../../record/latencies.ts";
import { Calibration } from "../request/calibration.ts";
import { EndedLevel } from "../state/job.ts";
import { Problem } from "../state/problem.ts";
import { LevelPlan } from "./level-plan.ts";
import { SteadyCounts } from "./steady.ts";

/** What counts against a job's limits. */
export const Used = z.object({ requests: z.int(), outputTokens: z.int() });
export type Used = z.infer<typeof Used>;

export const NOTHING_USED: Used = { requests: 0, outputTokens: 0 };

export const usedInAll = (parts: Used[]): Used =>
  parts.reduce(
    (a, b) => ({ requests: a.requests + b.requests, outputTokens: a.outputTokens + b.outputTokens }),
    NOTHING_USED,
  );

/** What a level may know of the endpoint before it runs. */
export const Learnt = z.object({
  /** The largest E2E of the warm-up's ok requests, ms. It is null before the warm-up has ended. */
  largestE2eMs: z.number().nullable(),
  /** It follows from the token counts of preflight's prompts, and from the warm-up's once that has ended. */
  calibration: Calibration,
});
export type Learnt = z.infer<typeof Learnt>;

/** `raw/…/attempt.json`, the attempt start: what one attempt at a level is to do. */
export const AttemptStart = z.object({
  schema: z.literal("brimline.attempt/1"),
  /** Its duration is already shortened to what the limits leave. */
  plan: LevelPlan,
  attempt: z.int(),
  shards: z.int(),
  t0UnixMs: z.number(),
  /** All shards size their prompts by its calibration. Its largest E2E bounds the drain. */
  ...Learnt.shape,
  /** Whether a limit of the job, or a cap of the service, made the plan's duration shorter. */
  isShortened: z.boolean(),
  /** What the job's limits leave to all shards together; null means no such limit. */
  budget: z.object({ requests: z.int().nullable(), outputTokens: z.int().nullable() }),
  /** The largest number of open requests of one shard: its part of the service's cap on a level. */
  maxOpen: z.int(),
  /** What earlier, torn attempts at this level used of the job's limits. */
  torn: Used,
  /** A shard that is not done by this time is lost, Unix ms. */
  lostAfterUnixMs: z.number(),
});
export type AttemptStart = z.infer<typeof AttemptStart>;

/**
 * The counters of a level that has ended, below 1 kB. The warm-up's median E2E sets the times of later levels,
 * and `isSaturated` tells whether a stop counts as a fault. Others are told with `level.completed`.
 */
export const LevelCounters = z.object({
  ok: z.int(),
  failed: z.int(),
  medianE2eMs: z.number().nullable(),
  inFlight: z.number().nullable(),
  outputTokensPerS: z.number().nullable(),
  ttftMs: LatencySummary,
  tpotMs: LatencySummary,
  e2eMs: LatencySummary,
  /**
   * Whether an open loop was ended early because the endpoint could not keep up. That is an answer, so the
   * job goes on.
   */
  isSaturated: z.boolean(),
  /** How sure the level's counts are. It is null without an objective, a search or precision, or where the level shows nothing steady. */
  steady: SteadyCounts.nullable().default(null),
});
export type LevelCounters = z.infer<typeof LevelCounters>;

/**
 * `raw/…/level.json`: how one attempt at a level ended. It holds all that later decisions need of the level,
 * so that none of them reads its shards or records again.
 */
export const LevelEnd = z.object({
  schema: z.literal("brimline.level/1"),
  plan: LevelPlan,
  attempt: z.int(),
  t0UnixMs: z.number(),
  state: EndedLevel.shape.state,
  problem: Problem.nullable(),
  shards: z.int(),
  missingShards: z.int(),
  counters: LevelCounters,
  /** What the level used of the job's limits, its torn attempts included. */
  used: Used,
  /** What the warm-up found out. It is null at the end of any other level. */
  learnt: Learnt.nullable(),
});
export type LevelEnd = z.infer<typeof LevelEnd>;
