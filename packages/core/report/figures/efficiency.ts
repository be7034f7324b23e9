import { usdPerMOutputTokens } from "../../metric/cost.ts";
import { flagged, quotient, scaled, sumOf } from "../../metric/derive.ts";
import { levelEnergy, type LevelEnergy } from "../../metric/energy.ts";
import { mbuPercent } from "../../metric/mbu.ts";
import { meanOf } from "../../metric/mean.ts";
import { createMfuPercent, mfuOutputOnlyPercent } from "../../metric/mfu.ts";
import { windowMs, type SteadyRun } from "../../metric/run.ts";
import { unknown, type Figure } from "../../figure.ts";
import type { Figures } from "../catalogue.ts";
import type { Hardware } from "../hardware.ts";
import type { Level } from "../schema.ts";
import { figureOf, type Formulas, type Measured } from "./measured.ts";

export const efficiencyCollectors = (runs: SteadyRun[], { dims, peakTflops }: Hardware) => ({
  mfu: createMfuPercent(runs, dims, peakTflops),
});

const J_PER_TOKEN_IN_KWH_PER_M = 1 / 3.6;

/**
 * Energy, FLOPs and cost over the windows. Energy is that of the GPUs alone. Energies of several runs add up;
 * power and utilisation are means over the runs. Tokens are those that arrive in the windows.
 */
export const EFFICIENCY: Formulas<"efficiency"> = {
  mfuPercent: (measured) => figureOf(measured, (runs) => measured.collected.mfu.figure(runs)),
  mfuOutputOnlyPercent: ({ hardware }, { outputTokensPerS }) =>
    mfuOutputOnlyPercent(outputTokensPerS, hardware.dims, hardware.peakTflops),
  mbuPercent: (
    { hardware: { dims, bandwidthGBps }, served },
    { tpotMs, outputTokensPerS, inputTokensPerRequest, outputTokensPerRequest, draftAcceptedPercent },
  ) =>
    mbuPercent(
      {
        tpotMs: tpotMs.p50,
        outputTokensPerS,
        inputTokens: inputTokensPerRequest.mean,
        outputTokens: outputTokensPerRequest.mean,
        replicas: replicasOf(served),
        isSpeculative: draftAcceptedPercent.value !== null,
      },
      dims,
      bandwidthGBps,
    ),
  joulePerOutputToken: ofEnergy((_, figures, tokens) => quotient(figures.energyJ, tokens)),
  dynamicJoulePerOutputToken: ofEnergy((each, _, tokens) =>
    quotient(sumOf(each.map((energy) => energy.dynamicEnergyJ)), tokens),
  ),
  tokensPerJ: ofEnergy((_, figures, tokens) => quotient(tokens, figures.energyJ)),
  kwhPerMTokens: (_, { joulePerOutputToken }) => scaled(joulePerOutputToken, J_PER_TOKEN_IN_KWH_PER_M),
  usdPerMOutputTokens: ({ hardware }, { outputTokensPerS }) =>
    usdPerMOutputTokens(outputTokensPerS, hardware.usdPerHour),
  powerW: ofEnergy((each) => meanOverRuns(each.map((energy) => energy.powerW))),
  idlePowerW: ofEnergy(([first]) => first.idlePowerW),
  energyJ: ofEnergy((each) => sumOf(each.map((energy) => energy.energyJ))),
  energyIntegralJ: ofEnergy((each) => sumOf(each.map((energy) => energy.energyIntegralJ))),
  utilPercent: ofEnergy((each) => meanOverRuns(each.map((energy) => energy.utilPercent))),
};

/** The servers that were scraped, each with the whole model. Without scrapes it is taken to be one. */
const replicasOf = ([first]: Measured["served"]): number => Math.max(1, first?.servers.length ?? 1);

type Energies = [LevelEnergy, ...LevelEnergy[]];

/** What rests on the energy of each run, and on the output tokens. It is unknown without samples or windows. */
function ofEnergy(
  of: (each: Energies, figures: Readonly<Figures>, tokens: Figure) => Figure,
): (measured: Measured, figures: Readonly<Figures>) => Figure {
  return (measured, figures) => {
    const each = energiesOf(measured);
    if (each === null) return unknown(measured.energies === null ? "no_telemetry" : measured.steady.whyNot);
    const seconds = measured.steady.runs.reduce((sum, run) => sum + windowMs(run), 0) / 1000;
    return of(each, figures, scaled(figures.outputTokensPerS, seconds));
  };
}

function energiesOf({ steady, energies }: Measured): Energies | null {
  const [first, ...others] = steady.runs.flatMap((run) => energies?.get(run) ?? []);
  return first === undefined ? null : [first, ...others];
}

/** The energy of each run in its window. It is null without telemetry. */
export function runEnergies(runs: SteadyRun[], { telemetry, idle }: Hardware): Measured["energies"] {
  if (telemetry === null) return null;
  return new Map(
    runs.map((run) => {
      const window = {
        startUnixMs: run.t0UnixMs + run.window.startMs,
        endUnixMs: run.t0UnixMs + run.window.endMs,
      };
      const energy = levelEnergy(telemetry.samples, window, idle, {
        clockErrorMs: telemetry.clockErrorMs,
        limitsW: telemetry.gpus.map(({ limitW }) => limitW),
      });
      return [run, energy];
    }),
  );
}

/**
 * The figure of a single run, or the mean of several with an interval between runs. It is null as soon as one
 * of them is null.
 */
function meanOverRuns(figures: Figure[]): Figure {
  const [first] = figures;
  const missing = figures.find((figure) => figure.value === null);
  if (missing !== undefined || first === undefined || figures.length === 1)
    return missing ?? first ?? unknown("no_telemetry");
  const n = figures.reduce((sum, figure) => sum + figure.n, 0);
  const mean = meanOf(
    figures.map((figure) => [{ sum: figure.value ?? 0, weight: 1 }]),
    n,
  );
  return flagged(mean, ...figures.flatMap((figure) => figure.reasons));
}

/** What else a level says of its GPUs. It is null without samples or windows. */
export function gpuStateOf(measured: Measured): Omit<NonNullable<Level["gpu"]>, keyof Figures> | null {
  const each = energiesOf(measured);
  if (each === null) return null;
  const meanOver = (of: (energy: LevelEnergy) => number | null): number | null => {
    const known = each.flatMap((energy) => of(energy) ?? []);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  };
  const temperatures = each.flatMap((energy) => energy.maxTempC ?? []);
  return {
    energySource: each.every((energy) => energy.energySource === "counter") ? "counter" : "integral",
    coveragePercent: Math.min(...each.map((energy) => energy.coveragePercent)),
    throttledPercent: meanOver((energy) => energy.throttledPercent),
    powerCappedPercent: meanOver((energy) => energy.powerCappedPercent),
    overheatedPercent: meanOver((energy) => energy.overheatedPercent),
    smMHz: meanOver((energy) => energy.smMHz),
    maxTempC: temperatures.length === 0 ? null : Math.max(...temperatures),
  };
}
