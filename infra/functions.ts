/**
 * The functions of the deployment, a row each: what it is given and what it may do. sst.config.ts makes them of it, and packages/deploy
 * reckons what they cost. Nothing of SST is needed to read it.
 */
export interface FunctionRow {
  handler: string;
  memoryMb: number;
  /** Of one call; Lambda allows 900. */
  timeoutS: number;
  /** Of /tmp; Lambda gives 512 for nothing. */
  storageMb?: number;
  /** What it reads, writes and removes in the data bucket, by key. */
  reads: string[];
  writes: string[];
  removes?: string[];
  /** It opens what the API has sealed. */
  hasMasterKey?: true;
  /** It calls the endpoint: it runs in the operator's subnets, where there are any. */
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
    timeoutS: 180,
    reads: ["jobs/*"],
    writes: ["jobs/*/preflight.*"],
    hasMasterKey: true,
    callsEndpoint: true,
  },
  Shard: {
    handler: "functions/aws/shard.handler",
    // The size at which Lambda gives one whole vCPU: less would measure itself.
    memoryMb: 1769,
    timeoutS: 900,
    reads: ["jobs/*", "raw/*"],
    writes: ["raw/*", "progress/*"],
    hasMasterKey: true,
    callsEndpoint: true,
  },
  Aggregate: {
    handler: "functions/aws/aggregate.handler",
    // One whole vCPU, for it uses no second; a million requests of 100 chunks take 420 MB.
    memoryMb: 1769,
    timeoutS: 600,
    // It keeps the chunks of many requests in a file.
    storageMb: 2048,
    reads: ["jobs/*", "raw/*", "telemetry/*"],
    writes: ["jobs/*/manifest.json", "jobs/*/report.json"],
  },
  Publish: {
    handler: "functions/aws/publish.handler",
    // One whole vCPU; a page takes 250 MB.
    memoryMb: 1769,
    timeoutS: 300,
    reads: ["jobs/*", "published/*"],
    writes: ["published/*"],
  },
  Notify: {
    handler: "functions/aws/notify.handler",
    memoryMb: 512,
    timeoutS: 60,
    reads: ["jobs/*", "events/*", "deliveries/*"],
    writes: ["deliveries/*"],
    removes: ["outbox/*"],
    hasMasterKey: true,
  },
  Job: {
    handler: "functions/aws/job.handler",
    memoryMb: 1024,
    timeoutS: 900,
    reads: ["jobs/*", "raw/*", "progress/*", "events/*", "outbox/*"],
    writes: ["jobs/*/status.json", "jobs/*/idle.json", "raw/*", "events/*", "outbox/*"],
    removes: ["jobs/*/secret.sealed", "open/*"],
  },
  Api: {
    handler: "functions/aws/api.handler",
    memoryMb: 1024,
    timeoutS: 60,
    reads: [...STARTS_JOBS.reads, "index/*", "agents/*", "progress/*"],
    writes: [
      ...STARTS_JOBS.writes,
      "jobs/*/spec.json",
      "jobs/*/control.json",
      "jobs/*/secret.sealed",
      "jobs/*/webhook.sealed",
      "open/*",
      "index/*",
      "agents/*",
      "telemetry/*",
    ],
    hasMasterKey: true,
  },
  Sweep: {
    handler: "functions/aws/sweep.handler",
    memoryMb: 512,
    timeoutS: 50,
    reads: STARTS_JOBS.reads,
    writes: [...STARTS_JOBS.writes, "jobs/*/status.json", "events/*", "outbox/*"],
    removes: ["jobs/*/secret.sealed", "jobs/*/webhook.sealed", "open/*"],
  },
} satisfies Record<string, FunctionRow>;

export type FunctionName = keyof typeof FUNCTIONS;
