import { JobSpec, type JobRequest } from "@brimline/core/job/spec/spec";
import type { LatencyCount, LatencyCounts } from "@brimline/core/record/latencies";
import { randomFrom } from "@brimline/core/random";
import {
  type Certificate,
  RECORD_SCHEMA,
  type RequestRecord,
  type ShardSummary,
} from "@brimline/core/record/record";
import { earlierBounds, earlierByChunk, mergedChunks } from "@brimline/core/record/columns/merged";
import type { RecordTable, RequestRow } from "@brimline/core/record/columns/table";
import { tableOfRecords } from "@brimline/core/record/columns/table-reader";
import type { AggregateInput, LevelInput } from "@brimline/core/report/input";

/** Levels whose figures are known before they are computed, for tests. Nothing here is measured. */

/**
 * An ok request, sent at `sentMs`. The first chunk comes after `ttftMs`, then one every `gapMs`, and each
 * chunk has one token.
 */
export function answeredRequest(known: {
  index?: number;
  user?: number;
  sentMs: number;
  ttftMs: number;
  gapMs: number;
  outputTokens: number;
  inputTokens?: number;
}): RequestRecord {
  const { sentMs, ttftMs, gapMs, outputTokens } = known;
  const firstMs = sentMs + ttftMs;
  const lastMs = firstMs + gapMs * (outputTokens - 1);
  return {
    index: known.index ?? 0,
    user: known.user ?? 0,
    dueMs: sentMs,
    sentMs,
    connectMs: null,
    firstByteMs: firstMs,
    firstMs,
    firstVisibleMs: firstMs,
    lastMs,
    doneMs: lastMs,
    closeLagMs: 0,
    closeCut: false,
    gapsUs: Array.from({ length: outputTokens }, (_, i) => Math.round(1000 * (i === 0 ? ttftMs : gapMs))),
    merged: [],
    chunkTokens: null,
    status: 200,
    outcome: "ok",
    finishReason: "length",
    tokens: {
      input: known.inputTokens ?? 100,
      output: outputTokens,
      reasoning: null,
      cached: 0,
      source: "usage",
    },
    usageInvalid: false,
    connectionReused: true,
    resent: false,
    errorText: null,
  };
}

/** A request that failed before any output. */
export const failedRequest = (
  sentMs: number,
  outcome: RequestRecord["outcome"],
  afterMs: number,
): RequestRecord => ({
  ...answeredRequest({ sentMs, ttftMs: 0, gapMs: 0, outputTokens: 1 }),
  firstByteMs: null,
  firstMs: null,
  firstVisibleMs: null,
  lastMs: null,
  doneMs: outcome === "censored" ? null : sentMs + afterMs,
  closeLagMs: null,
  gapsUs: [],
  merged: [],
  status: null,
  outcome,
  finishReason: null,
  tokens: { input: null, output: null, reasoning: null, cached: null, source: "chunks" },
  errorText: outcome === "censored" ? null : `${outcome} happened`,
});

/** The row that stands for a record. */
export const requestRow = (record: RequestRecord): RequestRow => ({
  ...record,
  leftMs: record.doneMs ?? Infinity,
  chunks: record.gapsUs.length,
  firstChunkTokens: record.chunkTokens?.[0] ?? null,
  ...earlierBounds(record, {
    gapsUs: record.gapsUs,
    earlierUs: earlierByChunk(record.merged, record.gapsUs.length),
    count: record.gapsUs.length,
  }),
});

/** A level with all its records. */
export type KnownLevel = Omit<LevelInput, "shards"> & {
  shards: { summary: ShardSummary; records: RequestRecord[] }[];
};

/** Many reports are made of the same records, so that a table is made once. */
const tables = new WeakMap<RequestRecord[], RecordTable>();

function tableFor(records: RequestRecord[]): RecordTable {
  const table = tables.get(records) ?? tableOfRecords(records);
  tables.set(records, table);
  return table;
}

/** The level as aggregation takes it. Its records must not change any more. */
export const levelInput = (level: KnownLevel): LevelInput => ({
  ...level,
  shards: level.shards.map(({ summary, records }) => ({ summary, records: tableFor(records) })),
});

export interface SyntheticLevel {
  id: string;
  users: number;
  ttftMs: number;
  gapMs: number;
  outputTokens: number;
  durationS: number;
  inputTokens?: number;
  role?: LevelInput["plan"]["role"];
  repeat?: number;
  attempt?: number;
  shards?: number;
  t0UnixMs: number;
  /** The relative half-width of a uniform jitter of TTFT. */
  jitter?: number;
}

/**
 * A closed-loop level. Its users start over one E2E and send again as soon as they are answered, until
 * `durationS` has passed. Then open requests drain.
 */
export function syntheticLevel(level: SyntheticLevel): KnownLevel {
  const e2eMs = level.ttftMs + level.gapMs * (level.outputTokens - 1);
  const stopMs = 1000 * level.durationS + e2eMs;
  const shards = level.shards ?? 1;
  const random = randomFrom(level.users + 1000 * (level.repeat ?? 0));
  const records: RequestRecord[] = [];
  for (let user = 0; user < level.users; user++) {
    let sentMs = (e2eMs * user) / level.users;
    for (let turn = 0; sentMs < stopMs; turn++) {
      const ttftMs = level.ttftMs * (1 + (level.jitter ?? 0) * (2 * random() - 1));
      const record = answeredRequest({ ...level, index: turn * level.users + user, user, sentMs, ttftMs });
      records.push(record);
      sentMs = record.doneMs ?? Infinity;
    }
  }
  return {
    plan: {
      id: level.id,
      role: level.role ?? "measured",
      load: { kind: "concurrency", users: level.users },
      stop: { durationS: level.durationS, requests: null },
      rampS: e2eMs / 1000,
      repeat: level.repeat ?? 0,
    },
    attempt: level.attempt ?? 1,
    state: "completed",
    reason: null,
    missingShards: 0,
    shards: Array.from({ length: shards }, (_, shard) => {
      const own = records.filter((record) => (record.user ?? 0) % shards === shard);
      return {
        summary: {
          ...summaryOf(own, { shard, shards, stopMs, t0UnixMs: level.t0UnixMs }),
          levelUsers: level.users,
        },
        records: own,
      };
    }),
  };
}

function summaryOf(
  records: RequestRecord[],
  shard: { shard: number; shards: number; stopMs: number; t0UnixMs: number },
): ShardSummary {
  return {
    schema: "brimline.shard/1",
    record: RECORD_SCHEMA,
    ...shard,
    startLagMs: 1,
    users: new Set(records.map((record) => record.user)).size,
    levelUsers: 0,
    rampEndMs: 0,
    drainEndMs: Math.max(shard.stopMs, ...records.map((record) => record.doneMs ?? 0)),
    firstIdleMs: null,
    ended: "completed",
    requests: {
      due: records.length,
      sent: records.length,
      ok: records.length,
      failed: 0,
      censored: 0,
      resent: 0,
      errors: {},
    },
    outputTokens: 0,
    backoffMs: 0,
    medianE2eMs: null,
    latencies: NO_LATENCIES,
    slices: null,
    openMs: 0,
    simulated: false,
    serverHeader: null,
    certificate: null,
    uncertified: null,
    arrivals: NO_ARRIVALS,
    eventLoop: null,
  };
}

/** The level with other records in its first shard. */
export function withRecords(
  level: KnownLevel,
  change: (records: RequestRecord[]) => RequestRecord[],
): KnownLevel {
  const [first, ...rest] = level.shards;
  return first === undefined
    ? level
    : { ...level, shards: [{ ...first, records: change(first.records) }, ...rest] };
}

/** The level with these changes in what each of its shards says of itself. */
export const withSummary = (level: KnownLevel, changes: Partial<ShardSummary>): KnownLevel => ({
  ...level,
  shards: level.shards.map((shard) => ({ ...shard, summary: { ...shard.summary, ...changes } })),
});

/** The level with these chunks of its records merged, counted by its first shard. */
export function withMerged(
  level: KnownLevel,
  mergedOf: (record: RequestRecord) => RequestRecord["merged"],
): KnownLevel {
  const read = withRecords(level, (records) =>
    records.map((record) => ({ ...record, merged: mergedOf(record) })),
  );
  const records = read.shards.flatMap((shard) => shard.records);
  return withSummary(read, {
    arrivals: {
      ...NO_ARRIVALS,
      chunks: records.reduce((sum, { gapsUs }) => sum + gapsUs.length, 0),
      merged: records.reduce((sum, { merged }) => sum + mergedChunks(merged), 0),
    },
  });
}

/** What a quiet client found out about its own error. */
export const knownCertificate = (changes: Partial<Certificate> = {}): Certificate => ({
  transport: "socket",
  addedTtftP50Ms: 0.2,
  addedTtftP99Ms: 0.4,
  addedTtftMaxMs: 0.6,
  chunkLagP50Ms: 0.1,
  chunkLagP99Ms: 0.3,
  chunkLagMaxMs: 0.5,
  addedGapP50Ms: 0.1,
  addedGapP99Ms: 0.3,
  addedGapMaxMs: 0.5,
  maxEventsPerS: 1e5,
  requests: 400,
  gaps: 3600,
  clockErrorMs: 0.001,
  loopDelayP50Ms: 0.1,
  ...changes,
});

const NO_LATENCY: LatencyCount = { histogram: { first: 0, counts: [], cut: 0 }, judged: null };

/** The latencies of a shard that counted none. */
export const NO_LATENCIES: LatencyCounts = {
  fromMs: 0,
  ttftMs: NO_LATENCY,
  tpotMs: NO_LATENCY,
  e2eMs: NO_LATENCY,
};

/** The arrivals of a shard whose chunks all have the time at which the kernel saw them. */
export const NO_ARRIVALS: ShardSummary["arrivals"] = {
  clock: "kernel",
  chunks: 0,
  merged: 0,
  earlierP99Ms: 0,
  firstEarlierP99Ms: 0,
};

export const CREATED_AT = "2026-01-02T03:04:05.000Z";
export const CREATED_UNIX_MS = Date.parse(CREATED_AT);

/** The inputs of a report about these levels. */
export function syntheticJob(levels: KnownLevel[], request: Partial<JobRequest> = {}): AggregateInput {
  return {
    id: "a".repeat(20),
    spec: JobSpec.parse({
      endpoint: { url: "http://127.0.0.1:8000/v1", model: "tiny" },
      levels: [1],
      ...request,
    }),
    seed: "seed",
    createdAt: CREATED_AT,
    finishedAt: "2026-01-02T03:14:05.000Z",
    state: "completed",
    generator: "brimline 0.1.0",
    manifestSha256: "0".repeat(64),
    platform: "local",
    region: null,
    endpoint: { server: null, simulated: false, ignoreEos: true, usage: true, saysEnd: true },
    levels: levels.map(levelInput),
    metrics: null,
    telemetry: null,
    idle: null,
  };
}
