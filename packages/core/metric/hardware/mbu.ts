import { type Figure, unknown } from "../../figure.ts";
import { stepBytes } from "./decode.ts";
import { flagged, worst } from "../statistics/derive.ts";
import type { ModelDims } from "./flops.ts";

/** What a level shows of its decoding. */
export interface Decoding {
  tpotMs: Figure;
  outputTokensPerS: Figure;
  /** The means over requests. */
  inputTokens: Figure;
  outputTokens: Figure;
  /** How many copies of the model share the load. */
  replicas: number;
  /** Whether more tokens than one come of a forward pass. */
  isSpeculative: boolean;
}

/** How many requests are decoded at once, by Little's law: output tokens/s × TPOT. */
export const decodeBatch = (outputTokensPerS: number, tpotMs: number): number =>
  (outputTokensPerS * tpotMs) / 1000;

/** A request has all of its prompt and on average half of its answer in the KV cache. */
export const meanContext = (inputTokens: number, outputTokens: number): number =>
  inputTokens + outputTokens / 2;

/**
 * Memory bandwidth utilisation of decoding, percent: (weights × replicas + batch · context · KV bytes) · steps/s ÷
 * Σ bandwidth of the GPUs. A step takes one TPOT, and the batch follows from Little's law. It is `estimated`, because
 * both are, and refused above 100 %. It is null without the model's config or the bandwidth, and where a forward
 * pass brings several tokens.
 */
export function mbuPercent(decoding: Decoding, dims: ModelDims | null, bandwidthGBps: number | null): Figure {
  const { tpotMs, outputTokensPerS, inputTokens, outputTokens, replicas, isSpeculative } = decoding;
  if (dims === null || dims.memory === null) return unknown("unknown_model");
  if (bandwidthGBps === null) return unknown("unknown_gpu");
  if (isSpeculative) return unknown("not_applicable");
  const parts = [tpotMs, outputTokensPerS, inputTokens, outputTokens];
  const [tpot, rate, input, output] = parts.map(({ value }) => value);
  if (tpot == null || rate == null || input == null || output == null)
    return unknown(...new Set(parts.flatMap(({ value, reasons }) => (value === null ? reasons : []))));
  const bytes = stepBytes(dims.memory, {
    batch: Math.max(decodeBatch(rate, tpot), replicas),
    contextTokens: meanContext(input, output),
    replicas,
  });
  const value = (100 * (bytes / (tpot / 1000))) / (bandwidthGBps * 1e9);
  if (value > 100) return unknown("implausible");
  const figure: Figure = {
    value,
    low: null,
    high: null,
    n: tpotMs.n,
    nEff: null,
    method: "model",
    validity: worst(parts.map(({ validity }) => validity)),
    reasons: [...new Set(parts.flatMap(({ reasons }) => reasons))],
  };
  return flagged(figure, "estimated");
}
