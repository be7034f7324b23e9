import { FUNCTIONS, type FunctionName, type FunctionRow } from "../../../infra/functions.ts";
import { PRICES } from "./prices.ts";
import type { S3Counts } from "./proxy.ts";

/**
 * What a deployment did in a stretch of time. Each part is named by its function as in `infra/functions.ts`,
 * and a request to the Api by its route too: `"Api POST /v1/jobs"`.
 */
export interface Counted {
  /** Calls of functions, and the seconds that all of them took together. */
  calls: Record<string, { count: number; seconds: number }>;
  /** The operations of the workflow, and the bytes of their payloads. */
  durable: { operations: number; bytes: number };
  s3: S3Counts;
  /** The bytes of the requests to the endpoint. */
  sentBytes: number;
}

const SERVICES = ["lambda", "durable", "s3", "edge", "rest"] as const;
/** USD by service. `rest` is logs, traffic and the scheduler. */
export type Cost = Record<(typeof SERVICES)[number], number>;
/** The cost by what it was for. */
export type Bill = Record<string, Cost>;

const WHAT: Record<string, string> = {
  "Api POST /v1/jobs": "submit",
  Preflight: "preflight",
  Job: "workflow",
  Shard: "level",
  Aggregate: "aggregate",
  Publish: "publish",
  Notify: "webhook",
  Sweep: "timer",
  outside: "agent",
};
/** The requests of a shard that follow its clock and not its load. */
const POLLING = new Set(["GET control", "PUT progress"]);

const GB = 1e9;
/** How long durable functions keep a history here, months. */
const KEPT_MONTHS = 14 / 30;
/** The bytes of a call's start, end and report, and of its first line. */
const LOG_BYTES = 600;
const NOTHING: Cost = { lambda: 0, durable: 0, s3: 0, edge: 0, rest: 0 };

/** The cost of what was counted, by the list of prices, with a month of what it stores. */
export function billOf({ calls, durable, s3, sentBytes }: Counted): Bill {
  const bill: Bill = {};
  const charge = (what: string, service: keyof Cost, usd: number): void => {
    bill[what] = { ...(bill[what] ?? NOTHING), [service]: (bill[what]?.[service] ?? 0) + usd };
  };
  for (const [who, { count, seconds }] of Object.entries(calls)) {
    charge(whatOf(who), "lambda", count * PRICES.lambdaCall.usd + seconds * perSecond(who));
    charge(whatOf(who), "rest", ((count * LOG_BYTES) / GB) * PRICES.logGb.usd);
    if (who === "Sweep") charge("timer", "rest", count * PRICES.timer.usd);
    if (who.startsWith("Api"))
      charge(whatOf(who), "edge", count * (PRICES.edgeRequest.usd + 2 * PRICES.edgeFunction.usd));
  }
  for (const [who, asked] of Object.entries(s3.asked))
    for (const [operation, times] of Object.entries(asked)) {
      const isPolling = who === "Shard" && POLLING.has(operation);
      charge(isPolling ? "polling" : whatOf(who), "s3", times * requestUsd(operation));
    }
  if (s3.putBytes > 0) charge("storage", "s3", (s3.putBytes / GB) * PRICES.s3GbMonth.usd);
  if (sentBytes > 0) charge("level", "rest", (sentBytes / GB) * PRICES.outGb.usd);
  if (durable.operations > 0) {
    const perGb = PRICES.durableWrittenGb.usd + KEPT_MONTHS * PRICES.durableKeptGbMonth.usd;
    const usd = durable.operations * PRICES.durableOperation.usd + (durable.bytes / GB) * perGb;
    charge("workflow", "durable", usd);
  }
  return bill;
}

/** Agents make all other requests to the Api, as long as nobody watches. */
const whatOf = (who: string): string => WHAT[who] ?? "agent";

/** The price of a second of a function's memory, and of its /tmp above what is free. */
function perSecond(who: string): number {
  const { memoryMb, storageMb = 512 }: FunctionRow = FUNCTIONS[who.split(" ")[0] as FunctionName];
  return (memoryMb * PRICES.lambdaGbS.usd + (storageMb - 512) * PRICES.lambdaStorageGbS.usd) / 1024;
}

function requestUsd(operation: string): number {
  if (/^(PUT|LIST) /.test(operation)) return PRICES.s3ClassA.usd;
  return /^(GET|HEAD) /.test(operation) ? PRICES.s3ClassB.usd : 0;
}

export const timesCost = (cost: Cost, factor: number): Cost => mapped((service) => cost[service] * factor);
export const usdSum = (costs: Cost[]): Cost =>
  mapped((service) => costs.reduce((sum, cost) => sum + cost[service], 0));
export const totalOf = (cost: Cost): number => SERVICES.reduce((sum, service) => sum + cost[service], 0);
const mapped = (usd: (service: keyof Cost) => number): Cost => ({
  lambda: usd("lambda"),
  durable: usd("durable"),
  s3: usd("s3"),
  edge: usd("edge"),
  rest: usd("rest"),
});
