import type { ClockProbe } from "./sample.ts";

/** A clock of one agent's boot: its monotonic ms → Unix ms of the server, right to ± `boundMs`. */
export interface ClockFit {
  toUnixMs(monotonicMs: number): number;
  boundMs: number;
}

/** Probes of a burst follow one another at once; bursts are a quarter of a minute apart, or more. */
const BURST_GAP_MS = 5000;
/** A burst that met a busy network says less than the others: one whose best round trip is this many times the best of all is left out. */
const WORST_DELAY = { times: 3, plusMs: 1 };

interface Reading {
  atMs: number;
  offsetMs: number;
  /** The true offset lies within offset ± this, however the delay splits over both ways. */
  boundMs: number;
}

/**
 * offset = ((t2 − t1) + (t3 − t4)) / 2, delay = (t4 − t1) − (t3 − t2) (Mills, RFC 5905 §8). Of each burst the least delay counts; a
 * line through the bursts follows the drift. The bound is the worst over the bursts of delay / 2 + distance to the line, so it holds
 * for any split of the delay as long as the drift is steady. Null without a usable probe.
 */
export function clockFit(probes: ClockProbe[]): ClockFit | null {
  const bursts = burstsOf(probes).flatMap(bestOf);
  const least = Math.min(...bursts.map((burst) => burst.boundMs));
  const used = bursts.filter((burst) => burst.boundMs <= WORST_DELAY.times * least + WORST_DELAY.plusMs);
  if (used.length === 0) return null;
  const atMean = mean(used.map((burst) => burst.atMs));
  const offsetMean = mean(used.map((burst) => burst.offsetMs));
  const spread = used.reduce((sum, burst) => sum + (burst.atMs - atMean) ** 2, 0);
  const slope =
    spread === 0
      ? 0
      : used.reduce((sum, burst) => sum + (burst.atMs - atMean) * (burst.offsetMs - offsetMean), 0) / spread;
  const offsetAt = (monotonicMs: number): number => offsetMean + slope * (monotonicMs - atMean);
  return {
    toUnixMs: (monotonicMs) => monotonicMs + offsetAt(monotonicMs),
    boundMs: Math.max(
      ...used.map((burst) => burst.boundMs + Math.abs(burst.offsetMs - offsetAt(burst.atMs))),
    ),
  };
}

function burstsOf(probes: ClockProbe[]): ClockProbe[][] {
  const bursts: ClockProbe[][] = [];
  for (const probe of probes.toSorted((a, b) => a[0] - b[0])) {
    const last = bursts.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && probe[0] - before[0] < BURST_GAP_MS) last.push(probe);
    else bursts.push([probe]);
  }
  return bursts;
}

function bestOf(burst: ClockProbe[]): Reading[] {
  const readings = burst.filter(([t1, t2, t3, t4]) => t4 >= t1 && t3 >= t2).map(readingOf);
  return readings.toSorted((a, b) => a.boundMs - b.boundMs).slice(0, 1);
}

function readingOf([t1, t2, t3, t4]: ClockProbe): Reading {
  // A server that stamps whole milliseconds is up to one of them late.
  const tick = Number.isInteger(t2) && Number.isInteger(t3) ? 1 : 0;
  return {
    atMs: (t1 + t4) / 2,
    offsetMs: (t2 - t1 + (t3 - t4)) / 2,
    boundMs: Math.max(t4 - t1 - (t3 - t2), 0) / 2 + tick,
  };
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
