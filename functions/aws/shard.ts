import { AttemptStart } from "@brimline/core/job/level/attempt";
import { streamsOf } from "@brimline/core/job/plan/shards";
import { preferReadingThread } from "@brimline/load/priority";
import { certify } from "@brimline/load/certificate/certificate";
import { keys } from "@brimline/store/keys";
import { awsService } from "../aws.ts";
import { readObject } from "../objects/object.ts";
import { shardTask } from "../tasks/shard.ts";
import { ShardInput } from "../tasks/shard-input.ts";
import { createCertifier } from "./certify.ts";
import { masterKeySetting } from "./setting.ts";
import { taskHandler } from "./task-handler.ts";

const service = awsService({ masterKey: masterKeySetting() });
const certifiedBefore = createCertifier(certify, () => service.now());

export const handler = taskHandler(ShardInput, async (input) => {
  const start = await readObject(service.data, keys.attemptStart(input.attemptKey), AttemptStart);
  const certification = start === null ? undefined : await certifiedBefore(loadOf(start));
  // This comes after certifying, because the thread that the process measures itself against must not be
  // slowed down.
  preferReadingThread();
  return shardTask(service, input, () => certification);
});

const loadOf = ({ t0UnixMs, plan, shards }: AttemptStart): { beginUnixMs: number; streams: number } => ({
  beginUnixMs: t0UnixMs,
  streams: streamsOf(plan.load, shards),
});
