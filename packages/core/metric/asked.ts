import { requestSeed, requestSize } from "../job/schedule.ts";
import type { JobSpec } from "../job/spec.ts";
import type { RequestRow } from "../record/table.ts";

/**
 * The tokens that requests asked for. `input` is null for prompts that the job brought, because their length
 * is not asked for.
 */
export interface AskedTokens {
  input: number | null;
  output: number;
}

/** Σ of the lengths that the schedule of one run drew for these of its requests. */
export function askedTokens(
  requests: Iterable<Pick<RequestRow, "index">>,
  run: { seed: string; levelId: string; repeat: number; workload: JobSpec["workload"] },
): AskedTokens {
  const { inputTokens, outputTokens, prompts } = run.workload;
  const isFixed = typeof inputTokens === "number" && typeof outputTokens === "number";
  let [input, output] = [0, 0];
  for (const { index } of requests) {
    const size = isFixed
      ? { inputTokens, outputTokens }
      : requestSize(index, requestSeed(run.seed, run.levelId, run.repeat, index), run.workload);
    input += size.inputTokens;
    output += size.outputTokens;
  }
  return { input: prompts === undefined ? input : null, output };
}

/** If what was delivered lies further than this from what was asked, a report says so. */
const TOLERANCE = 0.02;

export const isOff = (delivered: number, asked: number): boolean =>
  Math.abs(delivered - asked) > TOLERANCE * asked;
