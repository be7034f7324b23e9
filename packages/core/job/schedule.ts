import { normalFrom, randomFrom, seedOf } from "../random.ts";
import type { Length } from "./spec.ts";

/**
 * Every shard derives the whole schedule of a level from (job seed, level, repeat) and takes the indices ≡
 * shard (mod shards). So the workload does not depend on the number of shards, and shards share no counter
 * while they run.
 */

/**
 * How many of a level's requests one shard may send: those with indices ≡ shard (mod shards). It is null
 * where the level has no such bound.
 */
export function requestsOf(shard: number, shards: number, requests: number | null): number | null {
  return requests === null ? null : Math.ceil((requests - shard) / shards);
}

/** The seed of one request: hash(job, level, repeat, index). */
export const requestSeed = (jobSeed: string, levelId: string, repeat: number, index: number): number =>
  seedOf(jobSeed, levelId, repeat, index);

/** A whole number of tokens drawn from a length, within its bounds and at least 1. */
export function drawLength(length: Length, random: () => number): number {
  if (typeof length === "number") return length;
  if (!("mean" in length)) return length.min + Math.floor(random() * (length.max - length.min + 1));
  const drawn =
    length.shape === "lognormal"
      ? lognormalFrom(length, random)
      : length.mean + length.stdev * normalFrom(random);
  return Math.min(Math.max(Math.round(drawn), length.min ?? 1), length.max ?? 1_000_000);
}

/**
 * exp(μ + σz) with σ² = ln(1 + (stdev/mean)²) and μ = ln(mean) − σ²/2, so that mean and stdev are those of
 * the drawn value itself.
 */
function lognormalFrom({ mean, stdev }: { mean: number; stdev: number }, random: () => number): number {
  const variance = Math.log1p((stdev / mean) ** 2);
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normalFrom(random));
}

/** The size of one request, fixed by its seed. */
export interface RequestSize {
  index: number;
  inputTokens: number;
  outputTokens: number;
  /** It decides the words of the prompt and its salt. */
  textSeed: number;
}

export function requestSize(
  index: number,
  seed: number,
  workload: { inputTokens: Length; outputTokens: Length },
): RequestSize {
  const random = randomFrom(seed);
  return {
    index,
    inputTokens: drawLength(workload.inputTokens, random),
    outputTokens: drawLength(workload.outputTokens, random),
    textSeed: Math.floor(random() * 4_294_967_296),
  };
}
