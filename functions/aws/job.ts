import { LambdaClient } from "@aws-sdk/client-lambda";
import { awsService } from "../aws.ts";
import { jobWorkflow } from "../job.ts";
import { createLog, errorsTo } from "../log.ts";
import { concurrencyOf } from "./lambda.ts";
import { LEAD_MS, shardsAllowed, USERS_PER_SHARD } from "./limits.ts";
import { setting } from "./setting.ts";

/**
 * This durable function is the workflow of a job. It is the workflow of the local service with the names of
 * Lambda functions.
 */

const names = {
  preflight: setting("BRIMLINE_PREFLIGHT"),
  shard: setting("BRIMLINE_SHARD"),
  aggregate: setting("BRIMLINE_AGGREGATE"),
  publish: setting("BRIMLINE_PUBLISH"),
  notify: setting("BRIMLINE_NOTIFY"),
};
const concurrency = await concurrencyOf(new LambdaClient({}));
const workflow = jobWorkflow({
  service: awsService(),
  names,
  rules: { leadMs: LEAD_MS, maxShards: shardsAllowed(concurrency), usersPerShard: USERS_PER_SHARD },
  logError: errorsTo(createLog("info")),
  // Lambda ends a function without notice, and a workflow that is cut off begins its step anew.
  stopping: new AbortController().signal,
});

export const handler = workflow({});
