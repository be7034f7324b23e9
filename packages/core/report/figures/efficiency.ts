import { usdPerMOutputTokens } from "../../metric/cost.ts";
import { flagged, scaled, sumOf } from "../../metric/statistics/derive.ts";
import { levelEnergy, type LevelEnergy } from "../../metric/energy/energy.ts";
import { doubtsOfTokens, energyRatio, type PoweredRun } from "../../metric/energy/energy-slices.ts";
import { mbuPercent } from "../../metric/hardware/mbu.ts";
import { meanOf } from "../../metric/statistics/mean.ts";
import { mfuOutputOnlyPercent } from "../../metric/hardware/mfu.ts";
import type { SteadyRun } from "../../metric/window/run.ts";
import { unknown, type Figure } from "../../figure.ts";
import type { Figures } from "../catalogue.ts";
import type { Hardware } from "../hardware.ts";
import type { Level } from "../schema.ts";
import { ofHost } from "./host.ts";
import { figureOf, type Formulas, type Measured } from "./measured.ts";

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
  joulePerOutputToken: perToken(total, ({ joules, tokens }) => ({ sum: joules, weight: tokens })),
  dynamicJoulePerOutputToken: perToken(aboveIdle, ({ joules, idleJoules, tokens }) => ({
    sum: joules - idleJoules,
    weight: tokens,
  })),
  tokensPerJ: perToken(total, ({ joules, tokens }) => ({ sum: tokens, weight: joules })),
  kwhPerMTokens: (_, { joulePerOutputToken }) => scaled(joulePerOutputToken, J_PER_TOKEN_IN_KWH_PER_M),
  usdPerMOutputTokens: ({ hardware }, { outputTokensPerS }) =>
    usdPerMOutputTokens(outputTokensPerS, hardware.usdPerHour),
  powerW: ofEnergy((each, powered) =>
    energyRatio(powered, total(each), ({ joules, seconds }) => ({ sum: joules, weight: seconds })),
  ),
  idlePowerW: ofEnergy(([first]) => first.idlePowerW),
  energyJ: ofEnergy(total),
  energyIntegralJ: ofEnergy((each) => sumOf(each.map((energy) => energy.energyIntegralJ))),
  utilPercent: ofEnergy((each) => meanOverRuns(each.map((energy) => energy.utilPercent))),
  hostCpuPercent: ofHost("cpuPercent"),
  hostBusiestPercent: ofHost("busiestPercent"),
  hostStealPercent: ofHost("stealPercent"),
};

/** The servers that were scraped, each with the whole model. Without scrapes it is taken to be one. */
const replicasOf = ([first]: Measured["served"]): number => Math.max(1, first?.servers.length ?? 1);

type Energies = [LevelEnergy, ...LevelEnergy[]];

function total(each: Energies): Figure {
  return sumOf(each.map((energy) => energy.energyJ));
}

function aboveIdle(each: Energies): Figure {
  return sumOf(each.map((energy) => energy.dynamicEnergyJ));
}

/** What rests on the energy of each run. It is unknown without samples or windows. */
function ofEnergy(of: (each: Energies, powered: PoweredRun[]) => Figure): (measured: Measured) => Figure {
  return (measured) => {
    const each = energiesOf(measured);
    if (each === null) return unknown(measured.energies === null ? "no_telemetry" : measured.steady.whyNot);
    const powered = measured.steady.runs.flatMap((run) => {
      const energy = measured.energies?.get(run);
      return energy === undefined ? [] : [{ run, energy, tokens: measured.collected.output.bySlice(run) }];
    });
    return of(each, powered);
  };
}

/** A ratio of energy and output tokens. It is unknown without tokens. */
function perToken(
  energyOf: (each: Energies) => Figure,
  shareOf: Parameters<typeof energyRatio>[2],
): (measured: Measured, figures: Readonly<Figures>) => Figure {
  return (measured, { outputTokensPerS }) =>
    outputTokensPerS.value === 0
      ? unknown("not_applicable")
      : flagged(
          ofEnergy((each, powered) => energyRatio(powered, energyOf(each), shareOf))(measured),
          ...doubtsOfTokens(outputTokensPerS),
        );
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
        slices: run.window.slices,
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
