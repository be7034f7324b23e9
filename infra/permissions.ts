import { type FunctionRow, SITE } from "./functions";

const at = (bucket: sst.aws.Bucket, keys: string[]) => keys.map((key) => $interpolate`${bucket.arn}/${key}`);

/**
 * What a row says that its function may do with the data bucket. Every action is written out, because `link:
 * [bucket]` would grant s3:*.
 */
export const onData = (data: sst.aws.Bucket, { reads, writes, removes = [] }: FunctionRow) => [
  // Without this a missing object reads as 403, which is a fault and not an absence.
  { actions: ["s3:ListBucket"], resources: [data.arn] },
  { actions: ["s3:GetObject"], resources: at(data, reads) },
  { actions: ["s3:PutObject"], resources: at(data, writes) },
  ...(removes.length === 0 ? [] : [{ actions: ["s3:DeleteObject"], resources: at(data, removes) }]),
];

/** Publish alone writes pages, and removes those of jobs that are private now or deleted. */
export const onSite = (site: sst.aws.Bucket) => [
  { actions: ["s3:ListBucket"], resources: [site.arn] },
  { actions: ["s3:DeleteObject"], resources: at(site, SITE.removes) },
  { actions: ["s3:GetObject", "s3:PutObject"], resources: at(site, SITE.writes) },
];

export const call = (...functions: sst.aws.Function[]) => ({
  actions: ["lambda:InvokeFunction"],
  resources: functions.map(({ arn }) => arn),
});

/** Allows to start any version of the workflow. */
export const startWorkflow = (job: sst.aws.Workflow) => ({
  actions: ["lambda:InvokeFunction"],
  resources: [$interpolate`${job.arn}:*`],
});

export const lookAtWorkflow = (job: sst.aws.Workflow) => ({
  actions: ["lambda:GetDurableExecution"],
  resources: [$interpolate`${job.arn}:*`],
});

/** Allows to read how many functions the account may run at once. */
export const readQuota = { actions: ["lambda:GetAccountSettings"], resources: ["*"] };
