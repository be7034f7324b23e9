import { source } from "@brimline/core/job/level/source";
import type { LevelPlan } from "@brimline/core/job/level/level-plan";
import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { JobSpec } from "@brimline/core/job/spec/spec";
import type { RequestRecord } from "@brimline/core/record/record";
import type { ChunkLog } from "@brimline/sim/log";
import { shardReport } from "@brimline/testkit/load/report";
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuard } from "./guard/guard.ts";
import { runShard } from "./level/shard.ts";
import type { ShardPlan } from "./level/shard-plan.ts";

/**
 * The endpoint has its own process, and its own log of when it handed each chunk to the socket. That log is
 * the truth that our records are compared with.
 */
let sim: ChildProcess;
let url: string;

beforeAll(async () => {
  sim = fork(fileURLToPath(import.meta.resolve("@brimline/sim/main")), ["--preset", "a40-8b"], {
    silent: true,
  });
  if (sim.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: sim.stdout })) {
    url = /(http\S+)$/.exec(line)?.[1] ?? "";
    break;
  }
});
afterAll(() => sim.kill("SIGKILL"));

/** Answers are short, so that a short level holds enough of them. */
const LEVELS = {
  1: { durationS: 4, rampS: 0, outputTokens: 8 },
  100: { durationS: 3, rampS: 0.5, outputTokens: 8 },
} as const;
type Users = keyof typeof LEVELS;

async function measure(users: Users) {
  const { durationS, rampS, outputTokens } = LEVELS[users];
  const spec = JobSpec.parse({
    endpoint: { url, model: "sim-8b" },
    levels: [users],
    warmup: false,
    workload: { inputTokens: 8, outputTokens },
  });
  const levelPlan: LevelPlan = {
    id: "l01",
    role: "measured",
    load: { kind: "concurrency", users },
    stop: { durationS, requests: null },
    rampS,
    repeat: 0,
  };
  const records: RequestRecord[] = [];
  const since = Date.now();
  const shardPlan: ShardPlan = {
    spec,
    seed: "accuracy",
    level: levelPlan,
    shard: 0,
    shards: 1,
    t0UnixMs: since + 500,
    traits: { without: [] },
    secrets: NO_SECRETS,
    largestE2eMs: null,
  };
  const summary = await runShard(shardPlan, {
    guard: createGuard({ profile: "local" }),
    onRecord: (record) => records.push(record),
    cancel: new AbortController().signal,
  }).ended;
  const endpoint = { server: null, simulated: true, ignoreEos: true, usage: true, saysEnd: true };
  const { createdAt, levels } = shardReport(
    { spec, seed: shardPlan.seed, plan: levelPlan, endpoint },
    { summary, records },
  );
  const [level] = levels;
  const window = level?.runs[0]?.window;
  if (level === undefined || window == null) throw new Error("no window");
  const from = Date.parse(createdAt) + 1000 * window.startS;
  const log = await logSince(since);
  const sentUnixMs = new Map(
    records.map((record) => [openingOf(shardPlan, record.index), summary.t0UnixMs + record.sentMs]),
  );
  return {
    level,
    records,
    log,
    sentUnixMs,
    truth: truthOf(log, sentUnixMs, from, Date.parse(createdAt) + 1000 * window.endS),
  };
}

/** How a request's prompt begins: its salt identifies it in the endpoint's log. */
const openingOf = (plan: ShardPlan, index: number): string => source(plan).at(index).prompt().slice(0, 16);

async function logSince(unixMs: number): Promise<ChunkLog> {
  const text = await (await fetch(`${url.replace(/\/v1$/, "")}/sim/log`)).text();
  const log = text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as ChunkLog[number]]));
  return log.filter((entry) => entry.receivedMs >= unixMs);
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * What the endpoint did between two times, by its own log. TTFT runs from when our record says that we sent,
 * because a user also waits while a request lies in the endpoint's socket and the endpoint writes to others.
 * (Another test shows that our records are right about it.)
 */
function truthOf(log: ChunkLog, sentUnixMs: Map<string, number>, from: number, to: number) {
  const isWithin = (atMs: number): boolean => atMs >= from && atMs <= to;
  const chunks = log.flatMap(({ chunkWrittenMs }) => chunkWrittenMs);
  const ttftsMs = log.flatMap(({ opening, chunkWrittenMs: [first] }) => {
    const sent = sentUnixMs.get(opening);
    return first === undefined || sent === undefined || !isWithin(sent) ? [] : [first - sent];
  });
  return {
    ttftMs: median(ttftsMs),
    gapMs: median(
      log.flatMap(({ chunkWrittenMs: at }) =>
        at.flatMap((ms, index) => (index > 0 && isWithin(ms) ? [ms - (at[index - 1] ?? Number.NaN)] : [])),
      ),
    ),
    tokensPerS: (1000 * chunks.filter(isWithin).length) / (to - from),
  };
}

// Each try measures anew.
test.each([1, 100] as const)(
  "%d users: what is measured agrees with the endpoint's own log",
  async (users) => {
    const { level, log, records, sentUnixMs, truth } = await measure(users);
    const agrees = (what: string, value: number | null, trueValue: number, absolute: number): void => {
      expect.soft(value, what).not.toBeNull();
      const error = Math.abs((value ?? Number.NaN) - trueValue);
      expect
        .soft(error, `${what}: ${value} measured, ${trueValue} true`)
        .toBeLessThanOrEqual(Math.max(absolute, 0.02 * trueValue));
    };
    agrees("TTFT p50, within 1 ms or 2 %", level.ttftMs.p50.value, truth.ttftMs, 1);
    agrees("chunk gap p50, within 1 ms or 2 %", level.chunkGapMs.p50.value, truth.gapMs, 1);
    agrees("throughput, within 2 %", level.outputTokensPerS.value, truth.tokensPerS, 0);
    const backwards = records.filter(
      ({ outcome, firstMs, lastMs }) =>
        outcome === "ok" && !(firstMs !== null && lastMs !== null && firstMs < lastMs),
    );
    expect.soft(backwards, "TTFT is below E2E in every request").toEqual([]);
    // One user finds the endpoint idle. With more users, requests wait in its sockets while it writes to
    // others.
    if (users !== 1) return;
    const delays = log.map(({ opening, receivedMs }) => receivedMs - (sentUnixMs.get(opening) ?? Number.NaN));
    expect.soft(Math.min(...delays), "nothing is read before we say that we sent it").toBeGreaterThan(-0.2);
    expect.soft(median(delays), "and within 2 ms of it").toBeLessThan(2);
  },
);
