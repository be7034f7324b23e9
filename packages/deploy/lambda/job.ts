import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { AttemptStart, type LevelEnd, NOTHING_USED } from "@brimline/core/job/level/attempt";
import { DEFAULT_CALIBRATION } from "@brimline/core/job/request/calibration";
import { levelCounters, usedBy } from "@brimline/core/job/level/level";
import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { Secret } from "@brimline/core/secret";
import { keys } from "@brimline/store/keys";
import { createRecorder } from "@brimline/store/recorder";
import type { ObjectStore } from "@brimline/store/store";
import { createObject } from "@brimline/functions/objects/object";
import { NO_SECRETS, sealedText } from "@brimline/core/job/spec/endpoint-secrets";
import { createSealer } from "@brimline/functions/sealer";
import { ACCEPTED_PREFLIGHT } from "@brimline/testkit/functions/home";
import { MASTER_KEY } from "./deployment.ts";

/**
 * What the functions of a job find in the data bucket. It is written as the functions before them write it.
 */

const sealer = createSealer(Buffer.from(MASTER_KEY, "hex"));

/** What the API leaves of an accepted job. */
export async function accepted(data: ObjectStore, id: string, request: JobRequest): Promise<void> {
  const stored = {
    schema: "brimline.spec/1",
    id,
    caller: "admin",
    createdAt: new Date().toISOString(),
    requestSha256: "",
  };
  await createObject(data, keys.spec(id), { ...stored, spec: JobSpec.parse(request) });
  await createObject(data, keys.control(id), { schema: "brimline.control/1", action: "run" });
  await createObject(data, keys.open(id), { id });
  const secrets = sealedText({ ...NO_SECRETS, apiKey: new Secret("sk-x") });
  if (secrets !== null) await data.put(keys.secret(id), sealer.seal(id, "endpoint", secrets));
}

/** Writes the same, and what preflight leaves of an endpoint that is an LLM server. */
export async function examined(data: ObjectStore, id: string, request: JobRequest): Promise<void> {
  await accepted(data, id, request);
  await createObject(data, keys.preflight(id), ACCEPTED_PREFLIGHT);
}

export interface Begun {
  users: number;
  durationS: number;
  /** The time until T0, ms. */
  leadMs: number;
  shards?: number;
}

/** Writes the start of one attempt at a closed-loop level `l01`, and gives its attemptKey. */
export async function begun(
  data: ObjectStore,
  id: string,
  { users, durationS, leadMs, shards = 1 }: Begun,
): Promise<string> {
  const attemptKey = keys.attemptKey(id, "l01", 0, 1);
  const t0UnixMs = Date.now() + leadMs;
  const plan = {
    id: "l01",
    role: "measured",
    load: { kind: "concurrency", users },
    stop: { durationS, requests: null },
    rampS: 0,
    repeat: 0,
  };
  const attempt = {
    schema: "brimline.attempt/1",
    plan,
    attempt: 1,
    shards,
    t0UnixMs,
    calibration: DEFAULT_CALIBRATION,
    largestE2eMs: null,
    isShortened: false,
    budget: { requests: null, outputTokens: null },
    maxOpen: users,
    torn: NOTHING_USED,
    lostAfterUnixMs: t0UnixMs + 60_000,
  };
  await createObject(data, keys.attemptStart(attemptKey), AttemptStart.parse(attempt));
  return attemptKey;
}

/** A level that ran: what each shard found, and its records. */
export interface RanLevel {
  plan: LevelEnd["plan"];
  shards: { summary: ShardSummary; records: Iterable<RequestRecord> }[];
}

/** Writes what the shards and the workflow leave of a completed level. */
export async function finished(data: ObjectStore, id: string, { plan, shards }: RanLevel): Promise<void> {
  const attemptKey = keys.attemptKey(id, plan.id, plan.repeat, 1);
  for (const { summary, records } of shards) {
    const recorder = createRecorder();
    for (const record of records) recorder.add(record);
    await data.create(keys.records(attemptKey, summary.shard), await recorder.body());
    await createObject(data, keys.shardSummary(attemptKey, summary.shard), summary);
  }
  const summaries = shards.map(({ summary }) => summary);
  const t0UnixMs = shards[0]?.summary.t0UnixMs ?? 0;
  const end: LevelEnd = {
    schema: "brimline.level/1",
    plan,
    attempt: 1,
    t0UnixMs,
    state: "completed",
    problem: null,
    shards: shards.length,
    missingShards: 0,
    counters: levelCounters("completed", summaries),
    used: usedBy(summaries),
    learnt: null,
  };
  await createObject(data, keys.levelEnd(attemptKey), end);
}
