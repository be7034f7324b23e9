import { powerOf, utilisationOf, type SimCard } from "./gpu.ts";

/** The sums of `GET /sim/state` that a meter reads. */
export interface LoadSums {
  nowMs: number;
  busyMs: number;
  batchMs: number;
}

export interface GpuReading {
  /** The power now. */
  instantW: number;
  /** The mean power over the last second, which is what `power.draw` is on this generation of cards. */
  averageW: number;
  utilPercent: number;
  tempC: number;
  busy: boolean;
}

export interface Meter {
  /**
   * Takes the load's sums at `atMs`. They are null when they could not be read, which counts as idle. Times
   * must grow.
   */
  observe(atMs: number, sums: LoadSums | null): void;
  reading(): GpuReading;
  /** Lets the power come to rest at the load seen last, for a reader that cannot wait a second. */
  settle(): void;
}

/** The time constants of a first-order lag: how fast the card's power and its temperature follow the load. */
const POWER_LAG_MS = 150;
const TEMPERATURE_LAG_MS = 20_000;
const AVERAGE_OVER_MS = 1000;
const IDLE_TEMP_C = 36;
const FULL_TEMP_C = 74;

/**
 * How a card's own meters follow the load of the model, as a pure function of a given clock. The card begins
 * idle.
 */
export function createMeter(card: SimCard): Meter {
  let last: { atMs: number; sums: LoadSums | null } | null = null;
  let utilisation = 0;
  let busyShare = 0;
  let instantW = card.idleW;
  let tempC = IDLE_TEMP_C;
  let history: { atMs: number; powerW: number }[] = [];

  function follow(atMs: number, previousMs: number): void {
    const lag = (value: number, target: number, lagMs: number): number =>
      target + (value - target) * Math.exp(-(atMs - previousMs) / lagMs);
    instantW = lag(instantW, powerOf(card, utilisation), POWER_LAG_MS);
    tempC = lag(tempC, IDLE_TEMP_C + (FULL_TEMP_C - IDLE_TEMP_C) * utilisation, TEMPERATURE_LAG_MS);
  }

  return {
    observe(atMs, sums) {
      const before = last?.sums ?? null;
      const elapsedMs = sums !== null && before !== null ? sums.nowMs - before.nowMs : 0;
      // Sums that shrink come from another endpoint, whose first reading tells nothing yet.
      const busyMs = sums !== null && before !== null && elapsedMs > 0 ? sums.busyMs - before.busyMs : 0;
      const batchMs = sums !== null && before !== null && elapsedMs > 0 ? sums.batchMs - before.batchMs : 0;
      busyShare = busyMs > 0 ? Math.min(1, busyMs / elapsedMs) : 0;
      utilisation = busyMs > 0 ? utilisationOf(busyShare, Math.max(0, batchMs / busyMs)) : 0;
      if (last !== null) follow(atMs, last.atMs);
      last = { atMs, sums };
      history.push({ atMs, powerW: instantW });
      while ((history[1]?.atMs ?? atMs) <= atMs - AVERAGE_OVER_MS) history.shift();
    },
    reading: () => ({
      instantW,
      averageW: meanOf(history),
      utilPercent: 100 * busyShare,
      tempC,
      busy: busyShare > 0,
    }),
    settle() {
      instantW = powerOf(card, utilisation);
      history = [{ atMs: last?.atMs ?? 0, powerW: instantW }];
    },
  };
}

/** The time-weighted mean, each stretch at the mean of its two ends. */
function meanOf(history: { atMs: number; powerW: number }[]): number {
  let energy = 0;
  for (const [index, { atMs, powerW }] of history.entries()) {
    const next = history[index + 1];
    if (next !== undefined) energy += ((powerW + next.powerW) / 2) * (next.atMs - atMs);
  }
  const first = history[0];
  const final = history.at(-1);
  if (first === undefined || final === undefined) return 0;
  return final.atMs > first.atMs ? energy / (final.atMs - first.atMs) : final.powerW;
}
