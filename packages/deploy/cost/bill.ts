import type { DeclaredFunction } from "./declared.ts";
import { PRICES } from "./prices.ts";
import { classA, classB } from "./tally.ts";
import type { Usage } from "./usage.ts";
import { gbSeconds, LOG_BYTES } from "./usage.ts";

/** USD by service. */
export interface Bill {
  lambda: number;
  durable: number;
  s3: number;
  edge: number;
  rest: number;
  total: number;
}

const GB = 1e9;
/** How long durable functions keep a history here, months. */
const KEPT_MONTHS = 14 / 30;

/** What the usage costs by the list, its storage for one month included. */
export function billOf(usage: Usage, functions: Record<string, DeclaredFunction>): Bill {
  const { memory, storage } = gbSeconds(usage, functions);
  const calls = Object.values(usage.calls).reduce((sum, { count }) => sum + count, 0);
  const lambda =
    total(memory) * PRICES.lambdaGbS.usd +
    storage * PRICES.lambdaStorageGbS.usd +
    calls * PRICES.lambdaRequest.usd;
  const durable =
    usage.durable.operations * PRICES.durableOperation.usd +
    (usage.durable.bytes / GB) * (PRICES.durableWrittenGb.usd + KEPT_MONTHS * PRICES.durableKeptGbMonth.usd);
  const s3 =
    classA(usage.s3) * PRICES.s3ClassA.usd +
    classB(usage.s3) * PRICES.s3ClassB.usd +
    (usage.storedBytes / GB) * PRICES.s3GbMonth.usd;
  const edge =
    usage.edge.requests * (PRICES.edgeRequest.usd + 2 * PRICES.edgeFunction.usd) +
    (usage.edge.bytes / GB) * PRICES.edgeOutGb.usd;
  const rest =
    (usage.sentBytes / GB) * PRICES.outGb.usd +
    ((calls * LOG_BYTES) / GB) * PRICES.logGb.usd +
    usage.timerCalls * PRICES.timer.usd;
  return { lambda, durable, s3, edge, rest, total: lambda + durable + s3 + edge + rest };
}

const total = (parts: Record<string, number>): number =>
  Object.values(parts).reduce((sum, part) => sum + part, 0);
