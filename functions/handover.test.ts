import { dueTimes, type RateLoad } from "@brimline/core/job/arrival";
import type { JobRequest } from "@brimline/core/job/spec";
import { promptText } from "@brimline/core/job/prompt";
import { requestSeed, requestSize } from "@brimline/core/job/schedule";
import { decodeRecord } from "@brimline/core/record/codec";
import type { RequestRecord } from "@brimline/core/record/record";
import { type Level, Report } from "@brimline/core/report/schema";
import { createEngine } from "@brimline/durable/engine";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { answerOf } from "./fault.ts";
import { jobWorkflow } from "./job.ts";
import { type MeasuredLevel, measuredLevels } from "./objects/ended-levels.ts";
import { recordLines } from "./objects/records.ts";
import { openService } from "./local/home.ts";
import { createObject, putObject, readObject } from "./objects/object.ts";
import type { Service } from "./service.ts";
import { aggregateTask } from "./tasks/aggregate.ts";
import { AggregateTaskInput } from "./tasks/freeze.ts";
import { ShardInput, shardTask } from "./tasks/shard.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";

/** Levels that no shard may carry to their end: the workflow, its shards and the report, with legs of 2.5 s instead of 13 min. */

const root = await mkdtemp(join(tmpdir(), "brimline-handover-"));
afterAll(() => rm(root, { recursive: true, maxRetries: 5 }));

const JOB = "j0000000000000000000";
const USERS = 8;
const DURATION_S = 6;
const STEP_MS = 50;
/** What a busy machine may keep this process from running. */
const HICCUP_MS = 1500;
const SLICE_MS = 500;
const RATE: RateLoad = { kind: "rate", ratePerS: 20, arrival: "poisson", burstiness: null };
const NAMES = {
  preflight: "preflight",
  shard: "shard",
  aggregate: "aggregate",
  publish: "publish",
  notify: "notify",
};
/** Six tokens of 50 ms each: little to do for a busy machine. */
const ENDPOINT = { ...PRESETS.quick, params: { ...PRESETS.quick.params, stepMs: STEP_MS } };

interface Ran {
  service: Service;
  level: MeasuredLevel;
  reported: Level;
  report: Report;
  /** Of the measured level, by the number of the shard that sent them. */
  records: RequestRecord[][];
  /** Shards of the measured level that were begun. */
  begun: number[];
  openAtEnd: number;
}

interface Wanted {
  durationS?: number;
  legMaxS?: number;
  levels: JobRequest["levels"];
  /** Called when a shard of the measured level is begun. */
  onShard?: (service: Service, shard: number) => void;
}

/** Runs a job of one level against an endpoint of its own. */
async function run({ durationS = DURATION_S, legMaxS, levels, onShard }: Wanted): Promise<Ran> {
  const endpoint = await startEndpoint({ preset: ENDPOINT });
  const service = await openService(homeOf(await mkdtemp(join(root, "d-"))));
  await acceptJob(service, JOB, {
    endpoint: { url: endpoint.url, model: "sim-quick" },
    workload: { inputTokens: 16, outputTokens: 6 },
    levels,
    stop: { durationS },
    rampS: 0.2,
  });
  const begun: number[] = [];
  const engine = createEngine({
    functions: {
      preflight: () =>
        createObject(service.data, keys.preflight(JOB), ACCEPTED_PREFLIGHT).then(() => ({
          value: { verdict: "accepted", problem: null },
        })),
      shard(input) {
        const task = ShardInput.parse(input);
        if (task.attempt.includes("/l01/")) {
          begun.push(task.shard);
          onShard?.(service, task.shard);
        }
        return answerOf(() => shardTask(service, task));
      },
      aggregate: (input) => answerOf(() => aggregateTask(service, AggregateTaskInput.parse(input))),
      publish: async () => ({ value: { hasPage: false } }),
      notify: async () => ({}),
    },
  });
  const rules = {
    leadMs: 1000,
    maxShards: 4,
    usersPerShard: USERS / 2,
    ...(legMaxS !== undefined && { legMaxS }),
  };
  const log: unknown[] = [];
  const workflow = jobWorkflow({
    service,
    names: NAMES,
    rules,
    logError: (error) => log.push(error),
    stopping: new AbortController().signal,
  });
  await engine.start(JOB, workflow, { jobId: JOB });
  const openAtEnd = endpoint.state().open;
  await endpoint.close();
  const level = (await measuredLevels(service, JOB)).find(({ end }) => end.plan.id === "l01");
  const report = await readObject(service.data, keys.report(JOB), Report);
  const reported = report?.levels.find(({ id }) => id === "l01");
  if (level === undefined || report === null || reported === undefined)
    throw new Error(`the level was not reported: ${log.join("\n")}`);
  const records = await Promise.all(
    level.shards.map(async ({ shard }) =>
      (await recordLines(service.data, keys.records(level.attempt, shard))).map(decodeRecord),
    ),
  );
  return { service, level, reported, report, records, begun, openAtEnd };
}

/** Mean in flight from one moment to another, ms from T0. */
function inFlight(records: RequestRecord[], fromMs: number, toMs: number): number {
  const flown = records.reduce(
    (sum, { sentMs, doneMs }) => sum + Math.max(0, Math.min(doneMs ?? toMs, toMs) - Math.max(sentMs, fromMs)),
    0,
  );
  return flown / (toMs - fromMs);
}

/** Seconds of the report as ms from the level's T0. */
const fromT0 = ({ runs }: Level, atS: number): number => 1000 * (atS - (runs[0]?.startS ?? 0));

let handedOver: Ran;
let inOne: Ran;
let byRate: Ran;
let cancelled: Ran;
beforeAll(async () => {
  const cancel = (service: Service): void => {
    setTimeout(
      () =>
        void putObject(service.data, keys.control(JOB), { schema: "brimline.control/1", action: "cancel" }),
      1500,
    );
  };
  [handedOver, inOne, byRate, cancelled] = await Promise.all([
    run({ levels: [USERS], legMaxS: 2.5 }),
    run({ levels: [USERS] }),
    run({ levels: [{ rate: RATE.ratePerS }], legMaxS: 2.5 }),
    // Long legs: the cancel must be heard before the third would begin, also on a busy machine.
    run({
      levels: [4],
      durationS: 18,
      legMaxS: 6.5,
      onShard: (service, shard) => shard === 1 && cancel(service),
    }),
  ]);
}, 120_000);

describe("a level of 6 s in legs of 2.5 s at most", () => {
  test("is carried by three legs of two shards each, and every shard sends in the time of its leg", () => {
    expect(handedOver.begun.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(handedOver.level.end).toMatchObject({
      state: "completed",
      shards: 6,
      missingShards: 0,
      attempt: 1,
    });
    for (const [at, { leg, requests }] of handedOver.level.shards.entries()) {
      expect(leg).toMatchObject({ number: Math.floor(at / 2) });
      expect(requests.failed).toBe(0);
      const sent = (handedOver.records[at] ?? []).map(({ sentMs }) => sentMs);
      expect(Math.min(...sent)).toBeGreaterThanOrEqual(leg?.startMs ?? Infinity);
      expect(Math.max(...sent)).toBeLessThanOrEqual((leg?.endMs ?? 0) + HICCUP_MS);
    }
  });

  test("has no gap: 90 % of its users are in flight, where one leg takes over from another too", () => {
    const { window } = handedOver.reported.runs[0] ?? {};
    const [startMs, stopMs] = [
      fromT0(handedOver.reported, window?.startS ?? 0),
      fromT0(handedOver.reported, window?.endS ?? 0),
    ];
    const slices = Array.from({ length: Math.floor((stopMs - startMs) / SLICE_MS) }, (_, i) =>
      inFlight(handedOver.records.flat(), startMs + i * SLICE_MS, startMs + (i + 1) * SLICE_MS),
    );
    expect(slices.length).toBeGreaterThan(8);
    // A busy machine may hold everything up once.
    expect(slices.filter((users) => users < USERS / 2).length).toBeLessThanOrEqual(1);
    expect(slices.toSorted((a, b) => a - b)[Math.floor(slices.length / 2)]).toBeGreaterThan(0.9 * USERS);
    expect(handedOver.reported.inFlight.value).toBeLessThanOrEqual(USERS);
  });

  test("gives the figures of the same level in one leg", () => {
    for (const figure of ["outputTokensPerS", "requestsPerS", "inFlight"] as const) {
      const [parted, whole] = [
        handedOver.reported[figure].value ?? 0,
        inOne.reported[figure].value ?? Infinity,
      ];
      expect(Math.abs(parted / whole - 1), figure).toBeLessThan(0.3);
    }
    // Little's law, over the parts of the window as over the whole of it.
    for (const { reported } of [handedOver, inOne]) {
      const { inFlight: flown, e2eMs, requestsPerS } = reported;
      expect(
        ((requestsPerS.value ?? 0) * (e2eMs.mean.value ?? 0)) / 1000 / (flown.value ?? Infinity),
      ).toBeCloseTo(1, 0.7);
    }
    expect(handedOver.reported.reasons).not.toContain("under_delivered");
    expect(inOne.reported.runs[0]?.handovers).toBeUndefined();
  });

  test("sends no prompt twice", () => {
    const { id } = handedOver.reported;
    const { workload } = handedOver.report.job;
    const indices = handedOver.records.flat().map(({ index }) => index);
    const prompts = indices.map((index) =>
      promptText(
        requestSize(index, requestSeed(handedOver.report.provenance.seed, id, 0, index), workload),
        workload,
      ),
    );
    expect(new Set(indices).size).toBe(indices.length);
    expect(new Set(prompts).size).toBe(prompts.length);
  });

  test("says in its report how often it was handed over and what that cost", () => {
    const finding = handedOver.report.findings.find(({ code }) => code === "handed_over");
    expect(finding?.sentence).toMatch(/8 users 2 times, [\d.]+ s cut out of its window\.$/);
    const { window, handovers = [] } = handedOver.reported.runs[0] ?? {};
    const cutS = handovers.reduce((sum, handover) => sum + handover.cutS, 0);
    expect(cutS).toBeGreaterThan(0.2);
    expect(cutS).toBeLessThan(((window?.endS ?? 0) - (window?.startS ?? 0)) / 2);
    expect(inOne.report.findings.some(({ code }) => code === "handed_over")).toBe(false);
  });
});

test("a level by rate is divided by due time: each request is sent once, when it was due, and nothing is cut", () => {
  const schedule = [
    ...dueTimes({ seed: byRate.report.provenance.seed, levelId: "l01", repeat: 0 }, RATE, 1000 * DURATION_S),
  ];
  expect(byRate.level.end).toMatchObject({ state: "completed", shards: 6, missingShards: 0 });
  expect(byRate.level.shards.map(({ leg }) => leg?.number)).toEqual([0, 0, 1, 1, 2, 2]);
  for (const number of [0, 1, 2]) {
    const leg = byRate.level.shards[2 * number]?.leg;
    const own = schedule.flatMap((dueMs, index) =>
      dueMs >= (leg?.startMs ?? 0) && dueMs < (leg?.endMs ?? 0) ? [{ index, dueMs }] : [],
    );
    const sent = byRate.records
      .slice(2 * number, 2 * number + 2)
      .flat()
      .toSorted((a, b) => a.index - b.index);
    // What is due in the last moments of the level may come too late on a busy machine.
    expect(sent.map(({ index }) => index)).toEqual(
      (number === 2 ? own.slice(0, sent.length) : own).map(({ index }) => index),
    );
    for (const [i, { dueMs }] of sent.entries()) expect(dueMs).toBeCloseTo(own[i]?.dueMs ?? Number.NaN, 2);
  }
  expect(byRate.reported.requests).toMatchObject({ due: schedule.length, failed: 0 });
  expect(byRate.reported.runs[0]?.handovers?.map(({ cutS }) => cutS)).toEqual([0, 0]);
  expect(byRate.report.findings.find(({ code }) => code === "handed_over")?.sentence).toContain(
    "without a change of load",
  );
});

test("a cancel in the second leg ends the level: the third never begins, and no request is left open", async () => {
  expect(cancelled.begun).toEqual([0, 1]);
  expect(cancelled.level.end).toMatchObject({ state: "cancelled", missingShards: 0 });
  expect(cancelled.report.state).toBe("cancelled");
  await vi.waitFor(() => expect(cancelled.openAtEnd).toBe(0));
});
