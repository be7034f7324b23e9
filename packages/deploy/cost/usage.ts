import type { DeclaredFunction } from "./declared.ts";
import type { JobShape } from "./job.ts";
import { durableOperations, jobTally, PAGE, runsOf, shardSeconds } from "./job.ts";
import type { Settings } from "./settings.ts";
import type { Tally } from "./tally.ts";
import { sumOf, tallyOf, timesOf } from "./tally.ts";

/** Everything that is charged. */
export interface Usage {
  s3: Tally;
  /** By function: how often it was called, and seconds of all calls together. */
  calls: Record<string, { count: number; seconds: number }>;
  durable: { operations: number; bytes: number };
  /** At the edge, API and pages together. */
  edge: { requests: number; bytes: number };
  /** To endpoints, in the bodies of requests. */
  sentBytes: number;
  storedBytes: number;
  timerCalls: number;
}

/** What a deployment does in an hour beside its jobs. */
export interface Hour {
  /** Streams of live progress, of a level of so many shards. */
  viewers: number;
  watchedShards: number;
  /** That no running job names, and that one names. */
  restingAgents: number;
  awaitedAgents: number;
  /** Jobs that run or wait, on average. */
  openJobs: number;
}

/**
 * Seconds of one call as Lambda would charge them, start included. Nobody measured them on Lambda: `npm run cost:aws` prints beside
 * them what the calls of a real job took on this machine, warm and beside its S3 server.
 */
export const CALL_S = { Preflight: 2, Job: 1, Publish: 4, Notify: 0.5, Api: 0.05, Sweep: 0.3, Aggregate: 2 };
/** Of a million requests of 100 chunks, as `node packages/bench/records.ts` measures it where nothing else runs. */
export const AGGREGATE_S_PER_MILLION = 17;
/** The most memory that this takes in AWS's runtime, MB: 145 for some thousand requests, 386 to 419 for a million. */
export const AGGREGATE_MB = { fixed: 145, perMillion: 274 };
/** A shard starts cold, and writes its records at its end. */
const SHARD_BESIDE_S = 1.5;
const SHARD_WRITE_S_PER_MILLION = 20;

/** A record as it is stored: 36 bytes with 8 chunks, 260 with 100 (`npm run cost:aws` and `node packages/bench/records.ts`). */
export const RECORD_BYTES = { fixed: 16, perChunk: 2.44 };
/** A token of a prompt, and the rest of a request. */
const REQUEST_BYTES = { perToken: 6, fixed: 600 };
/** Payload of one durable operation, in and out. */
const DURABLE_BYTES = 100;
/** Start, end and report of a call, and its first line. */
export const LOG_BYTES = 600;
/** One event of progress. */
const PROGRESS_EVENT_BYTES = 1000;
const API_ANSWER_BYTES = 1000;
/** Of one simulated GPU, in segments; a real one varies more. */
const SAMPLED_BYTES_PER_S = 110;
/** Until an EventSource comes back. */
const RECONNECT_S = 3;

export const requestsOf = ({ levels, answerS, rampS }: JobShape): number =>
  levels.reduce((sum, { users, durationS }) => sum + (users * (rampS + durationS)) / answerS, 0);

const NOTHING: Usage = {
  s3: {},
  calls: {},
  durable: { operations: 0, bytes: 0 },
  edge: { requests: 0, bytes: 0 },
  sentBytes: 0,
  storedBytes: 0,
  timerCalls: 0,
};

export const sumOfUsage = (parts: Usage[]): Usage => parts.reduce(added, NOTHING);

function added(one: Usage, other: Usage): Usage {
  const calls = { ...one.calls };
  for (const [name, { count, seconds }] of Object.entries(other.calls)) {
    calls[name] = {
      count: (calls[name]?.count ?? 0) + count,
      seconds: (calls[name]?.seconds ?? 0) + seconds,
    };
  }
  return {
    s3: sumOf([one.s3, other.s3]),
    calls,
    durable: {
      operations: one.durable.operations + other.durable.operations,
      bytes: one.durable.bytes + other.durable.bytes,
    },
    edge: { requests: one.edge.requests + other.edge.requests, bytes: one.edge.bytes + other.edge.bytes },
    sentBytes: one.sentBytes + other.sentBytes,
    storedBytes: one.storedBytes + other.storedBytes,
    timerCalls: one.timerCalls + other.timerCalls,
  };
}

export const timesUsage = (usage: Usage, factor: number): Usage => ({
  s3: timesOf(usage.s3, factor),
  calls: Object.fromEntries(
    Object.entries(usage.calls).map(([name, { count, seconds }]) => [
      name,
      { count: count * factor, seconds: seconds * factor },
    ]),
  ),
  durable: { operations: usage.durable.operations * factor, bytes: usage.durable.bytes * factor },
  edge: { requests: usage.edge.requests * factor, bytes: usage.edge.bytes * factor },
  sentBytes: usage.sentBytes * factor,
  storedBytes: usage.storedBytes * factor,
  timerCalls: usage.timerCalls * factor,
});

/** One job, from its submission to its page. */
export function jobUsage(shape: JobShape, settings: Settings): Usage {
  const runs = runsOf(shape);
  const shardCalls = runs.reduce((sum, run) => sum + run.shards, 0);
  const requests = requestsOf(shape);
  const chunks = shape.outputTokens;
  const perMillion = requests / 1e6;
  const loadSeconds = runs.reduce(
    (sum, run) => sum + shardSeconds(run, shape, settings) + run.shards * SHARD_BESIDE_S,
    0,
  );
  // Each invoke that returns calls the workflow again; of shards that return together the last one may be the only one that does.
  const jobCalls = 1 + ["preflight", "aggregate", "publish"].length + shardCalls + (shape.hasWebhook ? 1 : 0);
  const awaitsAgentS = shape.agents.length === 0 ? 0 : settings.uploadMs / 1000;
  const operations = durableOperations(shape);
  return {
    ...NOTHING,
    s3: jobTally(shape, settings),
    calls: {
      Api: { count: 1, seconds: CALL_S.Api },
      Job: { count: jobCalls, seconds: jobCalls * CALL_S.Job + shape.idleS },
      Preflight: { count: 1, seconds: CALL_S.Preflight + 3 * shape.answerS },
      Shard: { count: shardCalls, seconds: loadSeconds + SHARD_WRITE_S_PER_MILLION * perMillion },
      Aggregate: {
        count: 1,
        seconds: CALL_S.Aggregate + awaitsAgentS + (AGGREGATE_S_PER_MILLION * perMillion * chunks) / 100,
      },
      Publish: { count: 1, seconds: CALL_S.Publish },
      ...(shape.hasWebhook && { Notify: { count: 1, seconds: CALL_S.Notify } }),
    },
    durable: { operations, bytes: operations * DURABLE_BYTES },
    edge: { requests: 1, bytes: API_ANSWER_BYTES },
    sentBytes: requests * (REQUEST_BYTES.perToken * shape.inputTokens + REQUEST_BYTES.fixed),
    storedBytes: requests * (RECORD_BYTES.fixed + RECORD_BYTES.perChunk * chunks) + PAGE.bytes,
  };
}

/** An hour of viewers, agents and the timer. */
export const hourUsage = (hour: Hour, settings: Settings): Usage =>
  sumOfUsage([
    timesUsage(viewerHour(hour.watchedShards, settings), hour.viewers),
    timesUsage(restingHour(settings), hour.restingAgents),
    timesUsage(awaitedHour(settings), hour.awaitedAgents),
    sweepHour(hour),
  ]);

/** Every minute the timer looks for jobs that nobody runs, each at a host of its own, and for deliveries that are due. */
function sweepHour({ openJobs }: Hour): Usage {
  const perHour = 60;
  const jobs = perHour * openJobs;
  return {
    ...NOTHING,
    s3: tallyOf([
      ["LIST", "open", perHour],
      ["LIST", "outbox", perHour],
      ["GET", "spec", 2 * jobs],
      ["PUT", "hosts", jobs],
      ["GET", "hosts", 2 * jobs],
      ["GET", "execution", jobs],
    ]),
    calls: { Sweep: { count: perHour, seconds: perHour * CALL_S.Sweep } },
    timerCalls: perHour,
  };
}

const restingHour = ({ restUploadMs, restSegmentMs, restProbeMs, sampleMs, probes }: Settings): Usage =>
  agentHour({
    uploadMs: restUploadMs,
    segmentMs: restSegmentMs + sampleMs,
    probeMs: restProbeMs / probes,
    jobs: 0,
  });

const awaitedHour = ({ uploadMs, segmentMs, probeMs, sampleMs, probes }: Settings): Usage =>
  agentHour({ uploadMs, segmentMs: segmentMs + sampleMs, probeMs: probeMs / probes, jobs: 1 });

/** Asks where to upload, uploads, and reads the server's clock, each this often; `jobs` name it. */
function agentHour({
  uploadMs,
  segmentMs,
  probeMs,
  jobs,
}: {
  uploadMs: number;
  segmentMs: number;
  probeMs: number;
  jobs: number;
}): Usage {
  const hourMs = 3_600_000;
  const asked = hourMs / uploadMs;
  const probed = hourMs / probeMs;
  return {
    ...NOTHING,
    s3: tallyOf([
      ["GET", "agents", asked],
      ["GET", "status", asked * jobs],
      ["PUT", "telemetry", hourMs / segmentMs],
    ]),
    calls: { Api: { count: asked + probed, seconds: (asked + probed) * CALL_S.Api } },
    edge: { requests: asked + probed, bytes: (asked + probed) * API_ANSWER_BYTES },
    storedBytes: (hourMs / 1000) * SAMPLED_BYTES_PER_S,
  };
}

/** One stream of events after another: each looks at once, then at every period of progress, and reads what all shards have written. */
function viewerHour(shards: number, { progressMs, eventsMs }: Settings): Usage {
  const { connections, looks } = watching(3600, { progressMs, eventsMs }, RECONNECT_S);
  const reads = connections + looks;
  return {
    ...NOTHING,
    s3: tallyOf([
      ["GET", "spec", reads],
      ["GET", "status", reads],
      ["LIST", "progress", reads],
      ["GET", "progress", reads * shards],
      ["LIST", "events", looks],
    ]),
    calls: { Api: { count: connections, seconds: 3600 } },
    edge: { requests: connections, bytes: looks * PROGRESS_EVENT_BYTES },
  };
}

/** Connections and looks of one viewer in so many seconds. A stream ends before the look that would come too late. */
export function watching(
  seconds: number,
  { progressMs, eventsMs }: Pick<Settings, "progressMs" | "eventsMs">,
  reconnectS: number,
): { connections: number; looks: number } {
  const looksEach = Math.floor(eventsMs / progressMs);
  const periodS = ((looksEach - 1) * progressMs) / 1000 + reconnectS;
  const connections = Math.ceil(seconds / periodS);
  const lastS = seconds - (connections - 1) * periodS;
  return {
    connections,
    looks: (connections - 1) * looksEach + Math.min(looksEach, 1 + Math.floor((1000 * lastS) / progressMs)),
  };
}

/** GB-seconds by function, and of /tmp above what is free. */
export function gbSeconds(
  usage: Usage,
  functions: Record<string, DeclaredFunction>,
): { memory: Record<string, number>; storage: number } {
  const memory: Record<string, number> = {};
  let storage = 0;
  for (const [name, { seconds }] of Object.entries(usage.calls)) {
    const declared = functions[name];
    if (declared === undefined) throw new Error(`sst.config.ts declares no function ${name}`);
    memory[name] = (seconds * declared.memoryMb) / 1024;
    storage += (seconds * Math.max(0, declared.storageMb - 512)) / 1024;
  }
  return { memory, storage };
}
