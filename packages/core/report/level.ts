import type { Reason } from "../codes.ts";
import { source } from "../job/source.ts";
import { askedTokens, type AskedTokens } from "../metric/asked.ts";
import { type ChunkCollector, collectChunks, createGaps } from "../metric/chunk.ts";
import { cachedInputPercent } from "../metric/contamination.ts";
import { flagged, scaled } from "../metric/derive.ts";
import { goodput, sloMet, type Slo } from "../metric/goodput.ts";
import { createMfuPercent } from "../metric/mfu.ts";
import { offered } from "../metric/offered.ts";
import { flaggedSpread, unknownSpread } from "../metric/percentile.ts";
import { dueInWindow, runOf, type Run } from "../metric/run.ts";
import {
  createOutputTokensPerS,
  fullRunOutputTokensPerS,
  inFlight,
  inputTokensPerS,
  requestsPerS,
} from "../metric/throughput.ts";
import { countOf, joinedTable, okRows, type RecordTable, type RequestRow } from "../record/table.ts";
import { errorSamplesOf, requestCounts, tokenReasons, tokenTotals } from "./counts.ts";
import { efficiencyOf, energiesOf } from "./efficiency.ts";
import { unknown } from "../figure.ts";
import { demandOf } from "../load.ts";
import type { LevelInput } from "./input.ts";
import { latenciesOf, speedsOf } from "./latencies.ts";
import type { LevelContext } from "./context.ts";
import { levelNotes } from "./level-notes.ts";
import { runFigures, runTimes, type RunFigures } from "./run.ts";
import type { Level } from "./schema.ts";
import { figureOf, spreadOf, type Steady, steadyOf } from "./steady.ts";
import { rollUp } from "./validity.ts";

/** One repeat of a level: its input and its run. */
export interface BegunRun {
  input: LevelInput;
  run: Run;
}

/** The runs of a level, one for each repeat that sent anything. */
export function runsOf(inputs: LevelInput[], largestWarmupE2eMs: number | null): BegunRun[] {
  return inputs
    .filter((input) => input.shards.length > 0)
    .map((input) => {
      const durationMs = input.plan.stop.durationS === null ? null : 1000 * input.plan.stop.durationS;
      return { input, run: runOf(input.shards, { load: input.plan.load, durationMs, largestWarmupE2eMs }) };
    });
}

/**
 * Makes one level from all its repeats. Their windows are pooled, and with two or more the means have
 * intervals between runs. `alsoChunks` sees the level's chunks in the same pass.
 */
export function levelOf(
  inputs: [LevelInput, ...LevelInput[]],
  begun: BegunRun[],
  context: LevelContext,
  alsoChunks: ChunkCollector,
): Level {
  const { id, role, load } = inputs[0].plan;
  const { isOpenLoop, users } = demandOf(load);
  const runs = begun.map(({ run }) => run);
  const records = joinedTable(runs.map((run) => ({ table: run.records, shiftMs: 0 })));
  const okCount = countOf(okRows(records));
  const steady = steadyOf(runs, records);
  const ended = inputs.find((input) => input.state !== "completed") ?? inputs[0];
  const ofTokens: Reason[] = tokenReasons(records);

  const { hardware } = context;
  const gaps = createGaps(steady.runs);
  const output = createOutputTokensPerS(steady.runs);
  const mfu = createMfuPercent(steady.runs, hardware.dims, hardware.peakTflops);
  collectChunks(runs, [gaps, output, mfu, alsoChunks]);

  const flying = figureOf(steady, inFlight);
  const completedPerS = figureOf(steady, requestsPerS);
  const tokensPerS = flagged(
    figureOf(steady, (some) => output.figure(some)),
    ...ofTokens,
  );
  const latencies = latenciesOf(steady, records, gaps, isOpenLoop);
  const cachedPercent = cachedInputPercent(records);
  const offeredHere = isOpenLoop
    ? offered(
        steady.runs,
        inputs.flatMap(({ shards }) => shards.map(({ summary }) => summary)),
      )
    : null;
  const inWindow = steady.runs.reduce((sum, run) => sum + countOf(dueInWindow(run)), 0);
  const notes = levelNotes({
    inputs,
    runs,
    steady,
    load,
    flying,
    offered: offeredHere,
    latencies,
    cachedPercent,
    okCount,
    context,
  });
  const energies = energiesOf(steady.runs, hardware);
  const mfuPercent = figureOf(steady, () => mfu.figure());
  const efficiency = efficiencyOf(steady, { outputTokensPerS: tokensPerS, mfuPercent }, energies, hardware);
  const good = goodputOf(steady, context.slo, isOpenLoop);
  const figures: RunFigures = {
    outputTokensPerS: tokensPerS,
    requestsPerS: completedPerS,
    ttftP95Ms: latencies.ttftMs.p95,
    tpotP95Ms: latencies.tpotMs.p95,
    goodPercent: good.goodPercent,
    joulePerOutputToken: efficiency.joulePerOutputToken,
  };

  return {
    id,
    role,
    load,
    state: ended.state,
    ...rollUp(notes),
    runs: begun.map(({ input, run }) => ({
      ...runTimes(input, run, context.createdUnixMs),
      ...(begun.length === 1 ? figures : runFigures(run, { slo: context.slo, isOpenLoop, output, energies })),
    })),
    requests: requestCounts(inputs, records, inWindow),
    errorSamples: errorSamplesOf(runs),
    inFlight: flying,
    offeredPerS: offeredHere?.duePerS ?? null,
    requestsPerS: completedPerS,
    ...latencies,
    outputTokensPerRequest: flaggedSpread(spreadOf(steady, outputTokensOf), ...ofTokens),
    inputTokensPerRequest: !countsInput(records)
      ? unknownSpread("no_usage")
      : spreadOf(steady, inputTokensOf),
    outputTokensPerS: tokensPerS,
    fullRunOutputTokensPerS: flagged(fullRunOutputTokensPerS(runs), ...ofTokens),
    inputTokensPerS: figureOf(steady, inputTokensPerS),
    tokensPerSPerUser: users === null ? unknown("not_applicable") : scaled(tokensPerS, 1 / users),
    ...speedsOf(steady, records),
    tokens: tokenTotals(records, askedOf(begun, context), cachedPercent),
    ...good,
    ...efficiency,
  };
}

/** What the ok requests of all runs asked for. */
function askedOf(begun: BegunRun[], { seed, workload }: LevelContext): AskedTokens {
  const parts = begun.map(({ input: { plan }, run }) =>
    askedTokens(okRows(run.records), source({ seed, level: plan, spec: { workload } })),
  );
  const sum = (pick: (part: AskedTokens) => number | null): number =>
    parts.reduce((total, part) => total + (pick(part) ?? 0), 0);
  return {
    input: workload.prompts === undefined ? sum((part) => part.input) : null,
    output: sum((part) => part.output),
  };
}

const outputTokensOf = ({ outcome, tokens }: RequestRow): number | null =>
  outcome === "ok" ? tokens.output : null;
const inputTokensOf = ({ outcome, tokens }: RequestRow): number | null =>
  outcome === "ok" ? tokens.input : null;

const countsInput = (records: RecordTable): boolean =>
  Iterator.from(okRows(records)).some(({ tokens }) => tokens.input !== null);

function goodputOf(
  steady: Steady,
  slo: Slo | null,
  isOpenLoop: boolean,
): Pick<Level, "goodputRequestsPerS" | "goodPercent" | "sloMet"> {
  if (slo === null)
    return { goodputRequestsPerS: unknown("no_slo"), goodPercent: unknown("no_slo"), sloMet: null };
  if (steady.runs.length === 0)
    return { goodputRequestsPerS: unknown(steady.whyNot), goodPercent: unknown(steady.whyNot), sloMet: null };
  const good = goodput(steady.runs, slo, isOpenLoop);
  return {
    goodputRequestsPerS: good.requestsPerS,
    goodPercent: good.percent,
    sloMet: sloMet(steady.runs, slo, isOpenLoop),
  };
}
