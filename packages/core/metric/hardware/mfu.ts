import { unknown, type Figure } from "../../figure.ts";
import type { ChunkCollector } from "../chunk/chunk.ts";
import { flagged, scaled } from "../statistics/derive.ts";
import { requestFlops, type ModelDims } from "./flops.ts";
import type { Run, SteadyRun } from "../window/run.ts";
import { createRate } from "../throughput.ts";
import { outputTokensOf, placedTokens } from "../window/tokens.ts";

/**
 * Model FLOPs utilisation, percent: FLOPs done in the windows ÷ (window × Σ dense peak of the GPUs). A
 * request's prefill counts at its first output, and the forward passes of its output tokens count at their
 * chunks. It is null without the model's dims or the peak, and refused above 100 %.
 */
export function createMfuPercent(
  runs: SteadyRun[],
  dims: ModelDims | null,
  peakTflops: number | null,
): ChunkCollector & { figure(some?: SteadyRun[]): Figure } {
  if (dims === null) return known(unknown("unknown_model"));
  if (peakTflops === null) return known(unknown("unknown_gpu"));
  const flopsPerS = createRate(runs);
  const steady = new Set<Run>(runs);
  const [estimated, uncounted] = [new Set<Run>(), new Set<Run>()];
  return {
    take(run, request, chunks) {
      if (request.firstMs === null || !steady.has(run)) return;
      if (request.outcome === "ok" && request.tokens.input === null) uncounted.add(run);
      const output = outputTokensOf(request, run.tokensPerChunk);
      if (output.estimated) estimated.add(run);
      const flops = requestFlops(dims, {
        input: request.tokens.input ?? 0,
        output: output.tokens,
        cached: request.tokens.cached ?? 0,
      });
      flopsPerS.add(run, request.firstMs, flops.prefill);
      const tokensIn = placedTokens(chunks, output.tokens);
      flopsPerS.addChunks(run, chunks, (from, to) => {
        const before = tokensIn(0, from);
        return flops.decode(before, before + tokensIn(from, to));
      });
    },
    figure(some = runs) {
      if (some.some((run) => uncounted.has(run))) return unknown("no_usage");
      const percent = plausible(scaled(flopsPerS.figure(some), 100 / (peakTflops * 1e12)));
      return dims.estimated || some.some((run) => estimated.has(run))
        ? flagged(percent, "estimated")
        : percent;
    },
  };
}

const known = (figure: Figure): ChunkCollector & { figure(some?: SteadyRun[]): Figure } => ({
  take: () => {},
  figure: () => figure,
});

/**
 * The share of the peak that 2·N FLOPs per output token make, percent. It leaves out prefill and attention,
 * so that it compares with older printouts.
 */
export function mfuOutputOnlyPercent(
  outputTokensPerS: Figure,
  dims: ModelDims | null,
  peakTflops: number | null,
): Figure {
  if (dims === null) return unknown("unknown_model");
  if (peakTflops === null) return unknown("unknown_gpu");
  return plausible(scaled(outputTokensPerS, (100 * 2 * dims.activeParams) / (peakTflops * 1e12)));
}

const plausible = (percent: Figure): Figure =>
  percent.value !== null && percent.value > 100 ? unknown("implausible") : percent;
