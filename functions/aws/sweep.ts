import { LambdaClient } from "@aws-sdk/client-lambda";
import { awsService } from "../aws.ts";
import { createLog, errorsTo } from "../log.ts";
import { sweepTask } from "../tasks/sweep.ts";
import { send } from "./lambda.ts";
import { setting } from "./setting.ts";
import { startNext } from "./starter.ts";

/**
 * A timer invokes this function. It starts jobs that wait for their host or have died, and deliveries that
 * are due.
 */

const workflow = { name: setting("BRIMLINE_WORKFLOW"), qualifier: setting("BRIMLINE_WORKFLOW_VERSION") };
const notify = setting("BRIMLINE_NOTIFY");
const lambda = new LambdaClient({});
const service = awsService();
const log = createLog("info");

export const handler = (): Promise<void> =>
  sweepTask(service, {
    startJobs: (jobs) => startNext(service, lambda, workflow, jobs),
    notify: async (delivery) => void (await send(lambda, { name: notify }, delivery)),
    logError: errorsTo(log),
  });
