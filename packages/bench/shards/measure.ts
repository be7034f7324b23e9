import { ourFigures, ourLevel } from "../engine/ours.ts";
import { recordsAsWritten } from "../figures/written.ts";
import type { Measured } from "../measured.ts";
import { windowOf } from "../peers/measure.ts";
import type { ClientLoad } from "../scenario.ts";
import { logOf } from "../truth/start.ts";
import { CORES } from "@brimline/testkit/pin";
import { benchLevel, startShards } from "./start.ts";

/** Two more than a peer's users send, because a report wants a window of three answers. */
const REQUESTS_A_USER = 6;

/** Runs a level of the product in a process of its own on the clients' core, as a peer's client is run. */
export async function measureShard({ streams, stream }: ClientLoad, port: number): Promise<Measured> {
  const shard = await startShards(CORES.client, { streams });
  try {
    const requests = REQUESTS_A_USER * streams;
    const [plan] = benchLevel(
      `http://127.0.0.1:${port}/v1`,
      1,
      { kind: "concurrency", users: streams },
      { durationS: null, requests },
      { workload: { inputTokens: 16, outputTokens: stream.n } },
    );
    if (plan === undefined) throw new Error("no shard");
    // Users that all begin at once would stay together, and their requests be worth few independent ones.
    plan.level.rampS = (stream.ttftUs + stream.n * stream.gapUs) / 1e6;
    let hasEnded = false;
    const [done, watched] = await Promise.all([
      shard.run({ plan, control: null }).finally(() => (hasEnded = true)),
      windowOf(shard.pid, () => hasEnded, port, { users: streams, chunks: stream.n }),
    ]);
    if (watched === null) throw new Error("the level ended before its window");
    const written = recordsAsWritten(plan, done, await logOf(port), "read");
    const level = ourLevel(plan, done);
    const was = ourLevel(plan, { ...done, records: written });
    return {
      client: "brimline",
      streams,
      ...watched,
      requests,
      wrong: done.records.filter(({ outcome, gapsUs }) => outcome !== "ok" || gapsUs.length !== stream.n)
        .length,
      lagMs: null,
      ttftErrorMs: null,
      gapErrorMs: null,
      own: ourFigures(level),
      intervals: { ttftMs: level.ttftMs.p99, tpotMs: level.tpotMs.p99, itlMs: level.chunkGapMs.p99 },
      truth: {
        ttftMs: was.ttftMs.p99.value,
        tpotMs: was.tpotMs.p99.value,
        itlMs: was.chunkGapMs.p99.value,
      },
    };
  } finally {
    shard.stop();
  }
}
