import type { Reason } from "../codes.ts";
import type { Sample } from "../record/sample.ts";
import { type Figure, unknown } from "../figure.ts";
import { flagged } from "./derive.ts";
import { counterJ, coveragePercentOf, integralJ, seriesOf, type TimeSpan, within } from "./gpu-series.ts";

/** What the GPUs did in the window of a level; over several GPUs power and energy are sums. GPUs only: no host, no cooling. */
export interface LevelEnergy {
  /** Mean in the window: `energyJ` ÷ its length. */
  powerW: Figure;
  /** Mean in the idle time. */
  idlePowerW: Figure;
  /** Mean over samples, then over GPUs. */
  utilPercent: Figure;
  /** The headline: by the counter where that holds, else by the integral. */
  energyJ: Figure;
  energyIntegralJ: Figure;
  energySource: "counter" | "integral";
  /** `energyJ` − `idlePowerW` × length: what the load alone took. */
  dynamicEnergyJ: Figure;
  /** Of the GPU that was read least. */
  coveragePercent: number;
  /** Samples in which power or heat held the clocks down; null where that cannot be read. */
  throttledPercent: number | null;
  maxTempC: number | null;
}

/** NVML's clock event reasons that slow a busy GPU down: software power cap, hardware slowdown, software and hardware thermal, power brake. */
const THROTTLED = 0x4 | 0x8 | 0x20 | 0x40 | 0x80;
/** An offset that is known less well than this moves the window against the samples. */
const CLOCK_ERROR_MAX_MS = 50;
const DISAGREEMENT = 0.05;
/** More than so many times a GPU's power limit, on average over a window, no GPU draws: its counter does not count what it should. */
const LIMITS_MAX = 1.5;
/** The quiet time that an idle power should rest on. */
const IDLE_LEAST_MS = 15_000;

/**
 * Energy and state of the GPUs in a window (counter difference interpolated at its edges; else the trapezoid integral of
 * power). `clockErrorMs` bounds the error of the samples' clock; null or left out = unknown, which is `clock_skew`. `limitsW`: the power
 * limit of each GPU by its number, which a counter cannot exceed for long; null or left out = unknown. Every GPU of `samples` must be seen
 * in the window, else its sums are `telemetry_gap`.
 */
export function levelEnergy(
  samples: Sample[],
  window: TimeSpan,
  idle: TimeSpan | null,
  { clockErrorMs = null, limitsW = [] }: { clockErrorMs?: number | null; limitsW?: (number | null)[] } = {},
): LevelEnergy {
  const skew: Reason[] = clockErrorMs !== null && clockErrorMs <= CLOCK_ERROR_MAX_MS ? [] : ["clock_skew"];
  const series = seriesOf(samples);
  const lengthS = lengthMsOf(window) / 1000;
  const { energyJ, energyIntegralJ } = energyOf(series, window, { skew, limitsW });
  const idlePowerW = idle === null ? unknown("not_applicable") : idlePowerOf(series, idle, { skew, limitsW });
  const seen = series.map((each) => within(each, window));
  return {
    powerW: times(energyJ, 1 / lengthS),
    idlePowerW,
    utilPercent: utilOf(seen, skew),
    energyJ,
    energyIntegralJ,
    energySource: energyJ.method === "counter" ? "counter" : "integral",
    dynamicEnergyJ: dynamicOf(energyJ, idlePowerW, lengthS),
    coveragePercent: Math.min(
      100,
      ...series.map((each) => coveragePercentOf(each, window)),
      ...(series.length === 0 ? [0] : []),
    ),
    throttledPercent: throttledOf(seen.flat()),
    maxTempC: seen
      .flat()
      .reduce<number | null>(
        (max, { tempC }) => (tempC === null ? max : Math.max(max ?? tempC, tempC)),
        null,
      ),
  };
}

const lengthMsOf = ({ startUnixMs, endUnixMs }: TimeSpan): number => endUnixMs - startUnixMs;

/** What is known of the readings beside themselves. */
interface Known {
  skew: Reason[];
  limitsW: (number | null)[];
}

function energyOf(
  series: Sample[][],
  window: TimeSpan,
  { skew, limitsW }: Known,
): { energyJ: Figure; energyIntegralJ: Figure } {
  if (lengthMsOf(window) <= 0)
    return { energyJ: unknown("too_short"), energyIntegralJ: unknown("too_short") };
  const n = series.reduce((sum, each) => sum + within(each, window).length, 0);
  const counter = sumOf(
    series.map((each) => plausibleJ(counterJ(each, window), window, limitsW[each[0]?.gpu ?? 0] ?? null)),
  );
  const integral = sumOf(series.map((each) => integralJ(each, window)));
  const byIntegral =
    typeof integral === "number" ? measured(integral, n, "integral", skew) : unknown(integral);
  if (typeof counter !== "number") {
    // A GPU without a counter is measured by its power, which is no fault; a counter that failed is.
    const failed: Reason[] = counter === "no_telemetry" ? [] : [counter];
    const energyJ =
      byIntegral.value === null
        ? unknown(...new Set([...byIntegral.reasons, ...failed]))
        : flagged(byIntegral, ...failed);
    return { energyJ, energyIntegralJ: byIntegral };
  }
  const disagrees: Reason[] =
    typeof integral === "number" && Math.abs(counter - integral) > DISAGREEMENT * counter
      ? ["energy_disagrees"]
      : [];
  return {
    energyJ: flagged(measured(counter, n, "counter", skew), ...disagrees),
    energyIntegralJ: flagged(byIntegral, ...disagrees),
  };
}

type Fault = "telemetry_gap" | "counter_reset" | "implausible";

function plausibleJ(
  joules: number | Fault | null,
  window: TimeSpan,
  limitW: number | null,
): number | Fault | null {
  const mostJ = limitW === null ? Infinity : (LIMITS_MAX * limitW * lengthMsOf(window)) / 1000;
  return typeof joules === "number" && joules > mostJ ? "implausible" : joules;
}

/** All of them or none: a sum over some of the GPUs would be too low. */
function sumOf(joules: (number | Fault | null)[]): number | Fault | "no_telemetry" {
  if (joules.length === 0 || joules.includes(null)) return "no_telemetry";
  let sum = 0;
  for (const each of joules) {
    if (typeof each !== "number") return each ?? "no_telemetry";
    sum += each;
  }
  return sum;
}

function idlePowerOf(series: Sample[][], idle: TimeSpan, known: Known): Figure {
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

function utilOf(seen: Sample[][], skew: Reason[]): Figure {
  const read = seen.map((series) => series.flatMap((sample) => sample.utilPercent ?? []));
  const n = read.flat().length;
  if (n === 0) return unknown("no_telemetry");
  if (read.some((values) => values.length === 0)) return unknown("telemetry_gap");
  const means = read.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length);
  return measured(means.reduce((sum, mean) => sum + mean, 0) / means.length, n, "none", skew);
}

function throttledOf(samples: Sample[]): number | null {
  const read = samples.flatMap((sample) => sample.throttle ?? []);
  return read.length === 0
    ? null
    : (100 * read.filter((reasons) => (reasons & THROTTLED) !== 0).length) / read.length;
}

const measured = (value: number, n: number, method: Figure["method"], reasons: Reason[]): Figure =>
  flagged(
    { value, low: null, high: null, n, nEff: null, method, validity: "valid", reasons: [] },
    ...reasons,
  );

const times = (figure: Figure, factor: number): Figure =>
  figure.value === null ? figure : { ...figure, value: figure.value * factor };
