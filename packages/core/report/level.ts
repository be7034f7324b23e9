import { asksPromptLength, source } from "../job/level/source.ts";
import { demandOf } from "../load.ts";
import { askedTokens, type AskedTokens } from "../metric/asked.ts";
import { type ChunkCollector, collectChunks } from "../metric/chunk/chunk.ts";
import { processBound } from "../metric/certificate.ts";
import { cachedInputPercent } from "../metric/contamination.ts";
import { ttftFromDueMs } from "../metric/statistics/latency.ts";
import { type JudgedBound, judgedBounds, sloMet } from "../metric/objective.ts";
import { offered } from "../metric/offered.ts";
import { dueInWindow, runOf, type Run } from "../metric/window/run.ts";
import type { ShardSummary } from "../record/record.ts";
import { countOf, joinedTable, okRows } from "../record/columns/table.ts";
import {
  type Figures,
  GPU_NAMES,
  HOST_NAMES,
  LEVEL_NAMES,
  type Name,
  type RunField,
  SERVER_NAMES,
} from "./catalogue.ts";
import type { LevelContext } from "./context.ts";
import { errorSamplesOf, requestCounts, tokenTotals } from "./counts.ts";
import { byTheClock, latencyMakes } from "./figures/client.ts";
import { collectorsOf } from "./figures/collectors.ts";
import { gpuStateOf, runEnergies } from "./figures/efficiency.ts";
import { figuresOf } from "./figures/figures.ts";
import { hostCoresOf, isHosted } from "./figures/host.ts";
import { isInBunches, streamOf } from "./figures/latency.ts";
import { type Measured, measuredRuns, requestSpread } from "./figures/measured.ts";
import { servedRuns } from "./figures/served.ts";
import { serverStateOf, sharedNotes } from "./figures/server.ts";
import type { LevelInput } from "./input.ts";
import { levelNotes } from "./level-notes.ts";
import { runFigures } from "./pick.ts";
import type { Level } from "./schema.ts";
import { rollUp } from "./validity.ts";

/** One repeat of a level: its input and its run. */
export interface BegunRun {
  input: LevelInput;
  run: Run;
}

/** The runs of a level, one for each repeat that sent anything, or parts of one measurement. */
export function runsOf(
  inputs: LevelInput[],
  { largestWarmupE2eMs, isPart = false }: { largestWarmupE2eMs: number | null; isPart?: boolean },
): BegunRun[] {
  return inputs
    .filter((input) => input.shards.length > 0)
    .map((input) => {
      const durationMs = input.plan.stop.durationS === null ? null : 1000 * input.plan.stop.durationS;
      const { load } = input.plan;
      return { input, run: runOf(input.shards, { load, durationMs, largestWarmupE2eMs, isPart }) };
    });
}

/** What the figures of a level are made of. `alsoChunks` sees the level's chunks in the same pass. */
export function measuredLevel(
  inputs: [LevelInput, ...LevelInput[]],
  begun: BegunRun[],
  context: LevelContext,
  alsoChunks: ChunkCollector,
): Measured {
  const { isOpenLoop, users } = demandOf(inputs[0].plan.load);
  const { streams, slo, hardware } = context;
  const runs = begun.map(({ run }) => run);
  const here = measuredRuns(runs, joinedTable(runs.map((run) => ({ table: run.records, shiftMs: 0 }))));
  const { steady } = here;
  const collected = collectorsOf(steady.runs, hardware);
  collectChunks(runs, [...Object.values(collected), alsoChunks]);
  return {
    ...here,
    users,
    isOpenLoop,
    streams,
    slo,
    client: processBound(summariesOf(inputs)),
    hardware,
    collected,
    energies: runEnergies(steady.runs, hardware),
    served: servedRuns(begun, context.serverOfAgents),
  };
}

const summariesOf = (inputs: LevelInput[]): ShardSummary[] =>
  inputs.flatMap(({ shards }) => shards.map(({ summary }) => summary));

/**
 * Makes one level from all its repeats. Their windows are pooled, and with two or more the means have
 * intervals between runs.
 */
export function levelOf(
  inputs: [LevelInput, ...LevelInput[]],
  begun: BegunRun[],
  measured: Measured,
  context: LevelContext,
): Level {
  const { id, role, load } = inputs[0].plan;
  const { steady, records, collected, client, isOpenLoop, streams } = measured;
  const runs = begun.map(({ run }) => run);
  const summaries = summariesOf(inputs);
  const figures = figuresOf(measured);
  const offeredHere = isOpenLoop ? offered(steady.runs, summaries) : null;
  const cachedPercent = cachedInputPercent(records);
  const isBunched = isInBunches(measured);
  const notes = levelNotes({
    inputs,
    runs,
    steady,
    load,
    flying: figures.inFlight,
    offered: offeredHere,
    latencies: figures,
    tokensBySlice: collected.output.bySlice,
    isBunched,
    client,
    cachedPercent,
    okCount: countOf(okRows(records)),
    context,
  });
  const ended = inputs.find((input) => input.state !== "completed") ?? inputs[0];
  const inWindow = steady.runs.reduce((sum, run) => sum + countOf(dueInWindow(run)), 0);
  const gpuState = gpuStateOf(measured);
  const serverState = serverStateOf(measured);
  const objectives = objectivesOf(measured, figures);

  return {
    id,
    role,
    load,
    state: ended.state,
    ...rollUp([...notes, ...sharedNotes(measured)]),
    runs: begun.map(({ input, run }) => {
      const ofRun =
        begun.length === 1 ? figures : figuresOf({ ...measured, ...measuredRuns([run], run.records) });
      return {
        ...runTimes(input, run, context.createdUnixMs),
        ...runFigures((name) => ofRun[name]),
      };
    }),
    requests: requestCounts(inputs, records, inWindow),
    errorSamples: errorSamplesOf(runs),
    ...picked(figures, LEVEL_NAMES),
    offeredPerS: offeredHere?.duePerS ?? null,
    ttftFromDueMs:
      isOpenLoop && streams ? byTheClock(measured, "ttftMs", requestSpread(measured, ttftFromDueMs)) : null,
    ...streamOf(measured, figures),
    tokens: tokenTotals(records, askedOf(begun, context), cachedPercent),
    mergedPercent: mergedPercent(summaries),
    objectives,
    sloMet: sloMet(objectives),
    gpu: gpuState === null ? null : { ...picked(figures, GPU_NAMES), ...gpuState },
    server: serverState === null ? null : { ...picked(figures, SERVER_NAMES), ...serverState },
    host: isHosted(measured) ? { ...picked(figures, HOST_NAMES), cores: hostCoresOf(measured) } : null,
  };
}

/** What came of each bound. One on a latency that the load generator's clock makes invalid is not judged. */
function objectivesOf(measured: Measured, figures: Figures): JudgedBound[] {
  const { slo, steady, isOpenLoop, streams } = measured;
  if (slo === null) return [];
  return judgedBounds(steady.runs, slo, { isOpenLoop, streams, isBunched: isInBunches(measured) }).map(
    (bound) => {
      if (steady.runs.length === 0) return { ...bound, reasons: [steady.whyNot] };
      return latencyMakes(measured, figures, bound.latency) === "invalid"
        ? { ...bound, met: null, reasons: ["client_limited"] }
        : bound;
    },
  );
}

function mergedPercent(summaries: ShardSummary[]): number | null {
  const chunks = summaries.reduce((sum, { arrivals }) => sum + arrivals.chunks, 0);
  const merged = summaries.reduce((sum, { arrivals }) => sum + arrivals.merged, 0);
  return chunks === 0 ? null : (100 * merged) / chunks;
}

const picked = <Names extends Name>(figures: Figures, names: Names[]): Pick<Figures, Names> =>
  Object.fromEntries(names.map((name) => [name, figures[name]])) as Pick<Figures, Names>;

/** The times of a run in seconds from the job's `createdAt`. */
function runTimes(
  { plan, attempt }: LevelInput,
  run: Run,
  createdUnixMs: number,
): Omit<Level["runs"][number], RunField> {
  const fromCreated = (atMs: number): number => (run.t0UnixMs + atMs - createdUnixMs) / 1000;
  const { window } = run;
  return {
    repeat: plan.repeat,
    attempt,
    startS: fromCreated(0),
    durationS: run.drainEndMs / 1000,
    drainS: Math.max(0, run.drainEndMs - run.stopMs) / 1000,
    window: window === null ? null : { startS: fromCreated(window.startMs), endS: fromCreated(window.endMs) },
    ...(window?.warmUpMs !== undefined && { warmUpS: window.warmUpMs / 1000 }),
  };
}

/** What the ok requests of all runs asked for. */
function askedOf(begun: BegunRun[], { seed, workload, streams }: LevelContext): AskedTokens {
  const parts = begun.map(({ input: { plan }, run }) =>
    askedTokens(okRows(run.records), source({ seed, level: plan, spec: { workload } })),
  );
  const sum = (pick: (part: AskedTokens) => number | null): number =>
    parts.reduce((total, part) => total + (pick(part) ?? 0), 0);
  return {
    input: asksPromptLength(workload) ? sum((part) => part.input) : null,
    output: streams ? sum((part) => part.output) : null,
  };
}
