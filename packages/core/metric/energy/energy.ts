import type { Reason } from "../../codes.ts";
import type { GpuSample } from "../../record/telemetry/gpu-sample.ts";
import { type Figure, unknown } from "../../figure.ts";
import { flagged } from "../statistics/derive.ts";
import {
  counterJ,
  coveragePercentOf,
  integralJ,
  seriesOf,
  type SlicedTime,
  type TimeSpan,
  within,
} from "./gpu-series.ts";

/**
 * What the GPUs did in the window of a level. Over several GPUs power and energy are sums. They cover the
 * GPUs only, without host and cooling.
 */
export interface LevelEnergy {
  /** The mean in the idle time. */
  idlePowerW: Figure;
  /** The mean over samples, then over GPUs. */
  utilPercent: Figure;
  /** The energy that counts: by the counter if that holds, by the integral if not. */
  energyJ: Figure;
  /** The same in each slice of the window. It is null if the energy is. */
  slicesJ: number[] | null;
  energyIntegralJ: Figure;
  energySource: "counter" | "integral";
  /** `energyJ` − `idlePowerW` × length: the energy of the load alone. */
  dynamicEnergyJ: Figure;
  /** The coverage of the GPU that was read least. */
  coveragePercent: number;
  /** The share of samples in which power or heat held the clocks down. It is null if that cannot be read. */
  throttledPercent: number | null;
  /** The shares of samples in which power alone, and heat, held the clocks down. They are null likewise. */
  powerCappedPercent: number | null;
  overheatedPercent: number | null;
  /** The mean SM clock over samples, then over GPUs. It is null if it cannot be read. */
  smMHz: number | null;
  maxTempC: number | null;
}

/** NVML's clock event reasons of power: the software's cap, and the hardware's brake. */
const BY_POWER = 0x4 | 0x80;
/** Those of heat: slowdown by software, and by hardware. */
const BY_HEAT = 0x20 | 0x40;
/** All that slow down a busy GPU. Hardware slowdown may be by either. */
const THROTTLED = BY_POWER | BY_HEAT | 0x8;
/** An offset with a larger error than this would move the window against the samples. */
const CLOCK_ERROR_MAX_MS = 50;
const DISAGREEMENT = 0.05;
/**
 * No GPU draws more than this many times its power limit on average over a window. A counter that says so
 * does not count what it should.
 */
const LIMITS_MAX = 1.5;
/** The quiet time that an idle power needs. */
const IDLE_LEAST_MS = 15_000;

/**
 * Energy and state of the GPUs in a window. The energy is the difference of the counter, interpolated at the
 * window's edges, or the trapezoid integral of power if the counter fails. `clockErrorMs` bounds the error of
 * the samples' clock; null means that it is unknown, which is `clock_skew`. `limitsW` holds the power limit
 * of each GPU by its number, which a counter cannot exceed for long; null means that it is unknown. Every GPU
 * of `samples` must be seen in the window, or its sums are `telemetry_gap`.
 */
export function levelEnergy(
  samples: GpuSample[],
  window: SlicedTime,
  idle: TimeSpan | null,
  { clockErrorMs = null, limitsW = [] }: { clockErrorMs?: number | null; limitsW?: (number | null)[] } = {},
): LevelEnergy {
  const skew: Reason[] = clockErrorMs !== null && clockErrorMs <= CLOCK_ERROR_MAX_MS ? [] : ["clock_skew"];
  const series = seriesOf(samples);
  const lengthS = lengthMsOf(window) / 1000;
  const { energyJ, slicesJ, energyIntegralJ } = energyOf(series, window, { skew, limitsW });
  const idlePowerW = idle === null ? unknown("not_applicable") : idlePowerOf(series, idle, { skew, limitsW });
  const seen = series.map((each) => within(each, window));
  return {
    idlePowerW,
    utilPercent: utilOf(seen, skew),
    energyJ,
    slicesJ,
    energyIntegralJ,
    energySource: energyJ.method === "counter" ? "counter" : "integral",
    dynamicEnergyJ: dynamicOf(energyJ, idlePowerW, lengthS),
    coveragePercent: Math.min(
      100,
      ...series.map((each) => coveragePercentOf(each, window)),
      ...(series.length === 0 ? [0] : []),
    ),
    throttledPercent: heldDownPercent(seen.flat(), THROTTLED),
    powerCappedPercent: heldDownPercent(seen.flat(), BY_POWER),
    overheatedPercent: heldDownPercent(seen.flat(), BY_HEAT),
    smMHz: meanOf(seen.map((series) => meanOf(series.flatMap(({ smMHz }) => smMHz ?? [])))),
    maxTempC: seen
      .flat()
      .reduce<number | null>(
        (max, { tempC }) => (tempC === null ? max : Math.max(max ?? tempC, tempC)),
        null,
      ),
  };
}

const lengthMsOf = ({ startUnixMs, endUnixMs }: TimeSpan): number => endUnixMs - startUnixMs;

/** What is known about the readings from elsewhere. */
interface Known {
  skew: Reason[];
  limitsW: (number | null)[];
}

function energyOf(
  series: GpuSample[][],
  time: SlicedTime,
  { skew, limitsW }: Known,
): Pick<LevelEnergy, "energyJ" | "slicesJ" | "energyIntegralJ"> {
  if (lengthMsOf(time) <= 0)
    return { energyJ: unknown("too_short"), slicesJ: null, energyIntegralJ: unknown("too_short") };
  const n = series.reduce((sum, each) => sum + within(each, time).length, 0);
  const counted = sumOf(
    series.map((each) => plausibleJ(counterJ(each, time), time, limitsW[each[0]?.gpu ?? 0] ?? null)),
  );
  const integrated = sumOf(series.map((each) => integralJ(each, time)));
  const byIntegral =
    typeof integrated === "string" ? unknown(integrated) : measured(totalOf(integrated), n, "integral", skew);
  if (typeof counted === "string") {
    // A GPU without a counter is measured by its power, and that is no fault. A counter that failed is one.
    const failed: Reason[] = counted === "no_telemetry" ? [] : [counted];
    if (typeof integrated === "string") {
      const energyJ = unknown(...new Set([...byIntegral.reasons, ...failed]));
      return { energyJ, slicesJ: null, energyIntegralJ: byIntegral };
    }
    return { energyJ: flagged(byIntegral, ...failed), slicesJ: integrated, energyIntegralJ: byIntegral };
  }
  const counter = totalOf(counted);
  const disagrees: Reason[] =
    byIntegral.value !== null && Math.abs(counter - byIntegral.value) > DISAGREEMENT * counter
      ? ["energy_disagrees"]
      : [];
  return {
    energyJ: flagged(measured(counter, n, "counter", skew), ...disagrees),
    slicesJ: counted,
    energyIntegralJ: flagged(byIntegral, ...disagrees),
  };
}

type Fault = "telemetry_gap" | "counter_reset" | "implausible";

function plausibleJ(
  joules: number[] | Fault | null,
  time: TimeSpan,
  limitW: number | null,
): number[] | Fault | null {
  const mostJ = limitW === null ? Infinity : (LIMITS_MAX * limitW * lengthMsOf(time)) / 1000;
  return Array.isArray(joules) && totalOf(joules) > mostJ ? "implausible" : joules;
}

const totalOf = (joules: number[]): number => joules.reduce((sum, each) => sum + each, 0);

/** The sum over all GPUs in each slice, or none at all, because a sum over some of them would be too low. */
function sumOf(joules: (number[] | Fault | null)[]): number[] | Fault | "no_telemetry" {
  const known: number[][] = [];
  if (joules.length === 0 || joules.includes(null)) return "no_telemetry";
  for (const each of joules) {
    if (!Array.isArray(each)) return each ?? "no_telemetry";
    known.push(each);
  }
  return (known[0] ?? []).map((_, slice) => totalOf(known.map((each) => each[slice] ?? 0)));
}

function idlePowerOf(series: GpuSample[][], idle: TimeSpan, known: Known): Figure {
  const lengthMs = idle.endUnixMs - idle.startUnixMs;
  const power = times(energyOf(series, idle, known).energyJ, 1000 / lengthMs);
  return lengthMs < IDLE_LEAST_MS ? flagged(power, "estimated") : power;
}

function dynamicOf(energyJ: Figure, idlePowerW: Figure, lengthS: number): Figure {
  if (energyJ.value === null) return energyJ;
  if (idlePowerW.value === null) return idlePowerW;
  const value = energyJ.value - idlePowerW.value * lengthS;
  if (value < 0) return unknown("implausible");
  return flagged(
    { ...energyJ, value, validity: "valid", reasons: [] },
    ...new Set([...energyJ.reasons, ...idlePowerW.reasons]),
  );
}

function utilOf(seen: GpuSample[][], skew: Reason[]): Figure {
  const read = seen.map((series) => series.flatMap((sample) => sample.utilPercent ?? []));
  const n = read.flat().length;
  if (n === 0) return unknown("no_telemetry");
  if (read.some((values) => values.length === 0)) return unknown("telemetry_gap");
  const means = read.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  return measured(means.reduce((sum, mean) => sum + mean, 0) / means.length, n, "none", skew);
}

/** The share of samples that name one of these reasons. */
function heldDownPercent(samples: GpuSample[], mask: number): number | null {
  const read = samples.flatMap((sample) => sample.throttle ?? []);
  return read.length === 0
    ? null
    : (100 * read.filter((reasons) => (reasons & mask) !== 0).length) / read.length;
}

/** It is null as soon as one value is, or without any. */
function meanOf(values: (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const measured = (value: number, n: number, method: Figure["method"], reasons: Reason[]): Figure =>
  flagged(
    { value, low: null, high: null, n, nEff: null, method, validity: "valid", reasons: [] },
    ...reasons,
  );

const times = (figure: Figure, factor: number): Figure =>
  figure.value === null ? figure : { ...figure, value: figure.value * factor };
