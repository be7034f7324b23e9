import { unknown, type Figure } from "../figure.ts";
import { exact, quotient } from "./statistics/derive.ts";

/** $ per million output tokens = $/hour of all GPUs ÷ (tokens/s × 3600) × 10⁶. */
export function usdPerMOutputTokens(outputTokensPerS: Figure, usdPerHour: number | null): Figure {
  if (usdPerHour === null) return unknown("no_price");
  return quotient(exact(usdPerHour / 3600, outputTokensPerS.n), outputTokensPerS, 1e6);
}
