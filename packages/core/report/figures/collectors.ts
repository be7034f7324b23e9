import { createGaps } from "../../metric/chunk/chunk.ts";
import { createMfuPercent } from "../../metric/hardware/mfu.ts";
import type { SteadyRun } from "../../metric/window/run.ts";
import { createOutputTokensPerS } from "../../metric/throughput.ts";
import type { Hardware } from "../hardware.ts";

/** What the figures read of a level's chunks, in the one pass over them. */
export const collectorsOf = (runs: SteadyRun[], { dims, peakTflops }: Hardware) => ({
  output: createOutputTokensPerS(runs),
  gaps: createGaps(runs),
  mfu: createMfuPercent(runs, dims, peakTflops),
});
export type Collected = ReturnType<typeof collectorsOf>;
