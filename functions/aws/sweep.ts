import { LambdaClient } from "@aws-sdk/client-lambda";
import { createAdmission } from "../api/job/admission.ts";
import { submitDue } from "../api/submit-due.ts";
import { awsService } from "../aws.ts";
import { createLog, errorsTo } from "../log.ts";
import { sweepTask } from "../tasks/sweep.ts";
import { send } from "./lambda.ts";
import { masterKeySetting, setting } from "./setting.ts";
import { startJob, startNext } from "./starter.ts";

/**
 * A timer invokes this function. It starts jobs that wait for their host or have died, deliveries that
 * are due and pages that do not follow yet, erases jobs that were deleted, and submits the jobs of schedules.
 */

const workflow = { name: setting("BRIMLINE_WORKFLOW"), qualifier: setting("BRIMLINE_WORKFLOW_VERSION") };
const notify = setting("BRIMLINE_NOTIFY");
const publish = setting("BRIMLINE_PUBLISH");
const lambda = new LambdaClient({});
const service = awsService({ masterKey: masterKeySetting() });
const log = createLog("info");
const admission = createAdmission(
  service,
  { startJob: (id) => startJob(service, lambda, workflow, id) },
  errorsTo(log),
);
const due = submitDue(service, admission);

export const handler = (): Promise<void> =>
  sweepTask(service, {
    startJobs: (jobs) => startNext(service, lambda, workflow, jobs),
    notify: async (delivery) => void (await send(lambda, { name: notify }, delivery)),
    publish: async (jobId) => void (await send(lambda, { name: publish }, { jobId, relist: true })),
    due,
    logError: errorsTo(log),
  });
