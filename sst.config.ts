/// <reference path="./.sst/platform/config.d.ts" />

/**
 * The whole deployment on AWS; docs/aws.md says how to use it. Options come from the environment (or a file `.env`):
 * BRIMLINE_REGION, BRIMLINE_DOMAIN, BRIMLINE_ALLOW (private ranges that jobs may reach), and for private endpoints
 * BRIMLINE_SUBNETS with BRIMLINE_SECURITY_GROUPS (lists by comma; the functions that call the endpoint then run in them).
 */
const {
  BRIMLINE_REGION,
  BRIMLINE_DOMAIN,
  BRIMLINE_ALLOW = "",
  BRIMLINE_SUBNETS,
  BRIMLINE_SECURITY_GROUPS,
} = process.env;
const isKept = (stage: string | undefined): boolean => stage === "production";

/** As the API sends it itself (functions/api/headers.ts). */
const CSP =
  "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The thread that a shard measures itself against is a program of its own, beside the handler's. */
async function bundleCertificateServer(folder: string): Promise<void> {
  const { build } = await import("esbuild");
  await build({
    entryPoints: ["packages/load/certificate/certificate-server.ts"],
    absWorkingDir: $cli.paths.root,
    outfile: `${folder}/functions/aws/certificate-server.mjs`,
    bundle: true,
    platform: "node",
    format: "esm",
  });
}

export default $config({
  app: (input) => ({
    name: "brimline",
    home: "aws",
    providers: { aws: { region: (BRIMLINE_REGION ?? "eu-central-1") as "eu-central-1" } },
    removal: isKept(input.stage) ? "retain" : "remove",
    protect: isKept(input.stage),
  }),

  async run() {
    const { version } = await import("./package.json");

    // Set each with `npx sst secret set <name> <value>`, before the first deploy.
    const adminKey = new sst.Secret("AdminKey");
    const masterKey = new sst.Secret("MasterKey");
    const originKey = new sst.Secret("OriginKey");
    // It becomes part of a program below.
    const originWord = originKey.value.apply((key) => {
      if (!/^[A-Za-z0-9]{32,}$/.test(key)) throw new Error("OriginKey must be 32 or more letters and digits");
      return key;
    });

    // The edge: one address for pages and API.
    const headers = new aws.cloudfront.ResponseHeadersPolicy("Headers", {
      name: `brimline-${$app.stage}-headers`,
      securityHeadersConfig: {
        contentSecurityPolicy: { contentSecurityPolicy: CSP, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: "DENY", override: true },
        referrerPolicy: { referrerPolicy: "no-referrer", override: true },
        strictTransportSecurity: { accessControlMaxAgeSec: 63_072_000, override: true },
      },
    });
    const router = new sst.aws.Router("Web", {
      ...(BRIMLINE_DOMAIN !== undefined && { domain: BRIMLINE_DOMAIN }),
      edge: {
        viewerRequest: {
          // A bucket has no index documents; links of a page are relative to its folder.
          injection: $interpolate`
            const uri = event.request.uri;
            if (/^\\/r\\/[a-z0-9]{20}$/.test(uri)) return { statusCode: 308, statusDescription: "Permanent Redirect", headers: { location: { value: uri + "/" } } };
            if (uri === "/" || /^\\/r\\/.*\\/$/.test(uri)) event.request.uri = uri + "index.html";
            event.request.headers["x-brimline-origin"] = { value: "${originWord}" };`,
        },
        // A bucket knows no visibility, so no report is offered to search engines.
        viewerResponse: {
          injection: `if (event.request.uri.startsWith("/r/")) event.response.headers["x-robots-tag"] = { value: "noindex" };`,
        },
      },
      transform: {
        cdn: (args) => {
          args.defaultCacheBehavior = $output(args.defaultCacheBehavior).apply((behavior) => ({
            ...behavior,
            responseHeadersPolicyId: headers.id,
          }));
        },
      },
    });

    // Objects. What is written once is refused a second time by the bucket itself.
    const createOnly = (paths: string[]) => ({
      effect: "deny" as const,
      principals: "*" as const,
      actions: ["s3:PutObject"],
      paths,
      conditions: [{ test: "Null", variable: "s3:if-none-match", values: ["true"] }],
    });
    const data = new sst.aws.Bucket("Data", {
      cors: false,
      lifecycle: [
        { prefix: "progress/", expiresIn: "1 day" },
        { prefix: "raw/", expiresIn: "90 days" },
        { prefix: "telemetry/", expiresIn: "90 days" },
        { prefix: "deliveries/", expiresIn: "30 days" },
      ],
      policy: [createOnly(["jobs/*/report.json", "jobs/*/manifest.json", "raw/*", "telemetry/*"])],
    });
    const site = new sst.aws.Bucket("Site", {
      cors: false,
      policy: [
        {
          actions: ["s3:GetObject"],
          principals: [{ type: "service", identifiers: ["cloudfront.amazonaws.com"] }],
          conditions: [
            {
              test: "StringEquals",
              variable: "AWS:SourceArn",
              values: [router.nodes.cdn.apply((cdn) => cdn.nodes.distribution.arn)],
            },
          ],
        },
        createOnly(["r/*.json", "r/*.csv", "r/*.svg", "r/*.png", "_astro/*"]),
      ],
    });

    // Permissions, all written out: `link: [bucket]` would grant s3:*.
    const at = (bucket: sst.aws.Bucket, keys: string[]) =>
      keys.map((key) => $interpolate`${bucket.arn}/${key}`);
    const get = (...keys: string[]) => ({ actions: ["s3:GetObject"], resources: at(data, keys) });
    const put = (...keys: string[]) => ({ actions: ["s3:PutObject"], resources: at(data, keys) });
    const remove = (...keys: string[]) => ({ actions: ["s3:DeleteObject"], resources: at(data, keys) });
    // Without it a missing object reads as 403, which is a fault and not an absence.
    const list = { actions: ["s3:ListBucket"], resources: [data.arn] };
    const call = (...functions: sst.aws.Function[]) => ({
      actions: ["lambda:InvokeFunction"],
      resources: functions.map(({ arn }) => arn),
    });
    const readQuota = { actions: ["lambda:GetAccountSettings"], resources: ["*"] };

    const environment = {
      BRIMLINE_PUBLIC_URL: router.url,
      BRIMLINE_VERSION: version,
      BRIMLINE_DATA_BUCKET: data.name,
      BRIMLINE_SITE_BUCKET: site.name,
      BRIMLINE_ALLOW,
    };
    const withMasterKey = { ...environment, BRIMLINE_MASTER_KEY: masterKey.value };
    const base = {
      runtime: "nodejs24.x",
      architecture: "arm64",
      logging: { retention: "2 weeks" },
      environment,
    } as const;
    const network =
      BRIMLINE_SUBNETS === undefined
        ? {}
        : {
            vpc: {
              privateSubnets: BRIMLINE_SUBNETS.split(","),
              securityGroups: (BRIMLINE_SECURITY_GROUPS ?? "").split(",").filter((id) => id !== ""),
            },
          };

    // The steps of a job.
    const preflight = new sst.aws.Function("Preflight", {
      ...base,
      ...network,
      handler: "functions/aws/preflight.handler",
      environment: withMasterKey,
      timeout: "3 minutes",
      retries: 0,
      permissions: [list, get("jobs/*"), put("jobs/*/preflight.*")],
    });
    const shard = new sst.aws.Function("Shard", {
      ...base,
      ...network,
      handler: "functions/aws/shard.handler",
      hook: { postbuild: bundleCertificateServer },
      environment: withMasterKey,
      // The size at which Lambda gives one whole vCPU: less would measure itself.
      memory: "1769 MB",
      timeout: "15 minutes",
      retries: 0,
      permissions: [list, get("jobs/*", "raw/*"), put("raw/*", "progress/*")],
    });
    const aggregate = new sst.aws.Function("Aggregate", {
      ...base,
      handler: "functions/aws/aggregate.handler",
      // One whole vCPU, for it uses no second; a million requests of 100 chunks take 420 MB.
      memory: "1769 MB",
      // It keeps the chunks of many requests in a file.
      storage: "2 GB",
      timeout: "10 minutes",
      retries: 0,
      permissions: [
        list,
        get("jobs/*", "raw/*", "telemetry/*"),
        put("jobs/*/manifest.json", "jobs/*/report.json"),
      ],
    });
    const publish = new sst.aws.Function("Publish", {
      ...base,
      handler: "functions/aws/publish.handler",
      // One whole vCPU; a page takes 250 MB.
      memory: "1769 MB",
      timeout: "5 minutes",
      retries: 0,
      copyFiles: [{ from: "site/dist", to: "site/dist" }],
      nodejs: { install: ["@resvg/resvg-js"] },
      permissions: [
        list,
        get("jobs/*", "published/*"),
        put("published/*"),
        { actions: ["s3:ListBucket"], resources: [site.arn] },
        { actions: ["s3:GetObject", "s3:PutObject"], resources: at(site, ["r/*", "_astro/*", "index.html"]) },
      ],
    });
    const notify = new sst.aws.Function("Notify", {
      ...base,
      handler: "functions/aws/notify.handler",
      environment: withMasterKey,
      memory: "512 MB",
      timeout: "60 seconds",
      retries: 0,
      permissions: [list, get("jobs/*", "events/*", "deliveries/*"), put("deliveries/*"), remove("outbox/*")],
    });

    // The workflow, which sleeps unpaid while its steps run.
    const job = new sst.aws.Workflow("Job", {
      ...base,
      handler: "functions/aws/job.handler",
      memory: "1024 MB",
      timeout: { execution: "26 hours", invocation: "15 minutes" },
      retention: "14 days",
      environment: {
        ...environment,
        BRIMLINE_PREFLIGHT: preflight.name,
        BRIMLINE_SHARD: shard.name,
        BRIMLINE_AGGREGATE: aggregate.name,
        BRIMLINE_PUBLISH: publish.name,
        BRIMLINE_NOTIFY: notify.name,
      },
      permissions: [
        list,
        readQuota,
        get("jobs/*", "raw/*", "progress/*", "events/*", "outbox/*"),
        put("jobs/*/status.json", "jobs/*/idle.json", "raw/*", "events/*", "outbox/*"),
        remove("jobs/*/secret.sealed", "open/*"),
        call(preflight, shard, aggregate, publish, notify),
      ],
    });
    const jobVersion = job.qualifier.apply((version) => {
      if (version === undefined) throw new Error("the workflow has no version");
      return version;
    });
    const startJobs = {
      environment: {
        ...environment,
        BRIMLINE_WORKFLOW: job.name,
        BRIMLINE_WORKFLOW_VERSION: jobVersion,
        BRIMLINE_NOTIFY: notify.name,
      },
      permissions: [
        list,
        get("jobs/*", "open/*", "events/*", "deliveries/*", "hosts/*", "outbox/*"),
        put("jobs/*/execution.json", "hosts/*"),
        call(notify),
        { actions: ["lambda:InvokeFunction"], resources: [$interpolate`${job.arn}:*`] },
      ],
    };

    // The API, reached through the Router alone.
    const api = new sst.aws.Function("Api", {
      ...base,
      handler: "functions/aws/api.handler",
      memory: "1024 MB",
      timeout: "60 seconds",
      streaming: true,
      url: { cors: false },
      environment: {
        ...startJobs.environment,
        BRIMLINE_MASTER_KEY: masterKey.value,
        BRIMLINE_ADMIN_KEY: adminKey.value,
        BRIMLINE_ORIGIN_KEY: originWord,
      },
      permissions: [
        ...startJobs.permissions,
        readQuota,
        get("index/*", "agents/*", "progress/*"),
        put(
          "jobs/*/spec.json",
          "jobs/*/control.json",
          "jobs/*/secret.sealed",
          "jobs/*/webhook.sealed",
          "open/*",
          "index/*",
          "agents/*",
          "telemetry/*",
        ),
      ],
    });
    for (const path of ["/v1", "/health", "/openapi.json", "/problems"])
      router.route(path, api.url, { readTimeout: "60 seconds" });
    router.routeBucket("/", site);

    // The timer: what waits for its host, what has died, what is still to be delivered.
    new sst.aws.CronV2("Sweep", {
      schedule: "rate(1 minute)",
      retries: 0,
      function: {
        ...base,
        handler: "functions/aws/sweep.handler",
        memory: "512 MB",
        timeout: "50 seconds",
        environment: startJobs.environment,
        permissions: [
          ...startJobs.permissions,
          { actions: ["lambda:GetDurableExecution"], resources: [$interpolate`${job.arn}:*`] },
          put("jobs/*/status.json", "events/*", "outbox/*"),
          remove("jobs/*/secret.sealed", "jobs/*/webhook.sealed", "open/*"),
        ],
      },
    });

    return { url: router.url, workflow: job.name };
  },
});
