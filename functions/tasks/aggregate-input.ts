import { Reason } from "@brimline/core/codes";
import { withApi } from "@brimline/core/job/spec/spec";
import { LevelEnd } from "@brimline/core/job/level/attempt";
import { ShardSummary } from "@brimline/core/record/record";
import { telemetryOf } from "@brimline/core/record/telemetry/telemetry";
import type { AggregateInput, LevelInput } from "@brimline/core/report/input";
import { atOnce } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { recordTable } from "@brimline/store/records";
import type { Scratch } from "@brimline/store/scratch";
import { jobSeed, SpecObject } from "../objects/spec.ts";
import { PreflightObject } from "../objects/preflight.ts";
import { certificatesIn, fingerprint } from "../pem.ts";
import type { Service, ServiceConfig } from "../service.ts";
import type { FrozenManifest } from "./freeze.ts";
import { sha256Hex } from "../sha256.ts";
import { segmentOf } from "./telemetry.ts";

/**
 * A long job has thousands of segments. With more reads at once, some would wait for a connection longer than
 * a store allows.
 */
const SEGMENTS_AT_ONCE = 8;

/**
 * Reads the objects that a manifest names, and nothing else. It reads the records of one shard at a time and
 * puts their chunks into `scratch`. It throws when an object is gone or is not the one
 * that was frozen.
 */
export async function aggregateInput(
  service: Pick<Service, "data"> & { config: Pick<ServiceConfig, "platform" | "region"> },
  { manifest, sha256: manifestSha256 }: FrozenManifest,
  scratch: Scratch,
): Promise<AggregateInput> {
  const frozen = new Map(manifest.inputs.map((input) => [input.key, input.sha256]));
  const read = async (key: string): Promise<Buffer> => {
    const object = await service.data.get(key);
    if (object === null || sha256Hex(object.body) !== frozen.get(key))
      throw new Error(`${key} is not what the manifest of job ${manifest.job} froze`);
    return object.body;
  };
  const readJson = async (key: string): Promise<unknown> => JSON.parse((await read(key)).toString("utf8"));

  const stored = SpecObject.parse(await readJson(keys.spec(manifest.job)));
  const preflight = PreflightObject.parse(await readJson(keys.preflight(manifest.job)));
  const segmentKeys = manifest.inputs.map(({ key }) => key).filter((key) => key.startsWith("telemetry/"));
  const segments = await atOnce(SEGMENTS_AT_ONCE, segmentKeys, async (key) => segmentOf(await read(key)));

  const levels: LevelInput[] = [];
  for (const { key } of manifest.inputs) {
    if (!key.endsWith("/level.json")) continue;
    const attemptKey = key.slice(0, -"level.json".length);
    const end = LevelEnd.parse(await readJson(key));
    const shards: LevelInput["shards"] = [];
    for (let shard = 0; shard < end.shards; shard++) {
      const summaryKey = keys.shardSummary(attemptKey, shard);
      if (!frozen.has(summaryKey)) continue;
      const records = recordTable(await read(keys.records(attemptKey, shard)), scratch);
      shards.push({ summary: ShardSummary.parse(await readJson(summaryKey)), records });
    }
    const scrapesKey = keys.serverSamples(attemptKey);
    const scrapes = frozen.has(scrapesKey)
      ? telemetryOf([await segmentOf(await read(scrapesKey))]).series.server
      : undefined;
    levels.push({
      plan: end.plan,
      attempt: end.attempt,
      state: end.state,
      reason: reasonOf(end),
      missingShards: end.missingShards,
      ...(scrapes !== undefined && { scrapes }),
      shards,
    });
  }

  const { config } = service;
  const { ca } = stored.spec.endpoint.tls ?? {};
  return {
    id: manifest.job,
    spec: withApi(stored.spec, preflight.api),
    seed: jobSeed(stored),
    createdAt: stored.createdAt,
    finishedAt: manifest.finishedAt,
    state: manifest.state,
    generator: manifest.generator,
    manifestSha256,
    platform: config.platform,
    region: config.region,
    endpoint: {
      server: preflight.server,
      simulated: preflight.simulated,
      ignoreEos: preflight.ignoreEosHonoured,
      usage: preflight.usage,
      saysEnd: preflight.saysEnd,
      traits: preflight.traits,
      ...(ca !== undefined && { caSha256: certificatesIn(ca).map(fingerprint) }),
    },
    metrics: preflight.metrics,
    levels,
    telemetry: stored.spec.agents.length === 0 ? null : telemetryOf(segments),
    idle: manifest.idle,
  };
}

/** Some problems are also reasons to read a level's figures with care. Both have the same code then. */
function reasonOf({ problem }: LevelEnd): Reason | null {
  const reason = Reason.safeParse(problem?.code);
  return reason.success ? reason.data : null;
}
