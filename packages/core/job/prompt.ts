import { randomFrom } from "../random.ts";
import { DEFAULT_CALIBRATION, wordsFor } from "./calibration.ts";
import type { RequestSize } from "./schedule.ts";
import type { JobSpec } from "./spec.ts";
import { WORDS } from "./words.ts";

/**
 * The user message of a request: synthetic text of about `inputTokens` tokens as the endpoint counts them, or
 * one of the caller's prompts in turn. Unless `salt` is off it starts with eight random hexadecimal digits,
 * so that no two requests share a prefix that an endpoint could have cached.
 */
export function promptText(
  size: RequestSize,
  workload: JobSpec["workload"],
  calibration = DEFAULT_CALIBRATION,
): string {
  const random = randomFrom(size.textSeed);
  const salt = workload.salt
    ? `${Math.floor(random() * 4_294_967_296)
        .toString(16)
        .padStart(8, "0")} `
    : "";
  const own = workload.prompts?.[size.index % workload.prompts.length];
  if (own !== undefined) return salt + own;
  const words = Array.from(
    { length: wordsFor(size, calibration) },
    () => WORDS[Math.floor(random() * WORDS.length)],
  );
  return salt + words.join(" ");
}
