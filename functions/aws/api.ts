import { LambdaClient } from "@aws-sdk/client-lambda";
import { streamHandle } from "hono/aws-lambda";
import { createApp } from "../api/app.ts";
import { sha256Hex } from "../sha256.ts";
import { awsService } from "../aws.ts";
import { createLog } from "../log.ts";
import { door } from "./door.ts";
import { call, concurrencyOf, send } from "./lambda.ts";
import { refusals, shardsAllowed } from "./limits.ts";
import { masterKeySetting, secretSetting, setting } from "./setting.ts";
import { startJob } from "./starter.ts";

/**
 * This Lambda function is the API, on a Function URL that streams. It does not start without the admin key.
 */

const adminKeySha256 = sha256Hex(secretSetting("BRIMLINE_ADMIN_KEY"));
const originKey = secretSetting("BRIMLINE_ORIGIN_KEY");
const masterKey = masterKeySetting();
const workflow = { name: setting("BRIMLINE_WORKFLOW"), qualifier: setting("BRIMLINE_WORKFLOW_VERSION") };
const notify = setting("BRIMLINE_NOTIFY");
const publish = setting("BRIMLINE_PUBLISH");

const lambda = new LambdaClient({});
const concurrency = await concurrencyOf(lambda);
const service = awsService({ masterKey, adminKeySha256 });
const app = createApp(service, {
  refuse: (spec) => refusals(spec, shardsAllowed(concurrency)),
  startJob: (id) => startJob(service, lambda, workflow, id),
  publish: async (jobId) => void (await send(lambda, { name: publish }, { jobId, relist: true })),
  redeliver: (jobId, sequence) => call(lambda, notify, { jobId, sequence, redeliver: true }),
  log: createLog("info"),
});

export const handler = streamHandle(door(app, { originKey, publicUrl: service.config.publicUrl }));
