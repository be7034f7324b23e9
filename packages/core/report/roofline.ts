import { roofline } from "../metric/hardware/roofline.ts";
import type { Hardware } from "./hardware.ts";
import type { Level, Report } from "./schema.ts";

/**
 * The roofline for the requests of a level. It is null unless the model's config, the GPU and the level's TPOT are
 * known, and where the measurement exceeds it.
 */
export function rooflineOf(level: Level | undefined, hardware: Hardware): Report["roofline"] {
  const { dims, bandwidthGBps, peakTflops, memoryGB } = hardware;
  if (level === undefined || dims === null || bandwidthGBps === null || peakTflops === null) return null;
  const tpotMs = level.tpotMs.p50.value;
  const outputTokensPerS = level.outputTokensPerS.value;
  const inputTokens = level.inputTokensPerRequest.mean.value;
  const outputTokens = level.outputTokensPerRequest.mean.value;
  if (tpotMs === null || outputTokensPerS === null || inputTokens === null || outputTokens === null)
    return null;
  const found = roofline(
    dims,
    { bandwidthGBps, peakTflops, memoryGB },
    { inputTokens, outputTokens, outputTokensPerS, tpotMs, replicas: level.server?.servers ?? 1 },
  );
  if (found === null) return null;
  const { floorMs, maxTokensPerS } = found;
  const floorPercentOfTpot = (100 * floorMs) / tpotMs;
  const reachedPercent = maxTokensPerS === null ? null : (100 * outputTokensPerS) / maxTokensPerS;
  // What was measured cannot be better, so the model or the GPU is another one than was stated.
  if (floorPercentOfTpot > 100 || (reachedPercent ?? 0) > 100) return null;
  return { levelId: level.id, ...found, floorPercentOfTpot, reachedPercent };
}
