import { calmHelperThreads } from "@brimline/load/calm";
import { awsService } from "../aws.ts";
import { ShardInput, shardStep } from "../steps/shard.ts";
import { masterKeySetting } from "./setting.ts";
import { stepHandler } from "./step.ts";

const service = awsService({ masterKey: masterKeySetting() });

export const handler = stepHandler(ShardInput, (input) => {
  calmHelperThreads();
  return shardStep(service, input);
});
