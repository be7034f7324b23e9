import type { ObjectStore } from "@brimline/store/store";
import { ErrorKind, EventType } from "@brimline/core/codes";
import { Leg } from "@brimline/core/job/leg";
import { Calibration, DEFAULT_CALIBRATION, PromptCount } from "@brimline/core/job/calibration";
import { Event, JobState, Problem } from "@brimline/core/job/job";
import { JobSpec } from "@brimline/core/job/spec";
import { Load } from "@brimline/core/load";
import { z } from "zod";

/** The JSON objects that functions leave for one another: one schema each, checked where they are read. */

const Timestamp = z.string();

/** `jobs/<id>/spec.json`: the job as accepted. Secrets are not in it: they lie sealed in objects of their own. */
export const SpecObject = z.object({
  schema: z.literal("brimline.spec/1"),
  id: z.string(),
  caller: z.string(),
  createdAt: Timestamp,
  /** Of the request's body, so that an Idempotency-Key cannot be used for another one. */
  requestSha256: z.string(),
  spec: JobSpec,
});
export type SpecObject = z.infer<typeof SpecObject>;

/** `open/<id>`: since when a job is unfinished, or its submission begun. */
export const OpenObject = z.object({ id: z.string(), createdAt: Timestamp });
export type OpenObject = z.infer<typeof OpenObject>;

/** `jobs/<id>/control.json`. */
export const ControlObject = z.object({
  schema: z.literal("brimline.control/1"),
  action: z.enum(["run", "cancel"]),
});
export type ControlObject = z.infer<typeof ControlObject>;

/** `jobs/<id>/status.json`: what the workflow knows; live counters come from `progress/`. */
export const StatusObject = z.object({
  schema: z.literal("brimline.status/1"),
  state: JobState,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
  levelId: z.string().nullable(),
  load: Load.nullable(),
  endsAt: Timestamp.nullable(),
  levelsDone: z.int(),
  levels: z.int().nullable(),
  problem: Problem.nullable(),
  /** There is a report.json, and a page when the job is not private. */
  hasReport: z.boolean(),
  hasPage: z.boolean(),
});
export type StatusObject = z.infer<typeof StatusObject>;

/** `jobs/<id>/preflight.json`. */
export const PreflightObject = z.object({
  schema: z.literal("brimline.preflight/1"),
  verdict: z.enum(["accepted", "rejected"]),
  problem: Problem.nullable(),
  requests: z.int(),
  /** The value of the `server` header, and of `x-brimline-sim`. */
  server: z.string().nullable(),
  simulated: z.boolean(),
  usage: z.boolean(),
  /** null = could not be told. */
  ignoreEosHonoured: z.boolean().nullable(),
  traits: z.object({
    maxTokensField: z.enum(["max_tokens", "max_completion_tokens"]),
    ignoreEos: z.boolean(),
    includeUsage: z.boolean(),
    temperature: z.boolean(),
  }),
  /** What the endpoint counted in two prompts; empty where it does not tell. */
  promptCounts: z.array(PromptCount).default([]),
});
export type PreflightObject = z.infer<typeof PreflightObject>;

const LevelPlan = z.object({
  id: z.string(),
  role: z.enum(["warmup", "measured", "search"]),
  load: Load,
  stop: z.object({ durationS: z.number().nullable(), requests: z.int().nullable() }),
  rampS: z.number(),
  repeat: z.int(),
});

/** `jobs/<id>/idle.json`: quiet time before load, for the idle power. */
export const IdleObject = z.object({
  schema: z.literal("brimline.idle/1"),
  startUnixMs: z.number(),
  endUnixMs: z.number(),
});
export type IdleObject = z.infer<typeof IdleObject>;

/** What was taken of a job's limits. */
const Used = z.object({ requests: z.int(), outputTokens: z.int() });
export type Used = z.infer<typeof Used>;

/** `raw/…/attempt.json`: what one attempt at a level is to do. */
export const AttemptObject = z.object({
  schema: z.literal("brimline.attempt/1"),
  /** Already cut to what the job's limits leave. */
  plan: LevelPlan,
  attempt: z.int(),
  /** Of all legs together, numbered leg after leg. */
  shards: z.int(),
  /** The parts of its time that it is handed over in; absent: one. */
  legs: z.array(Leg).optional(),
  t0UnixMs: z.number(),
  /** How its prompts are cut to the asked tokens: the same for every shard, and for every level after the warm-up. */
  calibration: Calibration.default(DEFAULT_CALIBRATION),
  /** Of the warm-up; bounds the drain. */
  largestE2eMs: z.number().nullable(),
  /** The time of the plan is what a limit of the job leaves. */
  isCut: z.boolean(),
  /** What the job's limits leave, over all shards; null = no such limit. */
  budget: z.object({ requests: z.int().nullable(), outputTokens: z.int().nullable() }),
  /** The most requests that a shard may have open, by what the service allows a level. */
  maxOpen: z.int().optional(),
  /** What the attempts at this level before it took, which were torn. */
  torn: Used.default({ requests: 0, outputTokens: 0 }),
  /** Nothing of the attempt may last longer; a shard that does is lost. */
  lostAfterUnixMs: z.number(),
});
export type AttemptObject = z.infer<typeof AttemptObject>;

const LevelState = z.enum(["completed", "stopped", "cancelled", "failed"]);

const LevelSummary = z.object({
  id: z.string(),
  role: LevelPlan.shape.role,
  load: Load,
  repeat: z.int(),
  state: LevelState,
  ok: z.int(),
  failed: z.int(),
  medianE2eMs: z.number().nullable(),
  inFlight: z.number().nullable(),
  outputTokensPerS: z.number().nullable(),
  sloMet: z.boolean().nullable(),
  isSaturated: z.boolean(),
});

/** `raw/…/level.json`: how one attempt at a level ended. */
export const LevelEndObject = z.object({
  schema: z.literal("brimline.level/1"),
  plan: LevelPlan,
  attempt: z.int(),
  t0UnixMs: z.number(),
  state: LevelState,
  problem: Problem.nullable(),
  shards: z.int(),
  missingShards: z.int(),
  /** All that its job plans by. It is written down here because a long job would read its shards' own again after every level. */
  summary: LevelSummary,
  /** What the level took of the job's limits, torn attempts with it. */
  used: Used,
});
export type LevelEndObject = z.infer<typeof LevelEndObject>;

/** `progress/<id>/<level>/<shard>.json`. */
export const ProgressObject = z.object({
  schema: z.literal("brimline.progress/1"),
  attempt: z.int(),
  repeat: z.int().default(0),
  inFlight: z.int(),
  ok: z.int(),
  failed: z.int(),
  errors: z.partialRecord(ErrorKind, z.int()),
  outputTokens: z.int().default(0),
  /** Over the last few seconds. */
  outputTokensPerS: z.number().nullable(),
});
export type ProgressObject = z.infer<typeof ProgressObject>;

/** `jobs/<id>/manifest.json`: the frozen inputs of a report. */
export const ManifestObject = z.object({
  schema: z.literal("brimline.manifest/1"),
  job: z.string(),
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  problem: Problem.nullable(),
  finishedAt: Timestamp,
  generator: z.string(),
  /** Quiet time before load, Unix ms. */
  idle: z.object({ startUnixMs: z.number(), endUnixMs: z.number() }).nullable(),
  inputs: z.array(z.object({ key: z.string(), sha256: z.string(), bytes: z.int() })),
});
export type ManifestObject = z.infer<typeof ManifestObject>;

/** `events/<id>/<seq4>-<type>.json`. */
export const EventObject = z.object({
  schema: z.literal("brimline.event/1"),
  id: z.string(),
  sequence: z.int(),
  type: EventType,
  body: Event,
});
export type EventObject = z.infer<typeof EventObject>;

/** `deliveries/<id>/<seq4>/<try>.json`. */
export const DeliveryObject = z.object({
  schema: z.literal("brimline.delivery/1"),
  webhookId: z.string(),
  type: EventType,
  attempt: z.int(),
  at: Timestamp,
  outcome: z.enum(["delivered", "failed", "refused", "disabled"]),
  status: z.int().nullable(),
  detail: z.string().nullable(),
  nextAt: Timestamp.nullable(),
});
export type DeliveryObject = z.infer<typeof DeliveryObject>;

/** `agents/<id>.json`. */
export const AgentObject = z.object({
  schema: z.literal("brimline.agent/1"),
  id: z.string(),
  caller: z.string(),
  name: z.string(),
  host: z.string(),
  tokenSha256: z.string(),
  createdAt: Timestamp,
  /** Jobs that name it and had not ended when it last asked. */
  jobs: z.array(z.string()).default([]),
  gpus: z.array(
    z.object({
      index: z.int(),
      uuid: z.string(),
      name: z.string(),
      driver: z.string(),
      limitW: z.number().nullable(),
    }),
  ),
});
export type AgentObject = z.infer<typeof AgentObject>;

/** Reads and checks one object; null where there is none. A body that does not fit its schema is a broken program, so it throws. */
export async function readObject<T extends z.ZodType>(
  store: ObjectStore,
  key: string,
  schema: T,
): Promise<z.infer<T> | null> {
  const object = await store.get(key);
  return object === null ? null : schema.parse(JSON.parse(object.body.toString("utf8")));
}

/** Writes one object create-once; false where it existed. */
export const createObject = (store: ObjectStore, key: string, value: unknown): Promise<boolean> =>
  store.create(key, JSON.stringify(value), { contentType: "application/json" });

/** Writes one object, replacing what is there. */
export const putObject = (store: ObjectStore, key: string, value: unknown): Promise<void> =>
  store.put(key, JSON.stringify(value), { contentType: "application/json" });
