import { unknown, type Figure } from "../figure.ts";
import { exact, quotient } from "./derive.ts";

/** $ per million output tokens = $/GPU-hour × GPUs ÷ (tokens/s × 3600) × 10⁶. */
export function usdPerMOutputTokens(
  outputTokensPerS: Figure,
  usdPerGpuHour: number | null,
  gpus: number,
): Figure {
  if (usdPerGpuHour === null) return unknown("no_price");
  return quotient(exact((usdPerGpuHour * gpus) / 3600, outputTokensPerS.n), outputTokensPerS, 1e6);
}
