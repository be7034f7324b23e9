import { usdPerMOutputTokens } from "../metric/cost.ts";
import { flagged, quotient, scaled, sumOf } from "../metric/derive.ts";
import { levelEnergy, type LevelEnergy } from "../metric/energy.ts";
import type { ModelDims } from "../metric/flops.ts";
import { meanOf } from "../metric/mean.ts";
import { mfuOutputOnlyPercent } from "../metric/mfu.ts";
import { windowMs, type SteadyRun } from "../metric/run.ts";
import { unknown, type Figure } from "../figure.ts";
import type { GpuTelemetry } from "../record/gpu-sample.ts";
import type { AggregateInput } from "./input.ts";
import type { Level } from "./schema.ts";
import type { Steady } from "./steady.ts";

/** What is known about the hardware. */
export interface Hardware {
  dims: ModelDims | null;
  /** Σ of the dense peaks of all GPUs for the compute dtype. */
  peakTflops: number | null;
  gpus: number;
  usdPerGpuHour: number | null;
  /** It is null without agents. */
  telemetry: GpuTelemetry | null;
  idle: AggregateInput["idle"];
}

type Efficiency = Pick<
  Level,
  | "gpu"
  | "joulePerOutputToken"
  | "dynamicJoulePerOutputToken"
  | "tokensPerJ"
  | "kwhPerMTokens"
  | "mfuPercent"
  | "mfuOutputOnlyPercent"
  | "usdPerMOutputTokens"
>;

const J_PER_TOKEN_IN_KWH_PER_M = 1 / 3.6;

/** The energy of each run in its window. It is null without telemetry. */
export type Energies = Map<SteadyRun, LevelEnergy> | null;

/** Energy is that of the GPUs alone. */
export function energiesOf(runs: SteadyRun[], { telemetry, idle }: Hardware): Energies {
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

/** Energy of the GPUs ÷ the output tokens that arrive in the windows, J. */
export function joulePerOutputToken(steady: Steady, outputTokensPerS: Figure, energies: Energies): Figure {
  const energy = energyOf(steady.runs, energies);
  return energy === null
    ? unknown(energies === null ? "no_telemetry" : steady.whyNot)
    : quotient(energy.gpu.energyJ, tokensOf(steady, outputTokensPerS));
}

function tokensOf({ runs }: Steady, outputTokensPerS: Figure): Figure {
  const seconds = runs.reduce((sum, run) => sum + windowMs(run), 0) / 1000;
  return scaled(outputTokensPerS, seconds);
}

/**
 * Energy, FLOPs and cost of a level over its windows. Energy is that of the GPUs alone, and tokens are those
 * that arrive in the windows.
 */
export function efficiencyOf(
  steady: Steady,
  { outputTokensPerS, mfuPercent }: { outputTokensPerS: Figure; mfuPercent: Figure },
  energies: Energies,
  hardware: Hardware,
): Efficiency {
  const energy = energyOf(steady.runs, energies);
  const tokens = tokensOf(steady, outputTokensPerS);
  const missing = unknown(energies === null ? "no_telemetry" : steady.whyNot);
  const joules = joulePerOutputToken(steady, outputTokensPerS, energies);
  return {
    gpu: energy === null ? null : energy.gpu,
    joulePerOutputToken: joules,
    dynamicJoulePerOutputToken: energy === null ? missing : quotient(energy.dynamicEnergyJ, tokens),
    tokensPerJ: energy === null ? missing : quotient(tokens, energy.gpu.energyJ),
    kwhPerMTokens: scaled(joules, J_PER_TOKEN_IN_KWH_PER_M),
    mfuPercent,
    mfuOutputOnlyPercent: mfuOutputOnlyPercent(outputTokensPerS, hardware.dims, hardware.peakTflops),
    usdPerMOutputTokens: usdPerMOutputTokens(outputTokensPerS, hardware.usdPerGpuHour, hardware.gpus),
  };
}

/**
 * The energy of all runs of a level. Energies add up; power and utilisation are means over the runs. It is
 * null without samples or windows.
 */
function energyOf(
  runs: SteadyRun[],
  energies: Energies,
): { gpu: NonNullable<Level["gpu"]>; dynamicEnergyJ: Figure } | null {
  const each = runs.flatMap((run) => energies?.get(run) ?? []);
  const [first] = each;
  if (first === undefined) return null;
  const mean = (pick: (energy: LevelEnergy) => Figure): Figure => meanOverRuns(each.map(pick));
  const throttled = each.flatMap((energy) => energy.throttledPercent ?? []);
  const temperatures = each.flatMap((energy) => energy.maxTempC ?? []);
  return {
    gpu: {
      powerW: mean((energy) => energy.powerW),
      idlePowerW: first.idlePowerW,
      utilPercent: mean((energy) => energy.utilPercent),
      energyJ: sumOf(each.map((energy) => energy.energyJ)),
      energyIntegralJ: sumOf(each.map((energy) => energy.energyIntegralJ)),
      energySource: each.every((energy) => energy.energySource === "counter") ? "counter" : "integral",
      coveragePercent: Math.min(...each.map((energy) => energy.coveragePercent)),
      throttledPercent:
        throttled.length === 0
          ? null
          : throttled.reduce((sum, percent) => sum + percent, 0) / throttled.length,
      maxTempC: temperatures.length === 0 ? null : Math.max(...temperatures),
    },
    dynamicEnergyJ: sumOf(each.map((energy) => energy.dynamicEnergyJ)),
  };
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
