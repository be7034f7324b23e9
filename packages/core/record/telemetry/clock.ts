import type { ClockProbe } from "./sample.ts";

/**
 * The clock of one boot of an agent: it turns monotonic ms into Unix ms of the server, and is right to ±
 * `boundMs`.
 */
export interface ClockFit {
  toUnixMs(monotonicMs: number): number;
  boundMs: number;
}

/** Probes of one burst follow one another at once. Two bursts are a quarter of a minute or more apart. */
const BURST_GAP_MS = 5000;
/**
 * A burst that met a busy network says less than the others. It is left out if its best round trip is more
 * than this many times the best of all.
 */
const WORST_DELAY = { times: 3, plusMs: 1 };

/**
 * Clocks of computers drift by 100 ppm at most, and NTP slews by 500. A steeper line follows a clock that was set, and
 * only the distance of the bursts to a slower one shows that.
 */
const MOST_DRIFT = 1e-3;

interface Offset {
  atMs: number;
  offsetMs: number;
  /** The true offset lies within offset ± this, however the delay divides over the two ways. */
  boundMs: number;
}

/**
 * offset = ((t2 − t1) + (t3 − t4)) / 2, delay = (t4 − t1) − (t3 − t2) (Mills, RFC 5905 §8). In each burst
 * only the probe with the least delay counts, and a line through the bursts follows the drift. The bound is
 * the largest delay / 2 + distance to the line of all bursts, so it holds for any division of the delay as
 * long as the drift is steady. Two bursts always lie on a line, also of a clock that was set between them. So all that
 * the line rises by from one to the other is in their bound. The result is null without a usable probe.
 */
export function clockFit(probes: ClockProbe[]): ClockFit | null {
  const bursts = burstsOf(probes).flatMap(bestOf);
  const least = Math.min(...bursts.map((burst) => burst.boundMs));
  const used = bursts.filter((burst) => burst.boundMs <= WORST_DELAY.times * least + WORST_DELAY.plusMs);
  if (used.length === 0) return null;
  const atMean = mean(used.map((burst) => burst.atMs));
  const offsetMean = mean(used.map((burst) => burst.offsetMs));
  const squares = used.reduce((sum, burst) => sum + (burst.atMs - atMean) ** 2, 0);
  const steepest =
    squares === 0
      ? 0
      : used.reduce((sum, burst) => sum + (burst.atMs - atMean) * (burst.offsetMs - offsetMean), 0) / squares;
  const slope = Math.max(-MOST_DRIFT, Math.min(MOST_DRIFT, steepest));
  const offsetAt = (monotonicMs: number): number => offsetMean + slope * (monotonicMs - atMean);
  const distances = used.map((burst) => burst.boundMs + Math.abs(burst.offsetMs - offsetAt(burst.atMs)));
  const [first, second, third] = used;
  const unproved =
    first !== undefined && second !== undefined && third === undefined
      ? Math.abs(slope) * (second.atMs - first.atMs)
      : 0;
  return {
    toUnixMs: (monotonicMs) => monotonicMs + offsetAt(monotonicMs),
    boundMs: Math.max(...distances) + unproved,
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

function bestOf(burst: ClockProbe[]): Offset[] {
  const offsets = burst.filter(([t1, t2, t3, t4]) => t4 >= t1 && t3 >= t2).map(offsetOf);
  return offsets.toSorted((a, b) => a.boundMs - b.boundMs).slice(0, 1);
}

function offsetOf([t1, t2, t3, t4]: ClockProbe): Offset {
  // A server that stamps whole milliseconds is late by up to one of them.
  const tick = Number.isInteger(t2) && Number.isInteger(t3) ? 1 : 0;
  return {
    atMs: (t1 + t4) / 2,
    offsetMs: (t2 - t1 + (t3 - t4)) / 2,
    boundMs: Math.max(t4 - t1 - (t3 - t2), 0) / 2 + tick,
  };
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
