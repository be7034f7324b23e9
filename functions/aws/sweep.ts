import { LambdaClient } from "@aws-sdk/client-lambda";
import { awsService } from "../aws.ts";
import { createLog, errorsTo } from "../log.ts";
import { sweepTask } from "../tasks/sweep.ts";
import { send } from "./lambda.ts";
import { setting } from "./setting.ts";
import { startNext } from "./starter.ts";

/**
 * A timer invokes this function. It starts jobs that wait for their host or have died, deliveries that
 * are due and pages that do not follow yet, and erases jobs that were deleted.
 */

const workflow = { name: setting("BRIMLINE_WORKFLOW"), qualifier: setting("BRIMLINE_WORKFLOW_VERSION") };
const notify = setting("BRIMLINE_NOTIFY");
const publish = setting("BRIMLINE_PUBLISH");
const lambda = new LambdaClient({});
const service = awsService();
const log = createLog("info");

export const handler = (): Promise<void> =>
  sweepTask(service, {
    startJobs: (jobs) => startNext(service, lambda, workflow, jobs),
    notify: async (delivery) => void (await send(lambda, { name: notify }, delivery)),
    publish: async (jobId) => void (await send(lambda, { name: publish }, { jobId, relist: true })),
    logError: errorsTo(log),
  });
