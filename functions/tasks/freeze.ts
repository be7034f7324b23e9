import { Problem } from "@brimline/core/job/state/problem";
import { atOnce } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { type MeasuredLevel, measuredLevels } from "../objects/ended-levels.ts";
import { specOf } from "../objects/spec.ts";
import { IdleObject } from "../objects/idle.ts";
import { ManifestObject } from "../objects/manifest.ts";
import { readObject } from "../objects/object.ts";
import type { Service } from "../service.ts";
import { sha256Hex } from "../sha256.ts";
import { overlappingSegments } from "./telemetry.ts";
import { z } from "zod";

/** How the job ended, as the workflow decided. A report is made of this and of the frozen inputs. */
export const AggregateTaskInput = z.object({
  jobId: z.string(),
  state: z.enum(["completed", "partial", "cancelled", "failed"]),
  problem: Problem.nullable(),
  finishedAt: z.string(),
});
export type AggregateTaskInput = z.infer<typeof AggregateTaskInput>;

/** A manifest as it lies in the store, and the hash that the report carries. */
export interface FrozenManifest {
  manifest: ManifestObject;
  sha256: string;
}

/** The number of inputs in memory at once. The records of 100,000 requests have 19 MB. */
export const INPUTS_AT_ONCE = 8;

/**
 * Writes down, once, which objects the report is made of. When another process was quicker, its manifest
 * stands.
 */
export async function freezeManifest(service: Service, task: AggregateTaskInput): Promise<FrozenManifest> {
  const key = keys.manifest(task.jobId);
  if ((await service.data.get(key)) === null) {
    const manifest = await manifestOf(service, task);
    await service.data.create(key, JSON.stringify(manifest), { contentType: "application/json" });
  }
  const stored = await service.data.get(key);
  if (stored === null) throw new Error(`${key} is gone`);
  return {
    manifest: ManifestObject.parse(JSON.parse(stored.body.toString("utf8"))),
    sha256: sha256Hex(stored.body),
  };
}

async function manifestOf(
  service: Service,
  { jobId, state, problem, finishedAt }: AggregateTaskInput,
): Promise<ManifestObject> {
  const [{ spec }, levels, idle] = await Promise.all([
    specOf(service, jobId),
    measuredLevels(service, jobId),
    readObject(service.data, keys.idle(jobId), IdleObject),
  ]);
  const scrapes = await scrapesOf(service, levels);
  const segments = await overlappingSegments(service, spec.agents, spanOf(levels, idle));
  const names = [
    keys.spec(jobId),
    keys.preflight(jobId),
    ...levels.flatMap(objectsOf),
    ...scrapes,
    ...segments,
  ];
  const inputs = await atOnce(INPUTS_AT_ONCE, names, async (key) => {
    const object = await service.data.get(key);
    if (object === null) throw new Error(`${key} is missing`);
    return { key, sha256: sha256Hex(object.body), bytes: object.body.length };
  });
  return {
    schema: "brimline.manifest/1",
    job: jobId,
    state,
    problem,
    finishedAt,
    generator: service.config.generator,
    idle: idle === null ? null : { startUnixMs: idle.startUnixMs, endUnixMs: idle.endUnixMs },
    inputs,
  };
}

const objectsOf = ({ attemptKey, shards }: MeasuredLevel): string[] => [
  keys.levelEnd(attemptKey),
  ...shards.flatMap(({ shard }) => [keys.shardSummary(attemptKey, shard), keys.records(attemptKey, shard)]),
];

/** The scrapes of the levels that have some. Those of a level lie there before it has ended. */
async function scrapesOf({ data }: Service, levels: MeasuredLevel[]): Promise<string[]> {
  const found = await atOnce(INPUTS_AT_ONCE, levels, async ({ attemptKey }) => {
    const key = keys.serverSamples(attemptKey);
    return (await data.get(key)) === null ? [] : [key];
  });
  return found.flat();
}

/** The time from the first idle or loaded moment to the end of the last drain, Unix ms. */
function spanOf(levels: MeasuredLevel[], idle: IdleObject | null): { fromUnixMs: number; toUnixMs: number } {
  const shards = levels.flatMap((level) => level.shards);
  const starts = [...shards.map((shard) => shard.t0UnixMs), ...(idle === null ? [] : [idle.startUnixMs])];
  return {
    fromUnixMs: Math.min(...starts),
    toUnixMs: Math.max(...shards.map((shard) => shard.t0UnixMs + shard.drainEndMs)),
  };
}
