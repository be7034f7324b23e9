import type { Figure } from "../figure.ts";
import { unknown } from "../figure.ts";
import type { Prices } from "../job/spec/spec.ts";
import type { Verdict } from "../job/state/verdict.ts";
import { distinct, scaled, worst } from "../metric/statistics/derive.ts";
import { throughputOf } from "./pick.ts";
import type { Level, Report } from "./schema.ts";

/** The load that is to be served. */
export interface Target {
  load: number;
  unit: Verdict["capacityUnit"];
}

/** What serves a target load, if each replica is like the endpoint that was measured and gets its share of the load. */
export interface Fleet {
  /** The load that each replica takes: the capacity of the report. */
  perReplica: Figure;
  /** The GPUs of a replica, and what an hour of them costs. */
  gpusPerReplica: number;
  usdPerHourPerReplica: number | null;
  replicas: Figure;
  gpus: Figure;
  /** Output tokens/s, or requests/s where answers come in one piece. */
  throughput: Figure;
  usdPerMonth: Figure;
  /** The power of the GPUs at the measured load, and their energy if that load is there all the time. */
  powerW: Figure;
  kwhPerMonth: Figure;
}

/** 365 × 24 ÷ 12. */
export const HOURS_PER_MONTH = 730;

/**
 * The fleet for a target load: replicas = ⌈target ÷ capacity⌉. Its intervals are those of the capacity: the more
 * a replica takes, the fewer are needed. `prices` are the caller's own for this plan, and without them those of the
 * report count. It is null where the report has no capacity in the unit of the target.
 */
export function fleetFor(
  report: Report,
  target: Target,
  prices: { usdPerHour?: number | undefined; prices?: Prices | undefined } = {},
): Fleet | null {
  const { capacity, capacityUnit, levelId } = report.verdict;
  const level = report.levels.find(({ id }) => id === levelId);
  if (capacity.value === null || capacityUnit !== target.unit || level === undefined) return null;
  const replicas = needed(target.load, capacity);
  const gpusPerReplica = Math.max(1, report.gpus.length);
  const usdPerHour = priceOf(report, prices);
  const powerW = powerOf(replicas, level);
  const served = scaled(throughputOf(level), target.load / capacity.value);
  return {
    perReplica: capacity,
    gpusPerReplica,
    usdPerHourPerReplica: usdPerHour,
    replicas,
    gpus: report.gpus.length === 0 ? unknown("no_telemetry") : scaled(replicas, gpusPerReplica),
    throughput: served,
    usdPerMonth: usdPerHour === null ? unknown("no_price") : scaled(replicas, usdPerHour * HOURS_PER_MONTH),
    powerW,
    kwhPerMonth: scaled(powerW, HOURS_PER_MONTH / 1000),
  };
}

function needed(load: number, capacity: Figure): Figure {
  const at = (takes: number | null): number | null =>
    takes === null || takes <= 0 ? null : Math.ceil(load / takes);
  return { ...capacity, value: at(capacity.value), low: at(capacity.high), high: at(capacity.low) };
}

function powerOf(replicas: Figure, level: Level): Figure {
  const power = level.gpu?.powerW ?? unknown(...level.tokensPerJ.reasons);
  if (power.value === null) return power;
  return {
    ...scaled(replicas, power.value),
    validity: worst([replicas.validity, power.validity]),
    reasons: distinct([...replicas.reasons, ...power.reasons]),
  };
}

/** $ an hour of one GPU, on average, or of the endpoint where nobody knows its GPUs. It is null without a price. */
export function usdPerGpuHour(report: Report): number | null {
  const usdPerHour = priceOf(report, {});
  return usdPerHour === null ? null : usdPerHour / Math.max(1, report.gpus.length);
}

/** $ an hour of all GPUs of a replica. It is null as soon as one has no price. */
function priceOf(
  { gpus, job }: Report,
  { usdPerHour, prices }: { usdPerHour?: number | undefined; prices?: Prices | undefined },
): number | null {
  if (usdPerHour !== undefined) return usdPerHour * Math.max(1, gpus.length);
  if (prices === undefined && gpus.length === 0) return job.gpu?.usdPerHour ?? null;
  const list = new Map(Object.entries(prices ?? {}));
  const each = gpus.map((gpu) => (prices === undefined ? gpu.usdPerHour : (list.get(gpu.name) ?? null)));
  return each.length === 0 || each.includes(null)
    ? null
    : each.reduce<number>((sum, price) => sum + (price ?? 0), 0);
}
