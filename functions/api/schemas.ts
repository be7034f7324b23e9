import { Event, Job, JobLinks, Problem } from "@brimline/core/job/job";
import { JobSpec, Webhook } from "@brimline/core/job/spec";
import { SampledGpu } from "@brimline/core/record/sample";
import { Figure } from "@brimline/core/figure";
import { Report } from "@brimline/core/report/schema";
import { z } from "zod";
import { AgentObject } from "../objects/agent.ts";
import { DeliveryObject } from "../objects/delivery.ts";
import { SEGMENT_MAX_BYTES } from "./limits.ts";

/** The bodies of the API. Each is named in the OpenAPI document as it is here. */

/** A job as it is stored, but with the webhook's secret, which a request must have. */
export const JobRequest = JobSpec.extend({ webhook: Webhook.required({ secret: true }).optional() });

export const ListQuery = z.strictObject({
  /** Where the list before ended: its `next`. */
  cursor: z
    .string()
    .regex(/^\d{13}-[a-z0-9]{20}$/, "must be the next of an earlier list")
    .optional(),
  limit: z.coerce.number<string>().int().min(1).max(100).default(20),
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

export const AgentRequest = z.strictObject({
  name: Text.min(1).max(100),
  host: Text.min(1).max(255),
  gpus: z.array(z.strictObject(SampledGpu.shape)).max(64),
});

const AgentEnrolled = z.object({ id: z.string(), token: z.string() });
export type AgentEnrolled = z.infer<typeof AgentEnrolled>;

const Agent = AgentObject.pick({ id: true, name: true, host: true, createdAt: true, gpus: true });
export type Agent = z.infer<typeof Agent>;

const YEAR_2020_MS = 1_577_836_800_000;
const YEAR_2100_MS = 4_102_444_800_000;

export const SegmentsRequest = z.strictObject({
  segments: z
    .array(
      z.strictObject({
        boot: z.string().regex(/^[a-z0-9]{1,32}$/, "must be 1 to 32 characters of a-z and 0-9"),
        sequence: z.int().min(0).max(99_999_999),
        bytes: z.int().min(1).max(SEGMENT_MAX_BYTES),
        /** Of the first sample, by the server's clock. */
        firstUnixMs: z.number().min(YEAR_2020_MS).lt(YEAR_2100_MS),
      }),
    )
    .max(100),
});

export type SegmentsRequest = z.infer<typeof SegmentsRequest>;

const Uploads = z.object({
  /** In the order of the request. PUT the segment there with these headers, and to this service with the agent's token. */
  uploads: z.array(z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })),
  /** Seal and send what there is now: a job waits for it. */
  flush: z.boolean(),
  /** No job runs that names the agent: until one does it may ask less often, and seal less often what it has. */
  rest: z.boolean(),
});
export type Uploads = z.infer<typeof Uploads>;

const ServerTime = z.object({ receivedUnixMs: z.number(), answeredUnixMs: z.number() });
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

/** Names of schemas in the OpenAPI document. */
export const SCHEMAS = {
  JobRequest,
  Job,
  JobLinks,
  JobList,
  JobProblem: Problem,
  Event,
  Figure,
  Report,
  Delivery,
  DeliveryList,
  AgentRequest,
  AgentEnrolled,
  Agent,
  SegmentsRequest,
  Uploads,
  ServerTime,
  Health,
  Problem: ProblemDocument,
} satisfies Record<string, z.ZodType>;
export type SchemaName = keyof typeof SCHEMAS;
