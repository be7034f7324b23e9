import { Missed, Timing } from "@brimline/core/job/schedule";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { z } from "zod";

/** `schedules/<id>/schedule.json`. It never changes; a schedule that is to differ is made anew. */
export const ScheduleObject = z.object({
  schema: z.literal("brimline.schedule/1"),
  id: z.string(),
  caller: z.string(),
  /** Whose key made it, where that is another: all keys with the scope `admin` act for one caller. */
  holder: z.string().optional(),
  /** A keyed hash of the request's body. */
  requestSha256: z.string().default(""),
  name: z.string(),
  timing: Timing,
  /** The job of each run, without its secrets. Its seed and baseline are those of the request. */
  job: JobSpec,
  hasSecrets: z.boolean(),
  createdAt: z.string(),
});
export type ScheduleObject = z.infer<typeof ScheduleObject>;

/** Why a schedule has stopped that nobody may submit jobs for. */
export const STOPPED =
  "No key of its maker may submit jobs any more. Another key of the same caller lets it go on.";

/** `schedules/<id>/state.json`. */
export const ScheduleState = z.object({
  schema: z.literal("brimline.schedule-state/1"),
  /** When it is due next. It is null when it never is again. */
  nextAt: z.string().nullable(),
  /** Its latest run: when it was due, and its job. */
  last: z.object({ at: z.string(), job: z.string() }).nullable(),
  missed: z.array(Missed),
});
export type ScheduleState = z.infer<typeof ScheduleState>;

/** What is sealed of a schedule: its job's endpoint with all secrets, and its webhook's secret. */
export const ScheduleSecrets = z.object({ endpoint: z.unknown(), webhookSecret: z.string().nullable() });
export type ScheduleSecrets = z.infer<typeof ScheduleSecrets>;
