import type { Figure } from "../../figure.ts";
import { distinct, flagged } from "../statistics/derive.ts";
import type { LevelEnergy } from "./energy.ts";
import { asParts, meanOf, type Share, sliceMs } from "../statistics/mean.ts";
import type { SteadyRun } from "../window/run.ts";

/** What one slice of a window took and made. */
export interface EnergySlice {
  seconds: number;
  joules: number;
  /** What idle GPUs would have drawn in it. It is 0 if the idle power is unknown. */
  idleJoules: number;
  tokens: number;
}

/** A run with the energy of its window, and the output tokens that arrived in each slice. */
export interface PoweredRun {
  run: SteadyRun;
  energy: LevelEnergy;
  tokens: Share[];
}

/**
 * A ratio of two sums over the slices of some runs. Power and tokens rise and fall together, so the interval is that of
 * the ratio, and not made of those of its two terms. `energy` is the figure that the sums rest on: where it is null the
 * ratio is, and its doubts are the ratio's.
 */
export function energyRatio(
  runs: PoweredRun[],
  energy: Figure,
  shareOf: (slice: EnergySlice) => Pick<Share, "sum" | "weight">,
): Figure {
  if (energy.value === null) return energy;
  const ratio = meanOf(
    runs.map((each) =>
      slicesOf(each).map((slice, i) => {
        const excess = each.run.window.excess?.[i];
        return { ...shareOf(slice), ...(excess !== undefined && { excess }) };
      }),
    ),
    energy.n,
    asParts(runs.map(({ run }) => run)),
  );
  return flagged(ratio, ...energy.reasons);
}

function slicesOf({ run, energy, tokens }: PoweredRun): EnergySlice[] {
  const seconds = sliceMs(run.window) / 1000;
  const idleJoules = (energy.idlePowerW.value ?? 0) * seconds;
  return (energy.slicesJ ?? []).map((joules, i) => ({
    seconds,
    joules,
    idleJoules,
    tokens: tokens[i]?.sum ?? 0,
  }));
}

/** The doubts about a number of tokens that are those of a ratio with it, too. It has its own about correlation. */
export const doubtsOfTokens = ({ reasons }: Figure): Figure["reasons"] =>
  distinct(reasons).filter((reason) => reason !== "too_correlated" && reason !== "no_interval");
