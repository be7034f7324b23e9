import { s3Store } from "@brimline/store/s3";
import type { ObjectStore } from "@brimline/store/store";
import { startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import { type Cloud, startCloud } from "./cloud.ts";
import { type LambdaHost, startLambda } from "./host.ts";
import { lambdaRuntime } from "./ric.ts";

export const MASTER_KEY = "ab".repeat(32);
export const ADMIN_KEY = `bl_admin_${"cd".repeat(20)}`;
export const ORIGIN_KEY = "0123456789abcdef0123456789abcdef";

/** What `sst.config.ts` tells a function, with only the stand-in for the Lambda API behind it. */
export const settingsOf = (cloud: Cloud, more: Record<string, string> = {}): Record<string, string> => ({
  BRIMLINE_PUBLIC_URL: "https://bench.example",
  BRIMLINE_VERSION: "0.1.0",
  BRIMLINE_DATA_BUCKET: "no-data",
  BRIMLINE_SITE_BUCKET: "no-site",
  BRIMLINE_MASTER_KEY: MASTER_KEY,
  BRIMLINE_ADMIN_KEY: ADMIN_KEY,
  BRIMLINE_ORIGIN_KEY: ORIGIN_KEY,
  BRIMLINE_WORKFLOW: "job",
  BRIMLINE_WORKFLOW_VERSION: "7",
  BRIMLINE_NOTIFY: "notify",
  BRIMLINE_PUBLISH: "publish",
  AWS_ENDPOINT_URL_LAMBDA: cloud.url,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  ...more,
});

/** A deployment on this machine: both buckets on a real S3 server, and functions in AWS's own runtime. */
export interface Deployment {
  cloud: Cloud;
  data: ObjectStore;
  site: ObjectStore;
  s3: { endpoint: string };
  /** The settings of its functions, for a test that stands in for one. */
  settings: Record<string, string>;
  /** `module` is that of `startLambda`. */
  start(module: string, options?: { env?: Record<string, string>; isOutside?: boolean }): Promise<LambdaHost>;
  /** Ends everything that was started. */
  stop(): Promise<void>;
}

/** The programs that it needs. It is null where one of the two cannot be had. */
export async function deploymentParts(): Promise<{ runtime: string; gateway: string } | null> {
  const [runtime, gateway] = await Promise.all([lambdaRuntime(), versityGw()]);
  return runtime === null || gateway === null ? null : { runtime, gateway };
}

/**
 * `concurrency` is how many functions the account may run at once. The credentials of the S3 server go into
 * this process's environment.
 */
export async function startDeployment(
  { runtime, gateway }: { runtime: string; gateway: string },
  concurrency = 20,
): Promise<Deployment> {
  const [cloud, s3] = await Promise.all([startCloud(concurrency), startVersityGw(gateway)]);
  Object.assign(process.env, s3.credentials);
  const [dataBucket, siteBucket] = [await s3.newBucket(), await s3.newBucket()];
  const hosts: LambdaHost[] = [];
  const inS3 = {
    BRIMLINE_DATA_BUCKET: dataBucket,
    BRIMLINE_SITE_BUCKET: siteBucket,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ...s3.credentials,
  };
  const storeIn = (bucket: string): ObjectStore => s3Store({ bucket, prefix: "", endpoint: s3.endpoint });
  return {
    cloud,
    s3,
    data: storeIn(dataBucket),
    site: storeIn(siteBucket),
    settings: settingsOf(cloud, { AWS_REGION: "us-east-1", ...inS3 }),
    async start(module, { env = {}, isOutside = false } = {}) {
      const host = await startLambda(runtime, module, settingsOf(cloud, { ...inS3, ...env }), isOutside);
      hosts.push(host);
      return host;
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      cloud.close();
      await s3.stop();
    },
  };
}

/** Calls a function and reads its answer as the workflow does. */
export async function ask(host: LambdaHost, input: unknown): Promise<unknown> {
  return JSON.parse((await host.invoke(input)).toString("utf8"));
}
