import { z } from "zod";
import { EventType, WebhookFormat } from "../../codes.ts";
import { type Api, ApiChoice, dialectOf } from "../../dialect/dialects.ts";
import { LevelSpec } from "../../load.ts";
import { ASKED } from "../../load/arrivals.ts";
import { Users } from "../../load/concurrency.ts";
import { RateSpec } from "../../load/rate.ts";
import { NAMED_OBJECTIVES, ObjectiveName } from "./objectives.ts";

/** What a caller may ask for: the body of `POST /v1/jobs`. Unknown keys are refused at every depth. */

// NUL and control characters break terminals. Bidirectional overrides, zero-width characters and lone
// surrogates make a text show something other than what it says. XML takes no control characters and not all code
// points that are no characters.
const HIDDEN_CHARACTERS =
  /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const PlainText = z
  .string()
  .refine(
    (text) => !HIDDEN_CHARACTERS.test(text),
    "must not contain control, invisible or direction-changing characters",
  );

const TokenCount = z.int().min(1).max(1_000_000);

/**
 * A number of tokens or a distribution of it: uniform `{min, max}`, normal `{mean, stdev}`, or lognormal with
 * `shape: "lognormal"`. mean and stdev are those of the tokens themselves. A draw outside min..max (default
 * 1..1,000,000) becomes the bound, which moves the mean where much of the distribution lies outside.
 */
export const Length = z.union([
  TokenCount,
  z.strictObject({
    shape: z.enum(["normal", "lognormal"]).optional(),
    mean: z.number().min(1).max(1_000_000),
    stdev: z.number().min(0).max(1_000_000),
    min: TokenCount.optional(),
    max: TokenCount.optional(),
  }),
  z
    .strictObject({ min: TokenCount, max: TokenCount })
    .refine((range) => range.min <= range.max, "min must not be above max"),
]);
export type Length = z.infer<typeof Length>;

/** The most runs of each level. */
export const REPEATS_MAX = 20;

/** How long a search may take that is not told, s: as long as a person waits for an answer. */
export const SEARCH_WITHIN_S = 300;

/**
 * Levels that follow from those before them: the largest number of users, or the highest rate, that meets the objective
 * is looked for. Without one it is the number of users from which more of them bring little, or the highest rate that
 * is sustained.
 */
export const Search = z.strictObject({
  of: z.enum(["users", "rate"]).default("users"),
  /** The most users, or requests per second, that it may try. By default the service's own cap decides. */
  max: z.number().positive().max(100_000).optional(),
  /** Loads that run first and at full length, whatever comes of them: those that a reader asks for. */
  include: z.array(z.number().positive().max(100_000)).max(16).default([]),
  /** The time that the levels may take in all, s. */
  withinS: z.int().min(30).max(86_400).default(SEARCH_WITHIN_S),
  /** How requests arrive at a rate, as in a level. */
  arrival: RateSpec.shape.arrival,
  ...ASKED,
});
export type Search = z.infer<typeof Search>;

export const Levels = z.union([
  z.array(LevelSpec).min(1).max(64),
  z.strictObject({ sweep: z.strictObject({ max: Users }) }),
  z.strictObject({ search: Search }),
]);
export type Levels = z.infer<typeof Levels>;

// These are hop-by-hop, routing and credential-forwarding headers. With one of them a caller could speak for
// another host or to a cloud's metadata service.
const RESERVED_HEADERS =
  /^(host|content-length|content-type|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|accept-encoding|authorization|proxy-.*|x-forwarded-.*|forwarded|x-real-ip|metadata|metadata-flavor|x-aws-ec2-metadata-token.*|x-google-metadata-request)$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
const HEADER_VALUE = /^[\t\x20-\x7e]{0,4096}$/;
const HEADERS_MAX = 20;
const isReservedHeader = (name: string): boolean => RESERVED_HEADERS.test(name);
const isAuthorization = (name: string): boolean => /^authorization$/i.test(name);
/** Whether every request carries this header anyway, whoever asks for it. */
const isOwnHeader = (name: string): boolean => isReservedHeader(name) || /^(accept|user-agent)$/i.test(name);
const headers = (isReserved: (name: string) => boolean) =>
  z
    .record(
      z.string(),
      z
        .string()
        .regex(HEADER_VALUE, "must be printable ASCII without line breaks, of at most 4096 characters"),
    )
    .refine((all) => Object.keys(all).length <= HEADERS_MAX, `at most ${HEADERS_MAX} headers`)
    .refine(
      (all) => Object.keys(all).every((name) => HEADER_NAME.test(name)),
      "a header name has characters that are not allowed",
    )
    .refine(
      (all) => !Object.keys(all).some(isReserved),
      "a reserved header is set by the load generator itself; use apiKey, basic or secretHeaders for credentials",
    );

const CERTIFICATES_MAX = 64 * 1024;
const TLS_KEY_MAX = 16 * 1024;
/**
 * PEM texts for one endpoint: the authority to trust in place of the usual ones, and the client's certificate
 * with those between it and its authority. Only the key is a secret.
 */
const Tls = z.strictObject({
  ca: z.string().min(1).max(CERTIFICATES_MAX).optional(),
  cert: z.string().min(1).max(CERTIFICATES_MAX).optional(),
  key: z.string().min(1).max(TLS_KEY_MAX).optional(),
});

export const Endpoint = z
  .strictObject({
    url: z.string().min(1).max(2048),
    model: PlainText.min(1).max(200),
    api: ApiChoice.default("auto"),
    apiKey: z
      .string()
      .min(1)
      .max(4096)
      .regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces")
      .optional(),
    /**
     * The header that carries the key as it is, such as `api-key` (Azure). By default it is `authorization`,
     * with "Bearer " before the key.
     */
    apiKeyHeader: z
      .string()
      .regex(HEADER_NAME, "has characters that are not allowed")
      .refine((name) => isAuthorization(name) || !isOwnHeader(name), "is set by the load generator itself")
      .optional(),
    /** The user name and the password of HTTP Basic. They may stand in the URL instead. */
    basic: z
      .string()
      .max(4096)
      .regex(/^[^\p{Cc}\p{Cs}:]*:[^\p{Cc}\p{Cs}]*$/u, "must be user:password, without control characters")
      .optional(),
    /** Headers whose values are sealed as the key is. */
    secretHeaders: headers((name) => !isAuthorization(name) && isOwnHeader(name)).optional(),
    tls: Tls.optional(),
    showHost: z.boolean().default(false),
    headers: headers(isReservedHeader).optional(),
    body: z.record(z.string(), z.json()).optional(),
    /** Where the server's own metrics are. Null asks for none, and without it they are at the origin's `/metrics`. */
    metricsUrl: z.string().min(1).max(2048).nullable().optional(),
  })
  .superRefine(({ api, body = {} }, context) => {
    const { reservedFields } = dialectOf(api);
    if (reservedFields.every((name) => !Object.hasOwn(body, name))) return;
    const message = `these fields are set by the load generator itself: ${reservedFields.join(", ")}`;
    context.addIssue({ code: "custom", path: ["body"], message });
  });
export type Endpoint = z.infer<typeof Endpoint>;

/**
 * After how many ms a request is given up. connectMs bounds the time to connect, headersMs the wait for the
 * headers, idleMs the time between two reads of the body, and totalMs the whole request since it was sent.
 */
export const Timeouts = z.strictObject({
  connectMs: z.int().min(100).max(60_000).default(10_000),
  headersMs: z.int().min(100).max(3_600_000).default(120_000),
  idleMs: z.int().min(100).max(3_600_000).default(120_000),
  totalMs: z.int().min(100).max(3_600_000).default(900_000),
});
export type Timeouts = z.infer<typeof Timeouts>;

const Side = z.int().min(16).max(4096);
/** The most pixels of one prompt's images. They make about 2.8 MB of a request. */
const PIXELS_MAX = 2 ** 24;

/** What images each prompt has beside its text. */
export const Images = z
  .strictObject({ count: z.int().min(1).max(16), width: Side, height: Side })
  .refine(
    ({ count, width, height }) => count * width * height <= PIXELS_MAX,
    `the images of a prompt must not have more than ${PIXELS_MAX} pixels together`,
  );

export const Workload = z.strictObject({
  inputTokens: Length.default(256),
  outputTokens: Length.default(128),
  ignoreEos: z.union([z.boolean(), z.literal("auto")]).default("auto"),
  images: Images.optional(),
  prompts: z.array(z.string().min(1).max(200_000)).min(1).max(10_000).optional(),
  temperature: z.number().min(0).max(2).default(0),
  salt: z.boolean().default(true),
  thinkTimeMs: z.number().min(0).max(600_000).default(0),
});

const Objective = z
  .strictObject({
    ttftMs: z.number().positive().optional(),
    tpotMs: z.number().positive().optional(),
    e2eMs: z.number().positive().optional(),
    percentile: z.number().gt(0).lt(100).default(95),
  })
  .refine(
    (slo) => slo.ttftMs !== undefined || slo.tpotMs !== undefined || slo.e2eMs !== undefined,
    "needs ttftMs, tpotMs or e2eMs",
  );

/** An objective, or the name of one. A job is stored with its bounds, so that what it asked does not depend on a table. */
export const Slo = z.union([
  Objective,
  ObjectiveName.transform((name): z.infer<typeof Objective> => {
    const { ttftMs, tpotMs, percentile } = NAMED_OBJECTIVES[name];
    return { ttftMs, tpotMs, percentile };
  }),
]);

export const Model = z.union([
  z.strictObject({ config: z.record(z.string(), z.json()) }),
  z.strictObject({
    params: z.number().positive().max(1e15),
    activeParams: z.number().positive().max(1e15).optional(),
    layers: z.int().min(1).max(10_000).optional(),
    dtype: PlainText.max(20).optional(),
  }),
]);
export type Model = z.infer<typeof Model>;

const UsdPerHour = z.number().positive().max(1e5);
const PRICES_MAX = 200;
/** What an hour of a GPU costs in $, by the name that its driver gives. */
export const Prices = z
  .record(PlainText.min(1).max(100), UsdPerHour)
  .refine((prices) => Object.keys(prices).length <= PRICES_MAX, `at most ${PRICES_MAX} prices`);
export type Prices = z.infer<typeof Prices>;

export const Webhook = z.strictObject({
  url: z.string().min(1).max(2048),
  /**
   * A request must have it, which the API checks. An accepted job does not, because its secret lies sealed in
   * an object of its own.
   */
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, "must be whsec_ followed by 24 to 64 bytes in base64")
    .optional(),
  events: z.array(EventType).min(1).max(7).optional(),
  format: WebhookFormat.default("event"),
});

/** Who may find a job's page: everyone, whoever has its address, or nobody, since it has none. */
export const Visibility = z.enum(["public", "unlisted", "private"]);
export type Visibility = z.infer<typeof Visibility>;

/**
 * Each level runs until its throughput and the medians of TTFT and E2E are known to so many percent (half their 95 %
 * intervals), in parts of the length that a level has else, and for `withinS` at most.
 */
export const Precision = z.strictObject({
  percent: z.number().min(0.5).max(50),
  withinS: z.number().min(10).max(14_400).default(600),
});
export type Webhook = z.infer<typeof Webhook>;

/** The body of `POST /v1/jobs`, with its defaults and bounds. */
export const JobSpec = z.strictObject({
  name: PlainText.min(1).max(120).optional(),
  tags: z.array(PlainText.min(1).max(50)).max(10).default([]),
  endpoint: Endpoint,
  workload: Workload.prefault({}),
  /** A job that names no levels searches for the capacity. */
  levels: Levels.prefault({ search: {} }),
  warmup: z
    .union([z.strictObject({ users: Users, requests: z.int().min(1).max(1_000_000) }), z.literal(false)])
    .optional(),
  stop: z
    .strictObject({
      durationS: z.number().min(1).max(14_400).optional(),
      requests: z.int().min(1).max(10_000_000).optional(),
    })
    .refine(
      (stop) => stop.durationS !== undefined || stop.requests !== undefined,
      "needs durationS or requests",
    )
    .optional(),
  rampS: z.number().min(0).max(600).optional(),
  idleS: z.number().min(0).max(600).optional(),
  /** How long preflight waits for an endpoint that is not up yet. */
  waitS: z.number().min(0).max(86_400).default(0),
  repeats: z.int().min(1).max(REPEATS_MAX).default(1),
  precision: Precision.optional(),
  slo: Slo.optional(),
  model: Model.optional(),
  gpu: z
    .strictObject({
      name: PlainText.min(1).max(100).optional(),
      count: z.int().min(1).max(10_000).optional(),
      peakTflops: z.number().positive().max(1e6).optional(),
      usdPerHour: UsdPerHour.optional(),
      prices: Prices.optional(),
    })
    .optional(),
  agents: z
    .array(z.string().regex(/^[a-z0-9]{20}$/, "must be an agent's id"))
    .max(64)
    .default([]),
  limits: z
    .strictObject({
      maxRequests: z.int().min(1).optional(),
      maxOutputTokens: z.int().min(1).optional(),
      maxUsd: z.number().positive().optional(),
      maxDurationS: z.int().min(1).max(86_400).default(7200),
      timeouts: Timeouts.prefault({}),
    })
    .prefault({}),
  webhook: Webhook.optional(),
  visibility: Visibility.optional(),
  /** The job whose report this one's is compared with, and whose requests it asks again. */
  baseline: z
    .string()
    .regex(
      /^(?:[a-z0-9]{20}|last:.{1,50})$/u,
      "must be a job's id, or last: and a tag, for the newest like job with it",
    )
    .optional(),
  seed: z.string().min(1).max(100).optional(),
});
/** A job as accepted, with its defaults filled in. */
export type JobSpec = z.infer<typeof JobSpec>;
/** The job with an endpoint of this kind, once that is found out. */
export const withApi = (spec: JobSpec, api: Api): JobSpec => ({
  ...spec,
  endpoint: { ...spec.endpoint, api },
});

/** A job as a caller writes it. */
export type JobRequest = z.input<typeof JobSpec>;
