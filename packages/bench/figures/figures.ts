import type { ShardPlan } from "@brimline/load/level/shard-plan";
import { CORES } from "@brimline/testkit/pin";
import { setTimeout as sleep } from "node:timers/promises";
import { startBusyLoop } from "../busy.ts";
import { ourLevel } from "../engine/ours.ts";
import { benchLevel, type ShardProcess, startShards } from "../shards/start.ts";
import type { Study } from "../study.ts";
import { type Stream, STREAM } from "../truth/parameters.ts";
import { logOf, startTruth } from "../truth/start.ts";
import { heldFigures } from "./held.ts";
import { type Judged, render } from "./tables.ts";
import { recordsAsWritten } from "./written.ts";

/** Its chunks are spread by ± 5 ms, so that percentiles differ. Answers take 0.43 s. */
const ANSWER: Stream = { ...STREAM, n: 20, jitterUs: 5000 };
const RAMP_S = (ANSWER.ttftUs + (ANSWER.n - 1) * ANSWER.gapUs) / 1e6;
/** The time after all users have begun. It holds the ten slices that a mean's interval needs. */
const SECONDS = 6;
const STOPPED_MS = 300;

/** What happens to the process of the load meanwhile. */
type Trouble = "quiet" | "busy" | "stopped";

const LEVELS: { users: number; trouble: Trouble }[] = [
  { users: 100, trouble: "quiet" },
  { users: 100, trouble: "busy" },
  { users: 100, trouble: "stopped" },
  { users: 1000, trouble: "quiet" },
  { users: 1000, trouble: "busy" },
];

/** Shows whether what a report says of a level holds what the server's log says of it, whatever troubles the client. */
export const figures: Study = {
  name: "figures",
  title: "the figures of a report, by the server's log",
  quick: false,
  async run({ rounds }) {
    const judged: Judged[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const { users, trouble } of LEVELS) {
        process.stderr.write(`round ${round + 1}/${rounds}  figures  ${users} streams, ${trouble}\n`);
        judged.push({
          round,
          level: `${users.toLocaleString("en")}, ${trouble}`,
          ...(await judge(users, trouble)),
        });
      }
    }
    return { text: render(judged), figures: judged };
  },
};

async function judge(users: number, trouble: Trouble): Promise<Omit<Judged, "round" | "level">> {
  const shard = await startShards(null, { streams: users });
  shard.pin(CORES.client);
  const truth = await startTruth(ANSWER, { core: CORES.server, realtime: true });
  const stopLoop = trouble === "busy" ? startBusyLoop() : null;
  try {
    const plan = planOf(truth.port, users);
    const [done] = await Promise.all([
      shard.run({ plan, control: null }),
      trouble === "stopped" && stopAmidst(shard, plan),
    ]);
    const level = ourLevel(plan, done);
    const log = await logOf(truth.port);
    const truths = (["read", "recorded"] as const).map((sent) =>
      ourLevel(plan, { ...done, records: recordsAsWritten(plan, done, log, sent) }),
    );
    return {
      chunks: done.summary.arrivals.chunks,
      merged: done.summary.arrivals.merged,
      validity: level.validity,
      reasons: level.reasons,
      stalls: { said: level.stalls.count, truth: truths[0]?.stalls.count ?? 0 },
      held: heldFigures(level, truths),
    };
  } finally {
    stopLoop?.();
    shard.stop();
    await truth.stop();
  }
}

function planOf(port: number, users: number): ShardPlan {
  const [plan] = benchLevel(
    `http://127.0.0.1:${port}/v1`,
    1,
    { kind: "concurrency", users },
    { durationS: SECONDS, requests: null },
    { workload: { inputTokens: 16, outputTokens: ANSWER.n } },
  );
  if (plan === undefined) throw new Error("no shard");
  return { ...plan, level: { ...plan.level, rampS: RAMP_S } };
}

/** Stops the process in the middle of the level. */
async function stopAmidst(shard: ShardProcess, { t0UnixMs }: ShardPlan): Promise<void> {
  await sleep(t0UnixMs + 1000 * (RAMP_S + SECONDS / 2) - Date.now());
  await shard.pauseFor(STOPPED_MS);
}
