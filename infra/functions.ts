/**
 * The functions of the deployment, one row each: what a function is given and what it may do. sst.config.ts
 * makes them from these rows, and packages/deploy computes what they cost. This file needs nothing of SST, so
 * both can read it.
 */
export interface FunctionRow {
  handler: string;
  memoryMb: number;
  /** The longest time of one call. Lambda allows 900 s. */
  timeoutS: number;
  /** The size of /tmp. Lambda gives 512 MB without charge. */
  storageMb?: number;
  /** The keys that it reads, writes and removes in the data bucket. */
  reads: string[];
  writes: string[];
  removes?: string[];
  /** Whether it opens what the API has sealed. */
  hasMasterKey?: true;
  /** Whether it calls the endpoint. It then runs in the operator's subnets, if there are any. */
  callsEndpoint?: true;
}

const STARTS_JOBS = {
  reads: ["jobs/*", "open/*", "events/*", "deliveries/*", "hosts/*", "outbox/*"],
  writes: ["jobs/*/execution.json", "hosts/*"],
};

export const FUNCTIONS = {
  Preflight: {
    handler: "functions/aws/preflight.handler",
    memoryMb: 1024,
    // A model may load for minutes before its first answer.
    timeoutS: 900,
    reads: ["jobs/*", "hosts/*/trial.json"],
    writes: ["jobs/*/preflight.*", "hosts/*/trial.json"],
    hasMasterKey: true,
    callsEndpoint: true,
  },
  Shard: {
    handler: "functions/aws/shard.handler",
    // At this size Lambda gives one whole vCPU. A shard with less would measure itself.
    memoryMb: 1769,
    timeoutS: 900,
    reads: ["jobs/*", "raw/*"],
    writes: ["raw/*", "progress/*"],
    hasMasterKey: true,
    callsEndpoint: true,
  },
  Aggregate: {
    handler: "functions/aws/aggregate.handler",
    // One whole vCPU, because it uses no second one. A million requests of 100 chunks take 330 MB.
    memoryMb: 1769,
    timeoutS: 600,
    // It keeps the packed chunks of many requests in a file.
    storageMb: 2048,
    reads: ["jobs/*", "raw/*", "telemetry/*"],
    writes: ["jobs/*/manifest.json", "jobs/*/influences.json", "jobs/*/report.json"],
  },
  Publish: {
    handler: "functions/aws/publish.handler",
    // One whole vCPU. A page takes 250 MB.
    memoryMb: 1769,
    timeoutS: 300,
    reads: ["jobs/*", "published/*", "shelves/*", "beside/*"],
    writes: ["published/*", "shelves/*", "beside/*", "changed/*/listing", "jobs/*/status.json"],
    removes: ["published/*", "shelves/*", "changed/*/listing"],
  },
  Notify: {
    handler: "functions/aws/notify.handler",
    memoryMb: 512,
    timeoutS: 60,
    reads: ["jobs/*", "events/*", "deliveries/*", "receivers/*"],
    writes: ["deliveries/*", "receivers/*"],
    removes: ["outbox/*"],
    hasMasterKey: true,
  },
  Job: {
    handler: "functions/aws/job.handler",
    memoryMb: 1024,
    timeoutS: 900,
    reads: ["jobs/*", "raw/*", "progress/*", "events/*", "outbox/*", "facets/*"],
    writes: [
      "jobs/*/status.json",
      "jobs/*/idle.json",
      "raw/*",
      "events/*",
      "outbox/*",
      "facets/*",
      "changed/*/usage",
    ],
    removes: ["jobs/*/secret.sealed", "open/*"],
  },
  Api: {
    handler: "functions/aws/api.handler",
    memoryMb: 1024,
    timeoutS: 60,
    reads: [
      ...STARTS_JOBS.reads,
      "index/*",
      "facets/*",
      "agents/*",
      "progress/*",
      "raw/*",
      "telemetry/*",
      "usage/*",
      "schedules/*",
      "callers/*",
      "changed/*/usage",
    ],
    writes: [
      ...STARTS_JOBS.writes,
      "jobs/*/spec.json",
      "jobs/*/listing.json",
      "jobs/*/control.json",
      "jobs/*/secret.sealed",
      "jobs/*/webhook.sealed",
      "open/*",
      "changed/*",
      "index/*",
      "facets/*",
      "agents/*",
      "telemetry/*",
      "schedules/*",
      "due/*",
      "callers/*/caller.json",
      "callers/*/account.json",
    ],
    removes: ["facets/*", "schedules/*", "callers/*/caller.json"],
    hasMasterKey: true,
  },
  Sweep: {
    handler: "functions/aws/sweep.handler",
    memoryMb: 512,
    timeoutS: 50,
    // A job whose executions have all died is ended here, as the workflow ends one.
    reads: [
      ...STARTS_JOBS.reads,
      "facets/*",
      "changed/*",
      "usage/*",
      "raw/*",
      "index/*",
      "agents/*",
      "schedules/*",
      "callers/*",
    ],
    writes: [
      ...STARTS_JOBS.writes,
      "jobs/*/status.json",
      "jobs/*/counted.json",
      "events/*",
      "outbox/*",
      "facets/*",
      "changed/*/usage",
      "usage/*",
      // The jobs of schedules are submitted here, as the API submits one.
      "jobs/*/spec.json",
      "jobs/*/control.json",
      "jobs/*/secret.sealed",
      "jobs/*/webhook.sealed",
      "open/*",
      "index/*",
      "agents/*",
      "schedules/*",
      "due/*",
      "callers/*/account.json",
      "callers/*/usage/*",
    ],
    // It erases jobs that were deleted, and submissions that were never accepted.
    removes: [
      "jobs/*",
      "raw/*",
      "progress/*",
      "events/*",
      "outbox/*",
      "deliveries/*",
      "index/*",
      "facets/*",
      "beside/*",
      "open/*",
      "changed/*",
      "schedules/*",
      "due/*",
    ],
    hasMasterKey: true,
  },
} satisfies Record<string, FunctionRow>;

/** The pages and files of the site, which Publish alone writes, and those of them that go with their job. */
export const SITE = {
  writes: [
    "r/*",
    "c/*",
    "by/*",
    "_astro/*",
    "compare/*",
    "method/*",
    "index.html",
    "feed.*",
    "sitemap.xml",
    "llms.txt",
  ],
  removes: ["r/*", "c/*", "by/*"],
};

export type FunctionName = keyof typeof FUNCTIONS;
