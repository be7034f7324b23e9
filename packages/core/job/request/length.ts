import { normalFrom } from "../../random.ts";
import type { Length } from "../spec/spec.ts";

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

/** The mean of a length, before its bounds cut anything away. */
export const meanLength = (length: Length): number =>
  typeof length === "number" ? length : "mean" in length ? length.mean : (length.min + length.max) / 2;

/**
 * exp(μ + σz) with σ² = ln(1 + (stdev/mean)²) and μ = ln(mean) − σ²/2, so that mean and stdev are those of
 * the drawn value itself.
 */
function lognormalFrom({ mean, stdev }: { mean: number; stdev: number }, random: () => number): number {
  const variance = Math.log1p((stdev / mean) ** 2);
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normalFrom(random));
}
