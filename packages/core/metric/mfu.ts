import { unknown, type Figure } from "../report/figure.ts";
import { flagged, scaled } from "./derive.ts";
import { requestFlops, type ModelShape } from "./flops.ts";
import { outputTokensOf, placeTokens, ratePerS, tokensPerChunk } from "./throughput.ts";
import type { SteadyRun } from "./run.ts";

/**
 * Model FLOPs utilisation, percent: FLOPs done in the windows ÷ (window × Σ dense peak of the GPUs). A request's prefill is booked at
 * its first output, its decode steps at their chunks. Null without the model's shape or the peak; above 100 % it is refused.
 */
export function mfuPercent(runs: SteadyRun[], shape: ModelShape | null, peakTflops: number | null): Figure {
  if (shape === null) return unknown("unknown_model");
  if (peakTflops === null) return unknown("unknown_gpu");
  if (runs.some((run) => run.records.some((record) => record.firstMs !== null && record.outcome === "ok" && record.tokens.input === null))) {
    return unknown("no_usage");
  }
  let estimated = shape.estimated;
  const flopsPerS = ratePerS(runs, (run, add) => {
    const perChunk = tokensPerChunk(run.records);
    for (const record of run.records) {
      if (record.firstMs === null) continue;
      const output = outputTokensOf(record, perChunk);
      estimated ||= output.estimated;
      const flops = requestFlops(shape, { input: record.tokens.input ?? 0, output: output.tokens, cached: record.tokens.cached ?? 0 });
      add(record.firstMs, flops.prefill);
      let done = 0;
      placeTokens(record, output.tokens, (atMs, tokens) => {
        add(atMs, flops.decodeSteps(done, done + tokens));
        done += tokens;
      });
    }
  });
  const percent = plausible(scaled(flopsPerS, 100 / (peakTflops * 1e12)));
  return estimated ? flagged(percent, "estimated") : percent;
}

/** The share of the peak that 2·N FLOPs per output token make, percent: prefill and attention left out, so comparable with older printouts. */
export function mfuOutputOnlyPercent(outputTokensPerS: Figure, shape: ModelShape | null, peakTflops: number | null): Figure {
  if (shape === null) return unknown("unknown_model");
  if (peakTflops === null) return unknown("unknown_gpu");
  return plausible(scaled(outputTokensPerS, (100 * 2 * shape.activeParams) / (peakTflops * 1e12)));
}

const plausible = (percent: Figure): Figure => (percent.value !== null && percent.value > 100 ? unknown("implausible") : percent);
