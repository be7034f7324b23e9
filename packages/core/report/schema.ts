import { z } from "zod";
import { ErrorKind, Reason } from "../codes.ts";
import { EndpointTraits } from "../dialect/dialect.ts";
import { Api } from "../dialect/dialects.ts";
import { JobSpec } from "../job/spec/spec.ts";
import { Verdict } from "../job/state/verdict.ts";
import { Figure, Spread, unknown, Validity } from "../figure.ts";
import { Load } from "../load.ts";
import { LATENCIES } from "../record/latencies.ts";
import { ArrivalClock } from "../record/record.ts";
import { ScrapeFailure } from "../scrape/failure.ts";
import {
  fieldsOf,
  GPU_NAMES,
  HOST_NAMES,
  LEVEL_NAMES,
  RUN_FIELDS,
  type RunField,
  SERVER_NAMES,
} from "./catalogue.ts";

/**
 * report.json, schema `brimline.report/1`, is the product's public contract. Version 1 only grows: nothing
 * changes its name, type or meaning. Readers ignore unknown fields and treat unknown codes as "indicative".
 * What is unknown is null with a reason, never 0, NaN or an absent key. Counts are exact, and other numbers
 * have 6 significant digits. The order of keys is fixed, so that the same manifest and generator give the
 * same bytes. Intervals are 95 %, percent is 0..100, and times are seconds from `createdAt`.
 */

const RunFigures = Object.fromEntries(RUN_FIELDS.map((field) => [field, Figure])) as Record<
  RunField,
  typeof Figure
>;

const Run = z.object({
  repeat: z.int(),
  attempt: z.int(),
  startS: z.number(),
  durationS: z.number(),
  drainS: z.number(),
  window: z.object({ startS: z.number(), endS: z.number() }).nullable(),
  /** How much of the steady time was cut at its start, because the endpoint still warmed up there. */
  warmUpS: z.number().optional(),
  /** They are of this run alone. With one run they are the level's. */
  ...RunFigures,
});

const JudgedObjective = z.object({
  latency: z.enum(LATENCIES),
  boundMs: z.number(),
  /** Whether the percentile lies within the bound, with 95 % confidence. It is null where that is not known. */
  met: z.boolean().nullable(),
  reasons: z.array(Reason),
  /** How many independent requests judged it. */
  nEff: z.number(),
  /** About how many tell. It is null where the percentile lies so near to the bound that no number is known to. */
  nEffNeeded: z.number().nullable(),
});

const Gpu = z.object({
  ...fieldsOf(GPU_NAMES, Spread, Figure),
  energySource: z.enum(["counter", "integral"]),
  coveragePercent: z.number(),
  throttledPercent: z.number().nullable(),
  /** Of samples in which power, and in which heat, held the clocks down. Older reports lack these two and the next. */
  powerCappedPercent: z.number().nullable().default(null),
  overheatedPercent: z.number().nullable().default(null),
  smMHz: z.number().nullable().default(null),
  maxTempC: z.number().nullable(),
});

const Host = z.object({
  ...fieldsOf(HOST_NAMES, Spread, Figure),
  /** The cores of all hosts that were sampled. It is null where an agent does not say. */
  cores: z.int().nullable(),
});

/** What we count of a whole level ourselves, and what the server counted in the same time. */
const Compared = z.object({
  least: z.int(),
  most: z.int(),
  counted: z.number().nullable(),
  reasons: z.array(Reason),
});

/** What the scrapes in a level's windows show of the queue, or where it has none those in the second half of its time. */
const Queue = z.object({
  /** The scrapes that say how many requests wait. */
  scrapes: z.int(),
  /** In how many of them any did, in percent, and how many did on average. */
  waitingPercent: z.number(),
  meanWaiting: z.number(),
  /** The rest is of those with a queue. The most requests that ran at once in one of the servers. */
  mostRunning: z.number().nullable(),
  /** In how many of them so many ran, or hardly fewer, in percent. */
  atMostPercent: z.number().nullable(),
  /** In how many of them the KV cache had no room for one more request, in percent. */
  kvFullPercent: z.number().nullable(),
  kvFullAtMostPercent: z.number().nullable().default(null),
  /** How much of it was in use on average, in percent. */
  meanKvPercent: z.number().nullable(),
});

const Server = z.object({
  ...fieldsOf(SERVER_NAMES, Spread, Figure),
  /** The inference server, as its metrics show it. */
  engine: z.string(),
  /** Who scraped it. */
  from: z.enum(["load", "agent"]),
  /** How many scrapes the figures of the level rest on. */
  scrapes: z.int(),
  /** How many servers share the load, each with the whole model. Older reports lack it. */
  servers: z.int().default(1),
  /** It is null without a scrape in the window that tells, and in reports that lack the field. */
  queue: Queue.nullable().default(null),
  requests: Compared,
  outputTokens: Compared,
  /**
   * The server's histogram of TTFT beside what we measured, for all requests of the level: see
   * `metric/server/server-check.ts`. It is null where the two cannot be compared.
   */
  ttftAgreement: z
    .object({
      shiftMs: z.number(),
      edges: z.int(),
      largestGapPercent: z.number(),
      boundPercent: z.number(),
    })
    .nullable(),
});

export const Level = z.object({
  /** "warmup", "l01" … The id is stable and stands in URLs and refs. */
  id: z.string(),
  role: z.enum(["warmup", "measured"]),
  load: Load,
  state: z.enum(["completed", "stopped", "cancelled", "failed"]),
  validity: Validity,
  reasons: z.array(Reason),
  runs: z.array(Run),
  /** Requests of the whole level: ok + failed + censored = sent, and due − sent were never sent. */
  requests: z.object({
    due: z.int(),
    sent: z.int(),
    ok: z.int(),
    failed: z.int(),
    censored: z.int(),
    inWindow: z.int(),
    /** How many of those that were sent had to be sent again, because a kept connection was closed under them. */
    resent: z.int(),
    /** How many were done more than 50 ms before the bodies of their answers ended. */
    heldOpen: z.int(),
    errors: z.partialRecord(ErrorKind, z.int()),
  }),
  errorSamples: z.array(z.object({ kind: ErrorKind, status: z.int().nullable(), text: z.string() })).max(5),
  ...fieldsOf(LEVEL_NAMES, Spread, Figure),
  /** Older reports lack it. */
  mbuPercent: Figure.default(unknown("not_recorded")),
  /** Requests due per second in the window. It is null in a closed loop. */
  offeredPerS: z.number().nullable(),
  /** It is null in a closed loop. */
  ttftFromDueMs: Spread.nullable(),
  /** It is null unless a chunk is a token. */
  itlMs: Spread.nullable(),
  /** Chunks that came in the same read as the one before, in percent; merged chunks are among them. */
  coalescedPercent: z.number().nullable(),
  /** The merged chunks of the whole level, in percent of all. It is null without chunks. */
  mergedPercent: z.number().nullable(),
  stalls: z.object({ count: z.int(), longestMs: z.number().nullable(), timePercent: z.number().nullable() }),
  /** 101 quantiles of each. It is null where merged chunks leave the median of one open. */
  ecdf: z.object({ ttftMs: z.array(z.number()), chunkGapMs: z.array(z.number()) }).nullable(),
  tokens: z.object({
    input: z.int().nullable(),
    output: z.int().nullable(),
    reasoning: z.int().nullable(),
    cachedInputPercent: z.number().nullable(),
    source: z.enum(["usage", "chunk_usage", "chunks"]),
    /** What the same requests asked for. The prompts' is null if the job brought its own prompts, or images. */
    askedInput: z.int().nullable(),
    askedOutput: z.int().nullable(),
  }),
  /** What came of each bound of the objective. It is empty without one, and in reports that lack the field. */
  objectives: z.array(JudgedObjective).default([]),
  /** Whether all of them are met. It is null where that is not known. */
  sloMet: z.boolean().nullable(),
  gpu: Gpu.nullable(),
  /** It is null without a scrape of the server's own metrics. */
  server: Server.nullable(),
  /** It is null without samples of the host, and in reports that lack the field. */
  host: Host.nullable().default(null),
});
export type Level = z.infer<typeof Level>;

export const FitFamily = z.enum(["line", "michaelis_menten", "usl", "exponential"]);
export type FitFamily = z.infer<typeof FitFamily>;

export const Fit = z.object({
  family: FitFamily,
  params: z.partialRecord(z.enum(["V", "K", "lambda", "sigma", "kappa", "slope"]), Figure),
  r2: z.number().nullable(),
  aicc: z.number().nullable(),
});
export type Fit = z.infer<typeof Fit>;

export const Saturation = z.object({
  xUnit: z.enum(["inFlight", "ratePerS"]),
  /** The ids of the levels that were used. */
  points: z.array(z.string()),
  fits: z.array(Fit),
  chosen: FitFamily.nullable(),
  /**
   * The 95 % interval of the chosen curve at loads from 0 to 1.5 × the highest that was achieved. It is empty without a
   * curve whose parameters have intervals, and in reports that lack the field.
   */
  band: z.array(z.object({ load: z.number(), low: z.number(), high: z.number() })).default([]),
  maxTokensPerS: Figure,
  halfLoad: Figure,
  currentPercentOfMax: Figure,
  load95: Figure,
  tokensPerSAt95: Figure,
  nextLoadToTest: z.number().nullable(),
  marginal: z.array(
    z.object({
      fromId: z.string(),
      toId: z.string(),
      gainPercent: Figure,
      tokensPerS: Figure,
      elasticity: Figure,
    }),
  ),
  firstBelow10PercentId: z.string().nullable(),
  knee: Figure,
  bestPerUserId: z.string().nullable(),
});
export type Saturation = z.infer<typeof Saturation>;

/**
 * What the model's config and the GPU's sheet allow at most, for the requests of one level (`metric/hardware/roofline.ts`).
 * Nothing of it is measured but what is compared with it.
 */
export const Roofline = z.object({
  levelId: z.string(),
  /** The requests that were decoded at once, by Little's law, and the tokens that each has in the KV cache on average. */
  batch: z.number(),
  contextTokens: z.number(),
  /** The copies of the model that share the load. */
  replicas: z.int(),
  weightBytes: z.number(),
  kvBytesPerRequest: z.number(),
  /** The shortest time of a decode step with one request, and with the batch, ms. */
  floorMsAt1: z.number(),
  floorMs: z.number(),
  bound: z.enum(["memory_bandwidth", "compute"]),
  /** `floorMs` ÷ the median TPOT. */
  floorPercentOfTpot: z.number(),
  /** The most requests whose KV cache fits, and the output tokens/s of that batch. They are null if not known. */
  largestBatch: z.number().nullable(),
  maxTokensPerS: z.number().nullable(),
  /** The measured throughput ÷ `maxTokensPerS`. */
  reachedPercent: z.number().nullable(),
});
export type Roofline = z.infer<typeof Roofline>;

export const Finding = z.object({
  code: z.string(),
  sentence: z.string(),
  severity: z.enum(["info", "warn"]),
  /** JSON Pointers into the report. */
  refs: z.array(z.string()),
});
export type Finding = z.infer<typeof Finding>;

/** The job as accepted, without its secrets. The endpoint's url is null if it is hidden. */
export const ReportedJob = JobSpec.omit({ endpoint: true, webhook: true }).extend({
  endpoint: z.object({ url: z.string().nullable(), model: z.string(), api: Api }),
});

export const Report = z.object({
  schema: z.literal("brimline.report/1"),
  id: z.string(),
  name: z.string(),
  tags: z.array(z.string()),
  /** A rejected job has no report. */
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  createdAt: z.string(),
  finishedAt: z.string(),
  validity: Validity,
  reasons: z.array(Reason),
  verdict: Verdict,
  job: ReportedJob,
  endpoint: z.object({
    host: z.string().nullable(),
    model: z.string(),
    server: z.string().nullable(),
    ignoreEos: z.boolean().nullable(),
    usage: z.boolean().nullable(),
    /** Whether its streams say that they have ended. */
    saysEnd: z.boolean().nullable(),
    /** What its requests did without, and the room that they gave to unseen reasoning. Older reports lack it. */
    traits: EndpointTraits.optional(),
    /** The SHA-256 of the authorities that the job trusts in place of the usual ones, null where it names none. */
    caSha256: z.array(z.string()).nullable().default(null),
    /**
     * What preflight found where the server's own metrics should be: the metrics of an inference server, or
     * why there are none. It is null if they were not asked for.
     */
    metrics: z.object({ engine: z.string().nullable(), failure: ScrapeFailure.nullable() }).nullable(),
  }),
  model: z
    .object({
      params: z.number(),
      activeParams: z.number(),
      dtype: z.string().nullable(),
      source: z.enum(["config", "stated"]),
    })
    .nullable(),
  gpus: z.array(
    z.object({
      uuid: z.string(),
      name: z.string(),
      peakTflops: z.number().nullable(),
      bandwidthGBps: z.number().nullable(),
      powerLimitW: z.number().nullable(),
      /** Older reports lack it. */
      usdPerHour: z.number().nullable().default(null),
    }),
  ),
  slo: z
    .object({
      ttftMs: z.number().nullable(),
      tpotMs: z.number().nullable(),
      e2eMs: z.number().nullable(),
      percentile: z.number(),
    })
    .nullable(),
  /** In run order, the warm-up first. */
  levels: z.array(Level),
  /** Each level against the first measured one, in percent. Invalid levels are not compared. */
  versusFirst: z
    .object({
      firstLevelId: z.string(),
      rows: z.array(
        z.object({
          levelId: z.string(),
          throughputPercent: Figure,
          mfuPercent: Figure,
          ttftP95Percent: Figure,
        }),
      ),
    })
    .nullable(),
  saturation: Saturation.nullable(),
  /** At the level of the capacity. It is null unless the model's config and the GPU are known. */
  roofline: Roofline.nullable().default(null),
  findings: z.array(Finding),
  certificate: z.object({
    /** Whose clock says when chunks came: the process's if any shard has that. It is null without a shard. */
    arrivalClock: ArrivalClock.nullable(),
    addedTtftMs: Figure,
    addedGapMs: Figure,
    maxEventsPerS: Figure,
    startSkewMs: Figure,
    clockErrorMs: Figure,
  }),
  /**
   * At most 1,000 rows. Row i is at i × stepS seconds from `createdAt` + `startS`. Column names carry units.
   */
  timeline: z.object({
    startS: z.number(),
    stepS: z.number(),
    columns: z.record(z.string(), z.array(z.number().nullable())),
  }),
  provenance: z.object({
    generator: z.string(),
    manifestSha256: z.string(),
    seed: z.string(),
    platform: z.enum(["local", "aws"]),
    /**
     * Whether the endpoint answered with the header x-brimline-sim, or the GPU's driver calls itself "sim".
     */
    simulated: z.boolean(),
    region: z.string().nullable(),
    shards: z.int(),
    missingShards: z.int(),
  }),
});
export type Report = z.infer<typeof Report>;
