import { z } from "zod";
import { ErrorKind } from "../codes.ts";

/**
 * What happened to one request, success or failure: raw, private, `brimline.record/1`. Times are ms from the shard's T0 on the
 * monotonic clock, to the µs, and null where it did not happen.
 */
export const RequestRecord = z.object({
  /** Position in the level's schedule. */
  index: z.int(),
  /** Closed loop: the user that sent it. Open loop: null. */
  user: z.int().nullable(),
  dueMs: z.number(),
  sentMs: z.number(),
  /** How long its own connect took; null on a reused or pre-opened connection. */
  connectMs: z.number().nullable(),
  /** First byte of the answer's body or headers. */
  firstByteMs: z.number().nullable(),
  /** First output chunk of any kind (content, reasoning, tool call, refusal, audio). */
  firstMs: z.number().nullable(),
  /** First output a reader sees: not reasoning. */
  firstVisibleMs: z.number().nullable(),
  /** Last output chunk. */
  lastMs: z.number().nullable(),
  doneMs: z.number().nullable(),
  /** Whole µs between output chunks: the first from `sent` (= TTFT); 0 = arrived in the same socket read. */
  gapsUs: z.array(z.int()),
  /** Output tokens of each chunk; only where the endpoint reports usage per chunk. */
  chunkTokens: z.array(z.int()).nullable(),
  status: z.int().nullable(),
  outcome: z.union([z.literal("ok"), ErrorKind, z.literal("censored")]),
  finishReason: z.string().nullable(),
  tokens: z.object({
    input: z.int().nullable(),
    output: z.int().nullable(),
    reasoning: z.int().nullable(),
    cached: z.int().nullable(),
    source: z.enum(["usage", "chunk_usage", "tokenizer", "chunks"]),
  }),
  /** The endpoint sent usage that cannot be true; it was ignored. */
  usageInvalid: z.boolean(),
  connectionReused: z.boolean(),
  /** At most 2 KiB, redacted, for the first 20 of a kind. */
  errorText: z.string().nullable(),
});
export type RequestRecord = z.infer<typeof RequestRecord>;

export const RECORD_SCHEMA = "brimline.record/1";

/**
 * What a worker process measured about its own error before its first load: streams of known timing over loopback, read through the
 * transport and code of the load. Added TTFT and gaps are what a stream was measured longer (a gap: longer or shorter) than it was;
 * chunk lag is from the moment a chunk was handed to the socket to its stamp.
 */
export const Certificate = z.object({
  transport: z.string().optional(),
  addedTtftP50Ms: z.number().optional(),
  addedTtftP99Ms: z.number(),
  addedTtftMaxMs: z.number().optional(),
  chunkLagP50Ms: z.number().optional(),
  chunkLagP99Ms: z.number().optional(),
  chunkLagMaxMs: z.number().optional(),
  addedGapP50Ms: z.number().optional(),
  addedGapP99Ms: z.number(),
  addedGapMaxMs: z.number().optional(),
  /** Events it read a second when they came as fast as it could read. */
  maxEventsPerS: z.number(),
  /** How many TTFTs and how many gaps the errors are of. */
  requests: z.int().optional(),
  gaps: z.int().optional(),
  /** The server's clock against ours is known to ± this. */
  clockErrorMs: z.number().optional(),
  /** Median event-loop delay meanwhile: what a timer is late by although nothing is wrong. */
  loopDelayP50Ms: z.number().optional(),
});
export type Certificate = z.infer<typeof Certificate>;

/** What one shard says of itself: counters, clock anchor and certificate (`raw/…/shard-<nnn>.json`). */
export const ShardSummary = z.object({
  schema: z.literal("brimline.shard/1"),
  record: z.literal(RECORD_SCHEMA),
  shard: z.int(),
  shards: z.int(),
  /** Wall-clock ms (UTC) of the shard's T0: the one anchor that places its monotonic times in the world. */
  t0UnixMs: z.number(),
  /** How late it began, against the T0 that was asked. */
  startLagMs: z.number(),
  /** Users of this shard (closed loop), over all shards of the level `levelUsers`. */
  users: z.int(),
  levelUsers: z.int(),
  /** From T0, ms: the end of the ramp, the moment sending stopped, the moment the last request ended. */
  rampEndMs: z.number(),
  stopMs: z.number(),
  drainEndMs: z.number(),
  /** The first moment a user was idle for good (`requests` ran out), null if none was. */
  firstIdleMs: z.number().nullable(),
  /** Why sending stopped. */
  ended: z.enum([
    "completed",
    "cancelled",
    "lost_control",
    "endpoint_down",
    "rate_limited",
    "budget",
    "open_limit",
    "over_saturated",
  ]),
  requests: z.object({
    due: z.int(),
    sent: z.int(),
    ok: z.int(),
    failed: z.int(),
    censored: z.int(),
    errors: z.partialRecord(ErrorKind, z.int()),
  }),
  outputTokens: z.int(),
  backoffMs: z.number(),
  medianE2eMs: z.number().nullable(),
  /** Sum over ok and failed requests of (done − sent), ms: divided by the time it gives the mean in flight. */
  openMs: z.number(),
  simulated: z.boolean(),
  serverHeader: z.string().nullable(),
  certificate: Certificate.nullable(),
  /** Why there is no certificate, though one was tried. */
  uncertified: z.string().nullable().optional(),
  /** The 99th percentile of what timers were late by, and of how long what was read had waited, at most, while the loop was busy. */
  eventLoop: z
    .object({ delayP99Ms: z.number(), readDelayP99Ms: z.number().optional(), utilisation: z.number() })
    .nullable(),
});
export type ShardSummary = z.infer<typeof ShardSummary>;
