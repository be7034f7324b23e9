import type { RequestRecord, ShardSummary } from "@brimline/core/record/record";
import { aggregate } from "@brimline/core/report/aggregate";
import type { Level } from "@brimline/core/report/schema";
import { syntheticJob } from "@brimline/testkit/synthetic";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Certification } from "./certificate.ts";
import { LOAD_TRANSPORT } from "../transport/load-transport.ts";
import {
  type AnswerPart,
  DONE,
  play,
  type Scripted,
  scriptedEndpoint,
  STOP,
  word,
} from "@brimline/testkit/load/scripted";

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
let script: AnswerPart[];
let worker: ChildProcess;
let certification: Certification;
beforeAll(async () => {
  endpoint = await scriptedEndpoint((response) => play(response, script));
  worker = fork(fileURLToPath(import.meta.resolve("@brimline/testkit/load/certified")), [], { execArgv: [] });
  [certification] = (await once(worker, "message")) as [Certification];
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

describe("a process that certifies itself", () => {
  test("knows its largest event rate, and of each error the median, the p99 and the maximum, in ascending order", () => {
    expect(certification.uncertified).toBeNull();
    const of = certification.certificate;
    for (const three of [
      [of?.addedTtftP50Ms ?? 0, of?.addedTtftP99Ms ?? 0, of?.addedTtftMaxMs ?? 0],
      [of?.chunkLagP50Ms ?? 0, of?.chunkLagP99Ms ?? 0, of?.chunkLagMaxMs ?? 0],
      [of?.addedGapP50Ms ?? 0, of?.addedGapP99Ms ?? 0, of?.addedGapMaxMs ?? 0],
    ]) {
      expect(three.toSorted((a, b) => a - b)).toEqual(three);
      expect(three[0]).toBeGreaterThanOrEqual(0);
    }
    expect(of?.transport).toBe(LOAD_TRANSPORT);
    expect(of?.requests).toBeGreaterThanOrEqual(368);
    expect(of?.gaps).toBeGreaterThan(of?.requests ?? Infinity);
  });

  test("has median errors below 2 ms, by the kernel's clock 0.2 ms, knows the other clock to 0.1 ms, and reads more than 20,000 events a second", () => {
    const { addedTtftP50Ms, chunkLagP50Ms, addedGapP50Ms, clockErrorMs, maxEventsPerS } =
      certification.certificate ?? {};
    expect(
      Math.max(addedTtftP50Ms ?? Infinity, chunkLagP50Ms ?? Infinity, addedGapP50Ms ?? Infinity),
    ).toBeLessThan(IS_KERNEL ? 0.2 : 2);
    expect(clockErrorMs).toBeLessThan(0.1);
    expect(maxEventsPerS).toBeGreaterThan(20_000);
  });

  test("that gets no core has a late event loop, merges chunks by the kernel's clock, and has a client_limited level", async () => {
    script = [BEAT_MS, ...FAST, STOP, DONE];
    const starved = await starvedLevel();
    const { arrivals, eventLoop } = starved.summary;
    expect(eventLoop?.delayP99Ms).toBeGreaterThan(0.05 * BEAT_MS);
    if (IS_KERNEL) expect(arrivals.merged / arrivals.chunks).toBeGreaterThan(0.01);
    expect(starved.level.reasons).toContain("client_limited");
    expect(starved.level.validity).not.toBe("valid");
  });

  test.runIf(IS_KERNEL)("that gets no core knows when chunks came, or says that they merged", async () => {
    script = [BEAT_MS, word("a"), BEAT_MS, word("b"), BEAT_MS, STOP, DONE];
    const { summary, records } = await starvedLevel();
    expect(summary.eventLoop?.delayP99Ms).toBeGreaterThan(0.05 * BEAT_MS);
    const exact = records.filter(({ outcome, merged }) => outcome === "ok" && merged.length === 0);
    expect(exact.length).toBeGreaterThan(0);
    // The endpoint waits at least so long, but for a timer that may be early by a ms. A chunk that was seen late
    // would be closer to the next one.
    expect(Math.min(...exact.flatMap(({ gapsUs }) => gapsUs)) / 1000).toBeGreaterThan(BEAT_MS - 2);
  });
});
