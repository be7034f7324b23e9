import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { aggregate } from "@brimline/core/report/aggregate";
import type { Level } from "@brimline/core/report/schema";
import { syntheticJob } from "@brimline/testkit/synthetic";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LOAD_TRANSPORT } from "../transport/load-transport.ts";
import { DONE, play, type Scripted, scriptedEndpoint, STOP, word } from "@brimline/testkit/load/scripted";

const IS_KERNEL = LOAD_TRANSPORT === "kernel";
const USERS = 4;
const DURATION_S = 3;
/** The TTFT is 300 ms, as large as the figures of a level of 3 s can be. */
const BEAT_MS = 300;
const HELD_MS = 60;
const FREE_MS = 20;
/** Some chunks that come faster than a process reads that gets no core. */
const FAST = Array.from({ length: 40 }, () => [10, word("a")]).flat();

let endpoint: Scripted;
let answer: (response: ServerResponse) => Promise<void>;
let worker: ChildProcess;
beforeAll(async () => {
  endpoint = await scriptedEndpoint((response) => answer(response));
  const program = fileURLToPath(import.meta.resolve("@brimline/testkit/load/certified"));
  worker = fork(program, ["--uncertified"], { execArgv: [] });
  await once(worker, "message");
});
afterAll(async () => {
  worker.kill("SIGKILL");
  await endpoint.close();
});

/** Runs one level in the process, and returns what a report says of it and what it says of its arrivals. */
async function level(): Promise<{ level: Level; summary: ShardSummary; records: RequestRecord[] }> {
  worker.send({ url: endpoint.url, wanted: { users: USERS, durationS: DURATION_S } });
  const [shard] = (await once(worker, "message")) as [{ summary: ShardSummary; records: RequestRecord[] }];
  const plan = {
    id: "l01",
    role: "measured",
    load: { kind: "concurrency", users: USERS },
    stop: { durationS: DURATION_S, requests: null },
    rampS: 0,
    repeat: 0,
  } as const;
  const report = aggregate(
    syntheticJob([{ plan, attempt: 1, state: "completed", reason: null, missingShards: 0, shards: [shard] }]),
  );
  const [first] = report.levels;
  if (first === undefined) throw new Error("no level");
  return { level: first, ...shard };
}

/** The same for a process that gets no core for `HELD_MS` at a time, whatever priority it has and however many there are. */
async function starvedLevel(): ReturnType<typeof level> {
  const stop = new AbortController();
  const [starved] = await Promise.all([level().finally(() => stop.abort()), holdAgainAndAgain(stop.signal)]);
  return starved;
}

async function holdAgainAndAgain(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    worker.kill("SIGSTOP");
    await setTimeout(HELD_MS);
    worker.kill("SIGCONT");
    await setTimeout(FREE_MS);
  }
}

describe("a process that gets no core", () => {
  test("has a late event loop, merges chunks by the kernel's clock, and has a client_limited level", async () => {
    answer = (response) => play(response, [BEAT_MS, ...FAST, STOP, DONE]);
    const starved = await starvedLevel();
    const { arrivals, eventLoop } = starved.summary;
    expect(eventLoop?.delayP99Ms).toBeGreaterThan(0.05 * BEAT_MS);
    if (IS_KERNEL) expect(arrivals.merged / arrivals.chunks).toBeGreaterThan(0.01);
    expect(starved.level.reasons).toContain("client_limited");
    expect(starved.level.validity).not.toBe("valid");
  });

  test.runIf(IS_KERNEL)("knows when chunks came, or says that they merged", async () => {
    const writtenMs: number[] = [];
    answer = async (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      let beforeMs: number | null = null;
      for (const chunk of [word("a"), word("b"), STOP]) {
        await setTimeout(BEAT_MS);
        response.write(chunk);
        const nowMs = performance.now();
        if (beforeMs !== null) writtenMs.push(nowMs - beforeMs);
        beforeMs = nowMs;
      }
      response.end(DONE);
    };
    const { summary, records } = await starvedLevel();
    expect(summary.eventLoop?.delayP99Ms).toBeGreaterThan(0.05 * BEAT_MS);
    const exact = records.filter(({ outcome, merged }) => outcome === "ok" && merged.length === 0);
    expect(exact.length).toBeGreaterThan(0);
    // Chunks that were seen late have other gaps, some 20 ms longer here: users ask late, and the endpoint's waits
    // begin with that.
    const seenMs = exact.flatMap(({ gapsUs }) => gapsUs.map((gapUs) => gapUs / 1000));
    expect(Math.abs(median(seenMs) - median(writtenMs))).toBeLessThan(5);
  });
});

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
