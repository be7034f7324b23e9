import { MARGIN_PERCENT } from "@brimline/core/compare/compare";
import { Comparison } from "@brimline/core/compare/schema";
import { CallerLimits } from "@brimline/core/job/allowance";
import { DryRun } from "@brimline/core/job/plan/dry-run";
import { Event, Job, JobLinks, JobState } from "@brimline/core/job/state/job";
import { Problem } from "@brimline/core/job/state/problem";
import { ObjectiveName } from "@brimline/core/job/spec/objectives";
import { Rerun } from "@brimline/core/job/spec/rerun";
import { Missed, Timing } from "@brimline/core/job/schedule";
import { JobSpec, Visibility, Webhook } from "@brimline/core/job/spec/spec";
import { Trend, TRENDED } from "@brimline/core/trend/schema";
import { Verdict } from "@brimline/core/job/state/verdict";
import { SampledSource } from "@brimline/core/record/telemetry/sample";
import { SegmentName } from "@brimline/core/record/telemetry/segment-name";
import { Figure } from "@brimline/core/figure";
import { Report } from "@brimline/core/report/schema";
import { z } from "zod";
import { TREND_JOBS, TREND_JOBS_MAX } from "../../objects/trend.ts";
import { AgentObject } from "../../objects/agent.ts";
import { DeliveryObject } from "../../objects/delivery.ts";
import { Scope, StoredKey } from "../../objects/caller.ts";
import { ScheduleObject, ScheduleState } from "../../objects/schedule.ts";
import { Usage } from "../../objects/usage.ts";
import { SEGMENT_MAX_BYTES } from "../agent/limits.ts";
import { queryOf } from "../door/query.ts";

/** The bodies of the API. Each has the same name in the OpenAPI document. */

/** A job's spec with the webhook's secret, which a request must have and a stored spec does not. */
export const JobRequestBody = JobSpec.extend({ webhook: Webhook.required({ secret: true }).optional() });

/** What of a job can change. Its spec says what was measured, and cannot. */
export const JobChange = z
  .strictObject({
    name: JobSpec.shape.name,
    tags: JobSpec.shape.tags.unwrap().optional(),
    visibility: Visibility.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, "must name what changes: name, tags or visibility");
export type JobChange = z.infer<typeof JobChange>;

const Wanted = z.string().min(1).max(200);
const SINCE = "must be a date, or a time with its zone, such as 2026-11-30 or 2026-11-30T08:00:00Z";

export const ListQuery = queryOf({
  /** The `next` of the part before. */
  cursor: z
    .string()
    .regex(/^\d{4}\/\d{2}\/\d{13}-[a-z0-9]{20}$/, "must be the next of an earlier list")
    .optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
  /** Jobs with this tag, this model, or this GPU in their report, to the letter. */
  tag: Wanted.optional(),
  model: Wanted.optional(),
  gpu: Wanted.optional(),
  state: JobState.optional(),
  /** Jobs made at this time or later: a date, or a time with its zone. */
  since: z.union([z.iso.date(), z.iso.datetime({ offset: true })], SINCE).optional(),
  /** Jobs with these letters in their name, model, tags or id, in any case. */
  q: Wanted.optional(),
});
export type ListQuery = z.infer<typeof ListQuery>;

export const TrendQuery = queryOf({
  tag: Wanted,
  /** One figure, such as `ttftMs.p95`. Unless given, those that decide a comparison. */
  figure: z.enum(TRENDED).optional(),
  /** The newest so many jobs with the tag. */
  limit: z.coerce.number<string>().int().min(1).max(TREND_JOBS_MAX).default(TREND_JOBS),
});

const JobList = z.object({ jobs: z.array(Job), next: z.string().nullable() });
export type JobList = z.infer<typeof JobList>;

const Delivery = DeliveryObject.omit({ schema: true }).extend({ sequence: z.int() });
export type Delivery = z.infer<typeof Delivery>;
const DeliveryList = z.object({ deliveries: z.array(Delivery) });
export type DeliveryList = z.infer<typeof DeliveryList>;

const HIDDEN_CHARACTERS = /[\p{Cc}\p{Cf}\p{Cs}]/u;
const Text = z
  .string()
  .refine((text) => !HIDDEN_CHARACTERS.test(text), "must not contain control or invisible characters");

export const WebhookSecret = Webhook.pick({ secret: true }).required();

const RecordFile = z.object({
  /** Its name, under which the API answers it. */
  file: z.string(),
  level: z.string(),
  role: z.enum(["warmup", "measured"]),
  repeat: z.int(),
  shard: z.int(),
});
export type RecordFile = z.infer<typeof RecordFile>;
const RecordFiles = z.object({ files: z.array(RecordFile) });
export type RecordFiles = z.infer<typeof RecordFiles>;

const Download = z.object({
  /** Its name, good for a folder with all of the job's files. */
  file: z.string(),
  /** Raw records (Parquet), the server's own metrics as they were scraped, or an agent's samples (gzipped NDJSON). */
  kind: z.enum(["records", "server", "telemetry"]),
  bytes: z.int(),
  sha256: z.string(),
  /** It works without a key until `expiresAt`. */
  url: z.string(),
});
export type Download = z.infer<typeof Download>;
const Downloads = z.object({ files: z.array(Download), expiresAt: z.string() });
export type Downloads = z.infer<typeof Downloads>;

const Plan = DryRun.extend({
  /**
   * What shows preflight that the endpoint is the caller's: this token at either place. `txt` is null where a TXT record
   * does not count: for an address, without https, and with an authority of the job's own. It is null for a job that
   * needs no proof.
   */
  proof: z.object({ token: z.string(), url: z.string(), txt: z.string().nullable() }).nullable(),
});
export type Plan = z.infer<typeof Plan>;

/** What the link of a download says. */
export const LinkQuery = queryOf({
  expires: z.coerce.number<string>().int().min(0).max(99_999_999_999),
  signature: z.string().min(1).max(100),
});

export const UsageQuery = queryOf({ months: z.coerce.number<string>().int().min(1).max(120).default(12) });
const UsageReport = z.object({
  /** By the month and the day in which jobs ended, UTC, the newest first. */
  months: z.array(Usage.extend({ month: z.string(), days: z.array(Usage.extend({ day: z.string() })) })),
  /** Jobs that have not ended, and how many there may be. */
  open: z.object({ jobs: z.int(), most: z.int() }),
  /** What the caller's limits leave of this day (UTC). Each is null where there is no limit. */
  left: z.object({
    requests: z.number().nullable(),
    outputTokens: z.number().nullable(),
    usd: z.number().nullable(),
    until: z.string(),
  }),
});
export type UsageReport = z.infer<typeof UsageReport>;

export const ScheduleRequest = z
  .strictObject({
    name: JobSpec.shape.name,
    cron: z.string(),
    timeZone: z.string().default("UTC"),
    job: JobRequestBody,
  })
  .superRefine(({ cron, timeZone }, context) => {
    for (const { path, message } of Timing.safeParse({ cron, timeZone }).error?.issues ?? [])
      context.addIssue({ code: "custom", path, message });
  });

const Schedule = ScheduleObject.pick({ id: true, name: true, job: true, createdAt: true }).extend({
  cron: z.string(),
  timeZone: z.string(),
  /** The next times at which it is due. There are none while it has stopped. */
  next: z.array(z.string()),
  /** Why it submits nothing: no key of its maker may submit jobs any more. It is null while one may. */
  stopped: z.string().nullable(),
  /** Its latest run: when it was due, and its job. */
  last: ScheduleState.shape.last,
  /** The latest due times without a run, and why. */
  missed: z.array(Missed),
});
export type Schedule = z.infer<typeof Schedule>;
const ScheduleList = z.object({ schedules: z.array(Schedule) });
export type ScheduleList = z.infer<typeof ScheduleList>;

const JobId = z.string().regex(/^[a-z0-9]{20}$/, "must be a job's id");

/** `a` is the baseline, and `b` is judged against it. */
export const CompareRequest = z.strictObject({
  a: JobId,
  b: JobId,
  /** A change of less than this does not matter, percent. */
  marginPercent: z.number().min(0.01).max(50).default(MARGIN_PERCENT),
});

export const KeyRequest = z.strictObject({
  name: Text.min(1).max(100),
  scopes: z
    .array(Scope)
    .min(1)
    .refine((scopes) => new Set(scopes).size === scopes.length, "must name each scope once"),
  /** When it becomes invalid: a time with its zone. Unless given, it never does. */
  expiresAt: z.iso
    .datetime({ offset: true, error: "must be a time with its zone, such as 2027-11-30T08:00:00Z" })
    .optional(),
  /** The caller whose key it is to be, as an earlier key has it: then either may do the same. Unless given, a new one. */
  caller: z
    .string()
    .regex(/^[a-z0-9]{20}$/, "must be the caller of a key")
    .optional(),
  /** What the caller's jobs may take. With another key of a caller they replace those it had. */
  limits: CallerLimits.optional(),
});

const Key = StoredKey.omit({ sha256: true }).extend({ caller: z.string(), limits: CallerLimits });
export type Key = z.infer<typeof Key>;
const KeyList = z.object({ keys: z.array(Key) });
export type KeyList = z.infer<typeof KeyList>;
/** The key itself, which only the answer of its making shows. */
const KeyMade = Key.extend({ key: z.string() });
export type KeyMade = z.infer<typeof KeyMade>;

export const AgentRequest = z.strictObject({
  name: Text.min(1).max(100),
  host: Text.min(1).max(255),
  sources: z.array(SampledSource).max(16),
});

const AgentEnrolled = z.object({ id: z.string(), token: z.string() });
export type AgentEnrolled = z.infer<typeof AgentEnrolled>;

const Agent = AgentObject.pick({ id: true, name: true, host: true, createdAt: true, sources: true });
export type Agent = z.infer<typeof Agent>;

export const SegmentsRequest = z.strictObject({
  segments: z
    .array(z.strictObject({ ...SegmentName.shape, bytes: z.int().min(1).max(SEGMENT_MAX_BYTES) }))
    .max(100),
});

export type SegmentsRequest = z.infer<typeof SegmentsRequest>;

const Uploads = z.object({
  /**
   * One upload for each segment, in the order of the request. The agent PUTs the segment to the URL with
   * these headers, and adds its token when the URL is this service's.
   */
  uploads: z.array(z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })),
  /** A job waits for samples: the agent seals and sends what it has now. */
  flush: z.boolean(),
  /** No running job names the agent: it may ask and seal less often until one does. */
  rest: z.boolean(),
});
export type Uploads = z.infer<typeof Uploads>;

const ServerTime = z.object({ receivedUnixMs: z.number(), answeredUnixMs: z.number() });
const ObjectiveList = z.object({
  objectives: z.array(
    z.object({
      name: ObjectiveName,
      ttftMs: z.number(),
      tpotMs: z.number(),
      percentile: z.number(),
      about: z.string(),
      source: z.string(),
    }),
  ),
});
const Ready = z.object({ status: z.literal("ready") });
const Health = z.object({ status: z.literal("ok"), generator: z.string() });

const ProblemDocument = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z
    .array(z.object({ pointer: z.string().optional(), parameter: z.string().optional(), detail: z.string() }))
    .max(20)
    .optional(),
});

/** The schemas of the OpenAPI document by their names. */
export const SCHEMAS = {
  JobRequest: JobRequestBody,
  Job,
  JobChange,
  Rerun,
  Plan,
  JobLinks,
  JobList,
  JobProblem: Problem,
  Verdict,
  Event,
  Figure,
  Report,
  Delivery,
  DeliveryList,
  WebhookSecret,
  RecordFiles,
  Downloads,
  Usage: UsageReport,
  ScheduleRequest,
  Schedule,
  ScheduleList,
  KeyRequest,
  Key,
  KeyMade,
  KeyList,
  CompareRequest,
  Trend,
  Comparison,
  AgentRequest,
  AgentEnrolled,
  Agent,
  SegmentsRequest,
  Uploads,
  ServerTime,
  ObjectiveList,
  Health,
  Ready,
  Problem: ProblemDocument,
} satisfies Record<string, z.ZodType>;
export type SchemaName = keyof typeof SCHEMAS;
