import { z } from "zod";
import { ErrorKind } from "../codes.ts";
import { LatencyCounts } from "./latencies.ts";
import { LevelSlices } from "./slices.ts";

const Count = z.int32().min(0);
/** At most 71 minutes, which no request may last. */
const SpanUs = z.uint32();

/**
 * What happened to one request, success or failure. It is raw and private (`brimline.record/1`). Times are ms
 * from the shard's T0 on the monotonic clock, in whole µs; the time of something that did not happen is null.
 */
export const RequestRecord = z.object({
  /** The request's place in the level's schedule. */
  index: Count,
  /** The user that sent it, or null in an open loop. */
  user: Count.nullable(),
  dueMs: z.number(),
  sentMs: z.number(),
  /** How long its own connect took. It is null on a connection that was reused or opened before. */
  connectMs: z.number().nullable(),
  /** The first byte of the answer's headers or body. */
  firstByteMs: z.number().nullable(),
  /** The first output chunk of any kind (content, reasoning, tool call, refusal, audio). */
  firstMs: z.number().nullable(),
  /** The first output that a reader sees, which reasoning is not. */
  firstVisibleMs: z.number().nullable(),
  /** The last output chunk. */
  lastMs: z.number().nullable(),
  /** When the stream said that the answer is whole, or else when the request ended. */
  doneMs: z.number().nullable(),
  /**
   * How long the answer's body was still open after that. It is null where the stream did not say so before its body
   * ended. With `closeCut` it is at least so long, because we cut the connection.
   */
  closeLagMs: z.number().min(0).nullable(),
  closeCut: z.boolean(),
  /**
   * Whole µs between output chunks. The first counts from `sent` and is the TTFT. A gap of 0 means that the
   * chunk arrived in the same socket read as the one before.
   */
  gapsUs: z.array(SpanUs),
  /**
   * Chunks that may have come up to `earlierUs` before their time says: several chunks lay in one read of the
   * socket, and the kernel keeps one time for a read. They are so many `chunks` from `chunk` on, which counts from 0,
   * ascending. It is nearly always empty.
   */
  merged: z.array(z.object({ chunk: Count, chunks: Count, earlierUs: SpanUs })),
  /** The output tokens of each chunk. It is null unless the endpoint reports usage per chunk. */
  chunkTokens: z.array(Count).nullable(),
  status: Count.nullable(),
  outcome: z.union([z.literal("ok"), ErrorKind, z.literal("censored")]),
  finishReason: z.string().nullable(),
  tokens: z.object({
    input: Count.nullable(),
    output: Count.nullable(),
    reasoning: Count.nullable(),
    cached: Count.nullable(),
    source: z.enum(["usage", "chunk_usage", "chunks"]),
  }),
  /** Whether the endpoint sent usage that cannot be true. It was ignored then. */
  usageInvalid: z.boolean(),
  connectionReused: z.boolean(),
  /**
   * Whether it was sent again on a new connection, because a kept one ended before any byte of an answer. Its times
   * count from the first write.
   */
  resent: z.boolean(),
  /** The error's text: at most 2 KiB, redacted, and kept for the first 20 of a kind. */
  errorText: z.string().nullable(),
});
export type RequestRecord = z.infer<typeof RequestRecord>;

export const RECORD_SCHEMA = "brimline.record/1";

/**
 * What a worker process measured about its own error before its first load. It read streams of known timing
 * over loopback, through the transport and code of the load. Added TTFT is how much longer than it was a TTFT
 * was measured, added gap how much longer or shorter a gap was. Chunk lag is the time from handing a chunk to
 * the socket until its stamp. Merged chunks are in none of them, because their records bound them.
 */
export const Certificate = z.object({
  transport: z.string(),
  addedTtftP50Ms: z.number(),
  addedTtftP99Ms: z.number(),
  addedTtftMaxMs: z.number(),
  chunkLagP50Ms: z.number(),
  chunkLagP99Ms: z.number(),
  chunkLagMaxMs: z.number(),
  addedGapP50Ms: z.number(),
  addedGapP99Ms: z.number(),
  addedGapMaxMs: z.number(),
  /** How many stream events it read per second when they came as fast as it could read. */
  maxEventsPerS: z.number(),
  /** The number of TTFTs and the number of gaps that the errors rest on. */
  requests: z.int(),
  gaps: z.int(),
  /** The server's clock against ours is known to ± this. */
  clockErrorMs: z.number(),
  /** The median event-loop delay meanwhile: how late a timer is although nothing is wrong. */
  loopDelayP50Ms: z.number(),
});
export type Certificate = z.infer<typeof Certificate>;

/**
 * Whose clock stamped the chunks. The kernel's says when their bytes came. The load generator's own says when it
 * found them, which is later while it is busy.
 */
export const ArrivalClock = z.enum(["kernel", "process"]);
export type ArrivalClock = z.infer<typeof ArrivalClock>;

/** How exactly a shard knows when its chunks came. */
export const Arrivals = z.object({
  clock: ArrivalClock,
  /** All chunks of all requests, and how many of them are merged. */
  chunks: z.int(),
  merged: z.int(),
  /**
   * The 99th percentiles, over all chunks and over the first chunk of each request, of how much earlier one may
   * have come than its time says, ms. They are 0 where fewer than one in a hundred is merged.
   */
  earlierP99Ms: z.number(),
  firstEarlierP99Ms: z.number(),
});
export type Arrivals = z.infer<typeof Arrivals>;

/**
 * What one shard says of itself: counters, the anchor of its clock, and its certificate
 * (`raw/…/shard-<nnn>.json`).
 */
export const ShardSummary = z.object({
  schema: z.literal("brimline.shard/1"),
  record: z.literal(RECORD_SCHEMA),
  shard: z.int(),
  shards: z.int(),
  /** Wall-clock ms (UTC) of the shard's T0. This anchor alone places its monotonic times in the world. */
  t0UnixMs: z.number(),
  /** How much later than the asked T0 it started. */
  startLagMs: z.number(),
  /** The users of this shard (closed loop), and in `levelUsers` those of all shards of the level. */
  users: z.int(),
  levelUsers: z.int(),
  /** The end of the ramp, the end of sending, and the end of the last request, ms from T0. */
  rampEndMs: z.number(),
  stopMs: z.number(),
  drainEndMs: z.number(),
  /**
   * The first moment at which a user had no request left to send (`requests` ran out), or null if none had.
   */
  firstIdleMs: z.number().nullable(),
  /** Why sending stopped. */
  ended: z.enum([
    "completed",
    "cancelled",
    "lost_control",
    "unproved",
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
    /** How many of those that were sent had to be sent again. */
    resent: z.int(),
    errors: z.partialRecord(ErrorKind, z.int()),
  }),
  outputTokens: z.int(),
  backoffMs: z.number(),
  medianE2eMs: z.number().nullable(),
  /** They judge the level while its records lie unread. With 10 million requests they are at most 18 kB. */
  latencies: LatencyCounts,
  /** They tell how sure the level's counts are. It is null where its end was not known, or nobody asks. */
  slices: LevelSlices.nullable().default(null),
  /**
   * The sum of (done − sent) over ok and failed requests, ms. Divided by the time it gives the mean in
   * flight.
   */
  openMs: z.number(),
  simulated: z.boolean(),
  serverHeader: z.string().nullable(),
  certificate: Certificate.nullable(),
  /** Why there is no certificate although one was tried. It is null if there is one, or if none was tried. */
  uncertified: z.string().nullable(),
  arrivals: Arrivals,
  /**
   * What bounds the error of the process's clock: the 99th percentile of how late timers were, and (at most) of how long data had waited before it was
   * read, while the loop was busy.
   */
  eventLoop: z
    .object({ delayP99Ms: z.number(), readDelayP99Ms: z.number(), utilisation: z.number() })
    .nullable(),
});
export type ShardSummary = z.infer<typeof ShardSummary>;
