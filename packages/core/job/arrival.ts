import { normalFrom, randomFrom, seedOf } from "../random.ts";
import type { Load } from "../load.ts";

/** An open loop: requests are sent at a rate, whatever is in flight. */
export type RateLoad = Extract<Load, { kind: "rate" }>;

/**
 * Index of dispersion for long times: the variance of the number of arrivals ÷ that of a Poisson process of
 * the same rate.
 */
export const dispersionOf = ({ arrival, burstiness }: RateLoad): number =>
  arrival === "constant" ? 0 : 1 / (burstiness ?? 1);

/** Names a schedule. The same name gives the same due times everywhere. */
export interface ScheduleName {
  seed: string;
  levelId: string;
  repeat: number;
}

export interface Due {
  /** The request's place in the level's schedule. */
  index: number;
  /** Since T0. */
  dueMs: number;
}

/** The number of requests that a rate brings in a time. It is whole and at least one. */
export const arrivalCount = (ratePerS: number, durationMs: number): number =>
  Math.max(1, Math.round((ratePerS * durationMs) / 1000));

/**
 * How many due times are drawn at once. That is less than a millisecond of work, and a long level takes no
 * more memory than a short one.
 */
const DRAWN_AT_ONCE = 8192;

/**
 * The due times of a whole level, ascending, none after `durationMs`.
 * - `constant`: one every 1 / rate s, the first at T0.
 * - `poisson`: gaps are exponential with mean 1 / rate.
 * - `gamma`: gaps are gamma with shape = burstiness and the same mean, as in vLLM's benchmark: 1 is Poisson,
 *   less comes in bursts, more is more even. The coefficient of variation of the gaps is 1 / √burstiness.
 *
 * A level always brings the number of requests that its rate says; otherwise a short level at 10/s would be
 * one at 9/s or 11/s by chance. So n + 1 gaps are drawn and scaled to the length of the level. (For Poisson
 * this is exactly the process given its count, and vLLM scales in the same way.) Levels of more than 8,192
 * requests are drawn in equal parts of about that many.
 */
export function* dueTimes(name: ScheduleName, load: RateLoad, durationMs: number): Generator<number> {
  const { ratePerS, arrival, burstiness } = load;
  const count = arrivalCount(ratePerS, durationMs);
  if (arrival === "constant") {
    for (let index = 0; index < count; index++) yield (1000 * index) / ratePerS;
    return;
  }
  const shape = arrival === "gamma" ? (burstiness ?? 1) : 1;
  const parts = Math.ceil(count / DRAWN_AT_ONCE);
  for (let part = 0; part < parts; part++) {
    const first = Math.round((count * part) / parts);
    const next = Math.round((count * (part + 1)) / parts);
    const random = randomFrom(seedOf("arrival", name.seed, name.levelId, name.repeat, part));
    const gaps = Array.from({ length: next - first + 1 }, () => gammaFrom(random, shape));
    const scale = (durationMs * (next - first)) / count / gaps.reduce((sum, gap) => sum + gap, 0);
    let dueMs = (durationMs * first) / count;
    for (const gap of gaps.slice(0, -1)) {
      dueMs += gap * scale;
      yield Math.min(dueMs, durationMs);
    }
  }
}

/**
 * The due times of one shard: the indices ≡ shard (mod shards) of the one schedule. So gamma arrivals stay
 * gamma however many shards there are.
 */
export function* dueTimesOf(
  { shard, shards }: { shard: number; shards: number },
  name: ScheduleName,
  load: RateLoad,
  durationMs: number,
): Generator<Due> {
  let index = 0;
  for (const dueMs of dueTimes(name, load, durationMs)) {
    if (index % shards === shard) yield { index, dueMs };
    index++;
  }
}

/**
 * A gamma value with this shape and scale 1 (Marsaglia and Tsang, 2000). Below shape 1 it is theirs of shape
 * + 1 times U^(1/shape).
 */
export function gammaFrom(random: () => number, shape: number): number {
  if (shape === 1) return -Math.log(1 - random());
  if (shape < 1) return gammaFrom(random, shape + 1) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = normalFrom(random);
    const v = (1 + c * normal) ** 3;
    if (v > 0 && Math.log(1 - random()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** The E2E that is assumed where no warm-up ran: that of a short answer. */
const E2E_GUESS_MS = 2000;

/**
 * The requests that will be in flight: the users of a closed loop, or by Little's law rate × E2E in an open
 * one.
 */
export const expectedInFlight = (load: Load, e2eMs: number | null): number =>
  load.kind === "concurrency" ? load.users : (load.ratePerS * (e2eMs ?? E2E_GUESS_MS)) / 1000;

const OPEN_BOUND = { perExpected: 4, min: 256, max: 10_000 };

/**
 * The most requests that one shard of an open loop may have open, unless the job says otherwise. It is four
 * times what Little's law expects from the warm-up's largest E2E, and lies between 256 and 10,000; without a
 * warm-up it is 10,000. An endpoint that lets a level reach it does not keep up.
 */
export function openLimitOf(load: RateLoad, shards: number, largestE2eMs: number | null): number {
  if (largestE2eMs === null) return OPEN_BOUND.max;
  const expected = Math.ceil(expectedInFlight(load, largestE2eMs) / shards);
  return Math.min(Math.max(OPEN_BOUND.perExpected * expected, OPEN_BOUND.min), OPEN_BOUND.max);
}
