import type { RequestRecord } from "@brimline/core/record/record";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { demandOf } from "@brimline/core/load";
import { dueTimes } from "@brimline/core/load/rate";
import { rampMs } from "@brimline/core/load/concurrency";
import { randomFrom, seedOf } from "@brimline/core/random";
import { type HalfWidths, partsWanted, type Precision } from "@brimline/core/job/level/precision";
import { steadyCounts } from "@brimline/core/job/level/steady";
import { createLatencies } from "@brimline/load/level/latencies";
import { tableOfRecords } from "@brimline/core/record/columns/table-reader";
import type { LevelContext } from "@brimline/core/report/context";
import { type Influences, levelInfluences } from "@brimline/core/report/influences";
import type { LevelInput } from "@brimline/core/report/input";
import { levelOf, measuredLevel, runsOf } from "@brimline/core/report/level";
import type { Level } from "@brimline/core/report/schema";
import { plausibleLevel } from "@brimline/testkit/plausible-job";
import type { Answered, Ask, Asking } from "./serve.ts";
import type { System } from "./systems.ts";

/** The windows of open loops begin when their levels have run for so long. */
const SETTLED_MS = 20_000;
/** Users start over so long, and the windows of closed loops begin about so long after the first. */
const RAMP_MS = 3000;
const RAMPED_MS = 5000;

const SPEC = JobSpec.parse({
  endpoint: { url: "http://127.0.0.1:8000/v1", model: "virtual" },
  levels: [1],
  slo: { ttftMs: 500 },
});
const CONTEXT: LevelContext = {
  createdUnixMs: 0,
  streams: true,
  slo: SPEC.slo ?? null,
  thinkTimeMs: 0,
  hardware: {
    dims: null,
    peakTflops: null,
    bandwidthGBps: null,
    memoryGB: null,
    usdPerHour: 1,
    telemetry: null,
    host: null,
    idle: null,
  },
  serverOfAgents: null,
  largestWarmupE2eMs: SETTLED_MS,
  unwantedCache: null,
  seed: "study",
  workload: SPEC.workload,
};

/** The level of a report on a system whose window is so long, in virtual time. The same seed gives the same level. */
export const virtualLevel = (system: System, windowS: number, seed: string): Level =>
  virtualRun(system, windowS, { seed, noise: seed }).level;

/** A level that runs in parts until it is precise, as a job's does, and how many it ran. */
export function preciseLevel(
  system: System,
  partS: number,
  precision: Precision,
  seed: string,
): { level: Level; parts: number } {
  const inputs: LevelInput[] = [];
  const parts: HalfWidths[] = [];
  const of = { load: system.load, durationS: partS };
  while (inputs.length < partsWanted(parts, of, precision)) {
    const { input, halfWidths } = partOf(system, partS, `${seed} ${inputs.length}`);
    inputs.push(input);
    parts.push(halfWidths);
  }
  const [first, ...rest] = inputs;
  if (first === undefined) throw new Error("no part");
  const all: [LevelInput, ...LevelInput[]] = [first, ...rest];
  const begun = runsOf(all, { ...CONTEXT, isPart: true });
  const measured = measuredLevel(all, begun, CONTEXT, { take: () => {} });
  return { level: levelOf(all, begun, measured, CONTEXT), parts: inputs.length };
}

function partOf(system: System, partS: number, seed: string): { input: LevelInput; halfWidths: HalfWidths } {
  const { isOpenLoop } = demandOf(system.load);
  const fromMs = isOpenLoop ? SETTLED_MS : RAMPED_MS;
  const stopMs = fromMs + 1000 * partS;
  const answered = system.serve(askingOf(system, stopMs, seed), randomFrom(seedOf(seed, "serve")));
  const latencies = createLatencies({
    slo: null,
    isOpenLoop,
    fromMs,
    sliced: { startMs: isOpenLoop ? fromMs : RAMP_MS, endMs: stopMs },
    isPrecise: true,
  });
  const e2esMs = answered.map(({ dueMs, atMs }) => (atMs.at(-1) ?? dueMs) - dueMs).toSorted((a, b) => a - b);
  for (const record of answered.map(recordOf)) latencies.add(record);
  const medianE2eMs = e2esMs[Math.floor(e2esMs.length / 2)] ?? 0;
  const { load } = system;
  const steady = steadyCounts([latencies.slices()], { load, percentile: 95, medianE2eMs, isPrecise: true });
  const halfWidths = steady?.halfWidths ?? { throughput: null, ttftP50: null, e2eP50: null };
  return { input: inputOf(system, answered, stopMs), halfWidths };
}

/** The same with its influences. Runs of one seed are asked the same, and `noise` is what else differs. */
export function virtualRun(
  system: System,
  windowS: number,
  { seed, noise }: { seed: string; noise: string },
): { level: Level; influences: Influences["levels"][number] } {
  const leadMs = demandOf(system.load).isOpenLoop ? SETTLED_MS : RAMPED_MS;
  const stopMs = leadMs + 1000 * windowS;
  const asking = askingOf(system, stopMs, seed);
  const answered = system.serve(asking, randomFrom(seedOf(noise, "serve")));
  const input = inputOf(system, answered, stopMs);
  const inputs: [LevelInput] = [input];
  const begun = runsOf(inputs, CONTEXT);
  const measured = measuredLevel(inputs, begun, CONTEXT, { take: () => {} });
  const level = levelOf(inputs, begun, measured, CONTEXT);
  return { level, influences: levelInfluences({ begun, measured, level }) };
}

function askingOf({ load, size }: System, stopMs: number, seed: string): Asking {
  const ask = (index: number, user: number | null, dueMs: number): Ask => ({
    index,
    user,
    dueMs,
    ...size(randomFrom(seedOf(seed, index))),
  });
  const { users } = demandOf(load);
  if (load.kind === "rate") {
    const due = [...dueTimes({ seed, levelId: "l01", repeat: 0 }, load, stopMs)];
    return { scheduled: due.map((dueMs, index) => ask(index, null, dueMs)), next: () => null, stopMs };
  }
  let index = users ?? 0;
  return {
    scheduled: Array.from({ length: index }, (_, user) => ask(user, user, rampMs(user, index, RAMP_MS))),
    next: (user, atMs) => (atMs < stopMs ? ask(index++, user, atMs) : null),
    stopMs,
  };
}

function inputOf({ load }: System, answered: Answered[], stopMs: number): LevelInput {
  const records = answered.map(recordOf);
  const endMs = records.reduce((latest, { doneMs }) => Math.max(latest, doneMs ?? 0), stopMs);
  const { plan, summaries } = plausibleLevel(
    [{ requests: records.length, endMs }],
    demandOf(load).users ?? 0,
  );
  return {
    plan: { ...plan, load, stop: { durationS: stopMs / 1000, requests: null } },
    attempt: 1,
    state: "completed",
    reason: null,
    missingShards: 0,
    shards: summaries.map((summary) => ({
      summary: { ...summary, stopMs },
      records: tableOfRecords(records),
    })),
  };
}

/** Its times are in whole µs, as those of a real record. */
export function recordOf({ index, user, dueMs, promptTokens, outputTokens, atMs }: Answered): RequestRecord {
  const dueUs = Math.round(1000 * dueMs);
  let beforeUs = dueUs;
  const gapsUs = atMs.map((at) => {
    const gapUs = Math.round(1000 * at) - beforeUs;
    beforeUs += gapUs;
    return gapUs;
  });
  const firstMs = (dueUs + (gapsUs[0] ?? 0)) / 1000;
  const lastMs = beforeUs / 1000;
  return {
    index,
    user,
    dueMs: dueUs / 1000,
    sentMs: dueUs / 1000,
    connectMs: null,
    firstByteMs: firstMs,
    firstMs,
    firstVisibleMs: firstMs,
    lastMs,
    doneMs: lastMs,
    closeLagMs: 0,
    closeCut: false,
    gapsUs,
    merged: [],
    chunkTokens: null,
    status: 200,
    outcome: "ok",
    finishReason: "length",
    tokens: { input: promptTokens, output: outputTokens, reasoning: null, cached: 0, source: "usage" },
    usageInvalid: false,
    connectionReused: true,
    resent: false,
    errorText: null,
  };
}
