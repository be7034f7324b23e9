import type { Reason } from "../codes.ts";
import { cachedInputPercent } from "../metric/contamination.ts";
import { flagged, scaled } from "../metric/derive.ts";
import { goodput, sloMet, type Slo } from "../metric/goodput.ts";
import { flaggedSpread, unknownSpread } from "../metric/percentile.ts";
import { dueInWindow, runOf, steadyRuns, type Run } from "../metric/run.ts";
import { fullRunOutputTokensPerS, inFlight, inputTokensPerS, outputTokensPerS, requestsPerS } from "../metric/throughput.ts";
import type { RequestRecord } from "../record/record.ts";
import { errorSamplesOf, requestCounts, tokenReasons, tokenTotals } from "./counts.ts";
import { efficiencyOf } from "./efficiency.ts";
import { unknown } from "./figure.ts";
import type { LevelInput } from "./input.ts";
import { latenciesOf, speedsOf } from "./latencies.ts";
import type { LevelContext } from "./context.ts";
import { levelNotes } from "./level-notes.ts";
import type { Level } from "./schema.ts";
import { figureOf, spreadOf, type Steady } from "./steady.ts";
import { rollUp } from "./validity.ts";

/** The runs of a level, one for each repeat that sent anything. */
export function runsOf(inputs: LevelInput[], largestWarmupE2eMs: number | null): { input: LevelInput; run: Run }[] {
  return inputs
    .filter((input) => input.shards.length > 0)
    .map((input) => {
      const durationMs = input.plan.stop.durationS === null ? null : 1000 * input.plan.stop.durationS;
      return { input, run: runOf(input.shards, { load: input.plan.load, durationMs, largestWarmupE2eMs }) };
    });
}

/** One level from all its repeats: their windows are pooled, and with two or more the means have between-run intervals. */
export function levelOf(inputs: [LevelInput, ...LevelInput[]], context: LevelContext): Level {
  const { id, role, load } = inputs[0].plan;
  const isOpenLoop = load.kind === "rate";
  const begun = runsOf(inputs, context.largestWarmupE2eMs);
  const runs = begun.map(({ run }) => run);
  const records = runs.flatMap((run) => run.records);
  const ok = records.filter((record) => record.outcome === "ok");
  const steady: Steady = { runs: steadyRuns(runs), whyNot: ok.length === 0 ? "too_few" : "too_short" };
  const ended = inputs.find((input) => input.state !== "completed") ?? inputs[0];
  const ofTokens: Reason[] = tokenReasons(ok);

  const flying = figureOf(steady, inFlight);
  const completedPerS = figureOf(steady, requestsPerS);
  const tokensPerS = flagged(figureOf(steady, outputTokensPerS), ...ofTokens);
  const latencies = latenciesOf(steady, records, isOpenLoop);
  const cachedPercent = cachedInputPercent(records);
  const inWindow = steady.runs.reduce((sum, run) => sum + dueInWindow(run).length, 0);
  const notes = levelNotes({ inputs, runs, steady, load, flying, completedPerS, latencies, cachedPercent, okCount: ok.length, context });

  return {
    id,
    role,
    load,
    state: ended.state,
    ...rollUp(notes),
    runs: begun.map(({ input, run }) => runRow(input, run, context.createdUnixMs)),
    requests: requestCounts(inputs, records, inWindow),
    errorSamples: errorSamplesOf(records),
    inFlight: flying,
    offeredPerS: isOpenLoop ? load.ratePerS : null,
    requestsPerS: completedPerS,
    ...latencies,
    outputTokensPerRequest: flaggedSpread(spreadOf(steady, outputTokensOf), ...ofTokens),
    inputTokensPerRequest: ok.every((record) => record.tokens.input === null) ? unknownSpread("no_usage") : spreadOf(steady, inputTokensOf),
    outputTokensPerS: tokensPerS,
    fullRunOutputTokensPerS: flagged(fullRunOutputTokensPerS(runs), ...ofTokens),
    inputTokensPerS: figureOf(steady, inputTokensPerS),
    tokensPerSPerUser: isOpenLoop ? unknown("not_applicable") : scaled(tokensPerS, 1 / load.users),
    ...speedsOf(steady, ok),
    tokens: tokenTotals(ok, cachedPercent),
    ...goodputOf(steady, context.slo, isOpenLoop),
    ...efficiencyOf(steady, tokensPerS, context.hardware),
    server: null,
  };
}

const outputTokensOf = (record: RequestRecord): number | null => (record.outcome === "ok" ? record.tokens.output : null);
const inputTokensOf = (record: RequestRecord): number | null => (record.outcome === "ok" ? record.tokens.input : null);

function goodputOf(steady: Steady, slo: Slo | null, isOpenLoop: boolean): Pick<Level, "goodputRequestsPerS" | "goodPercent" | "sloMet"> {
  if (slo === null) return { goodputRequestsPerS: unknown("no_slo"), goodPercent: unknown("no_slo"), sloMet: null };
  if (steady.runs.length === 0) return { goodputRequestsPerS: unknown(steady.whyNot), goodPercent: unknown(steady.whyNot), sloMet: null };
  const good = goodput(steady.runs, slo, isOpenLoop);
  return { goodputRequestsPerS: good.requestsPerS, goodPercent: good.percent, sloMet: sloMet(steady.runs, slo, isOpenLoop) };
}

/** Times of a run in seconds from the job's `createdAt`. */
function runRow(input: LevelInput, run: Run, createdUnixMs: number): Level["runs"][number] {
  const fromCreated = (atMs: number): number => (run.t0UnixMs + atMs - createdUnixMs) / 1000;
  return {
    repeat: input.plan.repeat,
    attempt: input.attempt,
    startS: fromCreated(0),
    durationS: run.drainEndMs / 1000,
    drainS: Math.max(0, run.drainEndMs - run.stopMs) / 1000,
    window: run.window === null ? null : { startS: fromCreated(run.window.startMs), endS: fromCreated(run.window.endMs) },
  };
}
