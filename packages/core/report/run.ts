import { unknown, type Figure } from "../figure.ts";
import { flagged } from "../metric/derive.ts";
import { goodput, type Slo } from "../metric/goodput.ts";
import { ttftMs } from "../metric/latency.ts";
import type { Run, SteadyRun } from "../metric/run.ts";
import { requestsPerS } from "../metric/throughput.ts";
import { tokenReasons } from "./counts.ts";
import { type Energies, joulePerOutputToken } from "./efficiency.ts";
import type { LevelInput } from "./input.ts";
import { tpotOf } from "./latencies.ts";
import type { Level } from "./schema.ts";
import { figureOf, spreadOf, steadyOf } from "./steady.ts";

export type RunFigures = Pick<
  Level["runs"][number],
  "outputTokensPerS" | "requestsPerS" | "ttftP95Ms" | "tpotP95Ms" | "goodPercent" | "joulePerOutputToken"
>;

/**
 * The figures of one run of a level, by the formulas of the level, on the run's own records and window. With
 * them two reports can be compared without their records.
 */
export function runFigures(
  run: Run,
  level: {
    slo: Slo | null;
    isOpenLoop: boolean;
    output: { figure(some: SteadyRun[]): Figure };
    energies: Energies;
  },
): RunFigures {
  const { slo } = level;
  const steady = steadyOf([run], run.records);
  const tokensPerS = flagged(
    figureOf(steady, (some) => level.output.figure(some)),
    ...tokenReasons(run.records),
  );
  return {
    outputTokensPerS: tokensPerS,
    requestsPerS: figureOf(steady, requestsPerS),
    ttftP95Ms: spreadOf(steady, ttftMs).p95,
    tpotP95Ms: tpotOf(steady, run.records).p95,
    goodPercent:
      slo === null
        ? unknown("no_slo")
        : figureOf(steady, (runs) => goodput(runs, slo, level.isOpenLoop).percent),
    joulePerOutputToken: joulePerOutputToken(steady, tokensPerS, level.energies),
  };
}

/** The times of a run in seconds from the job's `createdAt`. */
export function runTimes(
  input: LevelInput,
  run: Run,
  createdUnixMs: number,
): Omit<Level["runs"][number], keyof RunFigures> {
  const fromCreated = (atMs: number): number => (run.t0UnixMs + atMs - createdUnixMs) / 1000;
  return {
    repeat: input.plan.repeat,
    attempt: input.attempt,
    startS: fromCreated(0),
    durationS: run.drainEndMs / 1000,
    drainS: Math.max(0, run.drainEndMs - run.stopMs) / 1000,
    window:
      run.window === null
        ? null
        : { startS: fromCreated(run.window.startMs), endS: fromCreated(run.window.endMs) },
  };
}
