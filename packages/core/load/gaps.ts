import { randomFrom, seedOf } from "../random.ts";
import { arrivalCount } from "./arrival.ts";
import type { ScheduleName } from "./schedule.ts";

/**
 * How many due times are drawn at once. That is less than a millisecond of work, and a long level takes no
 * more memory than a short one.
 */
const DRAWN_AT_ONCE = 8192;

/**
 * Due times whose gaps are independent draws from one distribution, whatever its mean. For n requests, n + 1
 * gaps are drawn and scaled to the length of the level. (For Poisson this is exactly the process given its
 * count, and vLLM scales in the same way.) Levels of more than 8,192 requests are drawn in equal parts of
 * about that many.
 */
export function* dueByGaps(
  name: ScheduleName,
  ratePerS: number,
  durationMs: number,
  gapFrom: (random: () => number) => number,
): Generator<number> {
  const count = arrivalCount(ratePerS, durationMs);
  const parts = Math.ceil(count / DRAWN_AT_ONCE);
  for (let part = 0; part < parts; part++) {
    const first = Math.round((count * part) / parts);
    const next = Math.round((count * (part + 1)) / parts);
    const random = randomFrom(seedOf("arrival", name.seed, name.levelId, name.repeat, part));
    const gaps = Array.from({ length: next - first + 1 }, () => gapFrom(random));
    const scale = (durationMs * (next - first)) / count / gaps.reduce((sum, gap) => sum + gap, 0);
    let dueMs = (durationMs * first) / count;
    for (const gap of gaps.slice(0, -1)) {
      dueMs += gap * scale;
      yield Math.min(dueMs, durationMs);
    }
  }
}

/** A standard exponential value. */
export const exponentialFrom = (random: () => number): number => -Math.log(1 - random());
