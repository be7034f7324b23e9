import { LEAD_MS, USERS_PER_SHARD } from "@brimline/functions/aws/limits";
import { PRESETS } from "@brimline/sim/presets";
import { alignedTable } from "./table.ts";
import { parseArgs } from "node:util";
import { type Bill, billOf, type Cost, usdSum, timesCost, totalOf } from "./cost/bill.ts";
import { limits } from "./limits.ts";
import { rehearse } from "./cost/rehearse.ts";

/**
 * `npm run cost:aws` prints where a deployment breaks and what it costs. It runs one real job and then an
 * idle stretch, counts both in a rehearsal on this machine, and applies AWS's list of prices. `--idle-s n`
 * sets another length of that stretch.
 */

/** An agent at rest does everything it does within this time. */
const REST_S = 300;
const MONTH_S = 730 * 3600;
const { values } = parseArgs({ options: { "idle-s": { type: "string", default: String(REST_S) } } });
const idleS = Number(values["idle-s"]);
const LEVELS = [10, 50, 100];
const JOB = {
  levels: LEVELS,
  stop: { durationS: 30 },
  workload: { inputTokens: 500, outputTokens: 100 },
};

/** Two significant figures, or whole cents above a dollar. */
const usd = (amount: number): string => {
  if (amount === 0) return "";
  return `$${amount >= 1 ? amount.toFixed(2) : amount.toLocaleString("en", { maximumSignificantDigits: 2 })}`;
};
const HEADS = ["", "Lambda", "durable", "S3", "edge", "logs, traffic", "together"];
const row = (name: string, cost: Cost): string[] => [
  name,
  ...[cost.lambda, cost.durable, cost.s3, cost.edge, cost.rest, totalOf(cost)].map(usd),
];

function costTable(job: Bill, idle: Bill): string {
  const { timer: _, ...parts } = job;
  const month = (cost: Cost): Cost => timesCost(cost, MONTH_S / idleS);
  return alignedTable(HEADS, [
    ...Object.entries(parts).map(([what, cost]) => row(what, cost)),
    row(`a job of 3 levels of 30 s: ${LEVELS.join(", ")} users`, usdSum(Object.values(parts))),
    ...Object.entries(idle).map(([what, cost]) => row(`idle, a month: ${what}`, month(cost))),
  ]);
}

console.log(`${alignedTable(["what", "limit", "reached at"], limits())}\n`);
console.log(`a real job and ${idleS} s of nothing, ${Math.ceil(4 + idleS / 60)} minutes …\n`);
const seen = await rehearse({
  preset: PRESETS["a40-8b"],
  job: JOB,
  idleS,
  options: { leadMs: LEAD_MS, usersPerShard: USERS_PER_SHARD, concurrency: 50, sweepEveryMs: 60_000 },
});
if (seen === null) throw new Error("VersityGW is not there, and no Go that could build it");
const { state, job, idle } = seen;
if (idle === null) throw new Error("the idle stretch must be longer than nothing");
console.log(`${costTable(billOf(job), billOf(idle))}\n`);
console.log(
  alignedTable(
    ["function", "calls", "seconds here"],
    Object.entries(job.calls).map(([name, { count, seconds }]) => [name, String(count), seconds.toFixed(1)]),
  ),
);
if (state !== "completed" || job.s3.faults + idle.s3.faults > 0)
  throw new Error(`not to be trusted: the job ended ${state}, ${job.s3.faults} answers of S3 were faults`);
