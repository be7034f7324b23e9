import type { LambdaClient } from "@aws-sdk/client-lambda";
import { problemOf } from "@brimline/core/job/state/problem";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import { closeJob, endJob, UNPUBLISHED } from "../job/job-end.ts";
import { putObject, readObject } from "../objects/object.ts";
import { type SpecObject, specOf } from "../objects/spec.ts";
import type { Service } from "../service.ts";
import { hasDied, send } from "./lambda.ts";
import { nextOfEachHost, takeLease } from "./lease.ts";

/**
 * `jobs/<id>/execution.json`: which durable execution runs a job, and how many have. Names of executions are
 * unique in one version of the function only, and each deploy makes a new version, so the ARN is stored.
 */
const ExecutionObject = z.object({
  schema: z.literal("brimline.execution/1"),
  arn: z.string(),
  tries: z.int(),
});

/** The number of executions that a job gets. A workflow that died so often would die again. */
const TRIES = 3;

type Workflow = { name: string; qualifier: string };

/**
 * Starts the job that each host is to run next, as `startJob` does. The other jobs must wait, and a request
 * for each of them would take longer than a sweep has. `jobs` are all that have not ended, oldest first.
 */
export async function startNext(
  service: Service,
  lambda: LambdaClient,
  workflow: Workflow,
  jobs: SpecObject[],
): Promise<void> {
  await atOnce(REQUESTS_AT_ONCE, await nextOfEachHost(service, jobs), ({ id }) =>
    startJob(service, lambda, workflow, id),
  );
}

/**
 * Starts a job's workflow when its host is free, and again when it died. It does nothing while the workflow
 * runs. After three deaths the job ends as failed. The sweep asks again for a job that cannot be started now.
 */
export async function startJob(
  service: Service,
  lambda: LambdaClient,
  workflow: Workflow,
  jobId: string,
): Promise<void> {
  if (!(await takeLease(service, jobId))) return;
  const before = await readObject(service.data, keys.execution(jobId), ExecutionObject);
  if (before !== null && !(await hasDied(lambda, before.arn))) return;
  const tries = (before?.tries ?? 0) + 1;
  if (tries > TRIES) {
    const outcome = { state: "failed", problem: problemOf("internal") } as const;
    await endJob(service, await specOf(service, jobId), outcome, UNPUBLISHED);
    return closeJob(service, jobId);
  }
  // A second request with the same name gives the same execution, so a crash before the ARN is written starts
  // nothing twice.
  const arn = await send(lambda, { ...workflow, execution: `${jobId}-${tries}` }, { jobId });
  if (arn === undefined) throw new Error(`${workflow.name} is no durable function`);
  await putObject(service.data, keys.execution(jobId), {
    schema: "brimline.execution/1",
    arn,
    tries,
  } satisfies z.infer<typeof ExecutionObject>);
}
