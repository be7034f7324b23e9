/// <reference path="./.sst/platform/config.d.ts" />

/**
 * The whole deployment on AWS; docs/aws.md says how to use it. Options come from the environment or a file
 * `.env`: BRIMLINE_REGION, BRIMLINE_DOMAIN and BRIMLINE_ALLOW (private ranges that jobs may reach). Private
 * endpoints need BRIMLINE_SUBNETS and BRIMLINE_SECURITY_GROUPS (lists by comma), in which the functions that
 * call the endpoint then run. infra/functions.ts says what each function is given and may do with objects.
 */
const {
  BRIMLINE_REGION,
  BRIMLINE_DOMAIN,
  BRIMLINE_ALLOW = "",
  BRIMLINE_SUBNETS,
  BRIMLINE_SECURITY_GROUPS = "",
} = process.env;
const isKept = (stage: string | undefined): boolean => stage === "production";
const listOf = (text: string): string[] => text.split(",").filter((id) => id !== "");

export default $config({
  app: (input) => ({
    name: "brimline",
    home: "aws",
    providers: { aws: { region: (BRIMLINE_REGION ?? "eu-central-1") as "eu-central-1" } },
    removal: isKept(input.stage) ? "retain" : "remove",
    protect: isKept(input.stage),
  }),

  async run() {
    // SST allows no import at the top of this file.
    const { version } = await import("./package.json");
    const { edge } = await import("./infra/edge");
    const { dataBucket, siteBucket } = await import("./infra/buckets");
    const { functionsWith } = await import("./infra/make");
    const { NATIVE } = await import("./infra/native");
    const { API_PATHS } = await import("./infra/paths");
    const { call, lookAtWorkflow, onSite, readQuota, startWorkflow } = await import("./infra/permissions");
    const { bundleCertificateServer } = await import("./infra/certificate-server");

    // The operator sets each with `npx sst secret set <name> <value>` before the first deploy.
    const adminKey = new sst.Secret("AdminKey");
    const masterKey = new sst.Secret("MasterKey");
    const originKey = new sst.Secret("OriginKey");
    const originWord = originKey.value.apply((key) => {
      if (!/^[A-Za-z0-9]{32,}$/.test(key)) throw new Error("OriginKey must be 32 or more letters and digits");
      return key;
    });

    const router = edge(originWord, BRIMLINE_DOMAIN);
    const data = dataBucket();
    const site = siteBucket(router);
    const row = functionsWith({
      data,
      masterKey: masterKey.value,
      environment: {
        BRIMLINE_PUBLIC_URL: router.url,
        BRIMLINE_VERSION: version,
        BRIMLINE_DATA_BUCKET: data.name,
        BRIMLINE_SITE_BUCKET: site.name,
        BRIMLINE_ALLOW,
      },
      network:
        BRIMLINE_SUBNETS === undefined
          ? null
          : {
              privateSubnets: listOf(BRIMLINE_SUBNETS),
              securityGroups: listOf(BRIMLINE_SECURITY_GROUPS),
            },
    });

    // The tasks. Lambda does not retry them, because the workflow does.
    const task: typeof row = (name, own) => ({ ...row(name, own), retries: 0 });
    const preflight = new sst.aws.Function("Preflight", task("Preflight"));
    const shard = new sst.aws.Function("Shard", {
      ...task("Shard"),
      hook: { postbuild: bundleCertificateServer },
      nodejs: { install: NATIVE.Shard },
    });
    const aggregate = new sst.aws.Function("Aggregate", task("Aggregate"));
    const publish = new sst.aws.Function("Publish", {
      ...task("Publish", { may: onSite(site) }),
      copyFiles: [{ from: "site/dist", to: "site/dist" }],
      nodejs: { install: NATIVE.Publish },
    });
    const notify = new sst.aws.Function("Notify", task("Notify"));

    // The workflow sleeps unpaid while its tasks run.
    const { timeout: invocation, ...jobRow } = row("Job", {
      may: [readQuota, call(preflight, shard, aggregate, publish, notify)],
      environment: {
        BRIMLINE_PREFLIGHT: preflight.name,
        BRIMLINE_SHARD: shard.name,
        BRIMLINE_AGGREGATE: aggregate.name,
        BRIMLINE_PUBLISH: publish.name,
        BRIMLINE_NOTIFY: notify.name,
      },
    });
    const job = new sst.aws.Workflow("Job", {
      ...jobRow,
      timeout: { execution: "26 hours", invocation },
      retention: "14 days",
    });
    const startsJobs = {
      BRIMLINE_WORKFLOW: job.name,
      BRIMLINE_WORKFLOW_VERSION: job.qualifier.apply((qualifier) => {
        if (qualifier === undefined) throw new Error("the workflow has no version");
        return qualifier;
      }),
      BRIMLINE_NOTIFY: notify.name,
      BRIMLINE_PUBLISH: publish.name,
    };

    // The API is reached through the Router alone.
    const api = new sst.aws.Function("Api", {
      ...row("Api", {
        may: [readQuota, call(notify, publish), startWorkflow(job)],
        environment: {
          ...startsJobs,
          BRIMLINE_ADMIN_KEY: adminKey.value,
          BRIMLINE_ORIGIN_KEY: originWord,
        },
      }),
      streaming: true,
      url: { cors: false },
    });
    for (const path of API_PATHS) router.route(path, api.url, { readTimeout: "60 seconds" });
    router.routeBucket("/", site);

    // The timer starts jobs that wait for their host or whose execution has died, deliveries that are due and
    // pages that do not follow yet, and erases jobs that were deleted.
    new sst.aws.CronV2("Sweep", {
      schedule: "rate(1 minute)",
      retries: 0,
      function: row("Sweep", {
        may: [call(notify, publish), startWorkflow(job), lookAtWorkflow(job)],
        environment: startsJobs,
      }),
    });

    return { url: router.url, workflow: job.name };
  },
});
