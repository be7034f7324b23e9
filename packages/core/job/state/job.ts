import { z } from "zod";
import { Change, EventType } from "../../codes.ts";
import { Figure } from "../../figure.ts";
import { Load } from "../../load.ts";
import { Problem } from "./problem.ts";
import { Visibility } from "../spec/spec.ts";
import { Verdict } from "./verdict.ts";

/**
 * A job only moves forward through these states. `rejected`: preflight failed, and no load was sent.
 * `cancelled`: the caller cancelled it; its completed levels are published, if it has any. `partial`: it was
 * published, but a limit, the endpoint's death or lost shards cut it short.
 */
export const JobState = z.enum([
  "queued",
  "preflight",
  "running",
  "reporting",
  "completed",
  "partial",
  "cancelled",
  "failed",
  "rejected",
]);
export type JobState = z.infer<typeof JobState>;

export const END_STATES: readonly JobState[] = ["completed", "partial", "cancelled", "failed", "rejected"];
export const hasEnded = (state: JobState): boolean => END_STATES.includes(state);

export const JobLinks = z.object({
  self: z.string(),
  events: z.string(),
  cancel: z.string(),
  report: z.string().nullable(),
  page: z.string().nullable(),
  /** The page of the comparison with the job's baseline. */
  comparison: z.string().nullable().default(null),
});
export type JobLinks = z.infer<typeof JobLinks>;

/**
 * What preflight waits for: an `endpoint` that is not up yet, the first output of an `answer`, the rest of its
 * `stream`, or the time at which it asks `again`.
 */
export const WaitsFor = z.enum(["endpoint", "answer", "stream", "again"]);
export type WaitsFor = z.infer<typeof WaitsFor>;

export const Waiting = z.object({
  waitsFor: WaitsFor,
  /** Since when it waits, and until when at most, RFC 3339. */
  since: z.string(),
  until: z.string(),
  /** What the endpoint said, or what became of the connection, when it was asked last. */
  said: z.string().nullable(),
});
export type Waiting = z.infer<typeof Waiting>;

/**
 * What a job's progress and `level.completed` say of a level that has ended. Its counters are of the whole level; the report's
 * figures, which have intervals, are of the window and come from the records.
 */
export const EndedLevel = z.object({
  id: z.string(),
  load: Load,
  /** The number of the run, from 0. */
  repeat: z.int(),
  state: z.enum(["completed", "stopped", "cancelled", "failed"]),
  ok: z.int(),
  failed: z.int(),
  outputTokensPerS: z.number().nullable(),
  ttftP95Ms: z.number().nullable(),
  tpotP95Ms: z.number().nullable(),
  e2eP95Ms: z.number().nullable().default(null),
  /** Whether this run alone tells that the objective is met. It is null where it does not, or without one. */
  met: z.boolean().nullable().default(null),
  /** How many of its requests lie within the bound that the fewest of them met, in percent. */
  goodPercent: z.number().nullable().default(null),
});
export type EndedLevel = z.infer<typeof EndedLevel>;

/** How many of the latest levels a job's progress tells of. */
export const ENDED_SHOWN = 100;

export const Progress = z.object({
  /** What preflight waits for. It is null when it does not run. */
  waiting: Waiting.nullable(),
  /** The level that runs now, and its load. */
  levelId: z.string().nullable(),
  load: Load.nullable(),
  /** When the running level should stop sending, RFC 3339. */
  endsAt: z.string().nullable(),
  /** How many measured levels have ended, and how many there will be. */
  levelsDone: z.int(),
  levels: z.int().nullable(),
  /** The latest levels that have ended, in the order in which they ran. */
  ended: z.array(EndedLevel).max(ENDED_SHOWN).default([]),
  inFlight: z.int(),
  ok: z.int(),
  failed: z.int(),
  outputTokensPerS: z.number().nullable(),
});
export type Progress = z.infer<typeof Progress>;

/** What a job's report is beside its baseline's. `POST /v1/compare` has all of it. */
export const JobComparison = z.object({
  /** The id of the baseline. */
  baseline: z.string(),
  /** It is `inconclusive` where the two could not be compared, and `sentence` says why. */
  verdict: Change,
  sentence: z.string(),
  /** What to run to find a smaller change. */
  next: z.string().nullable(),
});
export type JobComparison = z.infer<typeof JobComparison>;

/** `GET /v1/jobs/{id}`. */
export const Job = z.object({
  id: z.string(),
  state: JobState,
  name: z.string(),
  tags: z.array(z.string()),
  visibility: Visibility,
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  progress: Progress,
  /** Why the job was rejected, failed or cut short, and what to do about it. */
  problem: Problem.nullable(),
  /** What came of it. It is null before the job has ended, and for jobs that ended before this field was there. */
  verdict: Verdict.nullable().default(null),
  /** It is null without a baseline, and before the job has ended. */
  comparison: JobComparison.nullable().default(null),
  links: JobLinks,
});
export type Job = z.infer<typeof Job>;

/** The body of a webhook (Standard Webhooks), below 20 kB. */
export const Event = z.object({
  type: EventType,
  timestamp: z.string(),
  data: z.object({
    jobId: z.string(),
    state: JobState,
    /** What came of the job. It is null while it runs. */
    verdict: Verdict.nullable(),
    /** It is null while the job runs, and without a baseline. */
    comparison: JobComparison.nullable().default(null),
    /** The level of a `level.completed`. It is null for every other event. */
    level: EndedLevel.nullable(),
    headline: z.record(z.string(), Figure),
    links: JobLinks,
  }),
});
export type Event = z.infer<typeof Event>;
