import type { PromptCount } from "@brimline/core/job/calibration";
import type { JobSpec } from "@brimline/core/job/spec";
import type { RequestRecord } from "@brimline/core/record/record";
import type { Preflight } from "./preflight.ts";
import type { Asked } from "./verdict.ts";

/** What a good answer tells about usage and about how long answers are. */
export function learnt(
  record: RequestRecord,
  asked: Asked,
  spec: JobSpec,
): Pick<Preflight, "usage" | "ignoreEosHonoured" | "traits"> {
  const { traits } = asked;
  const option = asked.dialect.lengthOption;
  const usage = record.tokens.source === "usage" || record.tokens.source === "chunk_usage";
  if (option === null || traits.without.includes(option)) return { usage, ignoreEosHonoured: null, traits };
  const ignoreEosHonoured = isLengthKept(record, asked.outputTokens, usage);
  // With `ignoreEos: "auto"` the option is not sent to an endpoint that takes it but does not act on it.
  const isOfUse = ignoreEosHonoured !== false || spec.workload.ignoreEos !== "auto";
  return {
    usage,
    ignoreEosHonoured,
    traits: isOfUse ? traits : { without: [...traits.without, option] },
  };
}

function isLengthKept(record: RequestRecord, askedTokens: number, usage: boolean): boolean | null {
  // The answer has nothing but reasoning, so it was cut before its natural end could show.
  if (record.firstVisibleMs === null) return null;
  if (usage) return record.tokens.output === askedTokens;
  if (record.finishReason === null) return null;
  return record.finishReason === "length";
}

/** The tokens that the endpoint counts in a prompt, whatever became of its answer. */
export const countOf = (prompt: string, { tokens }: RequestRecord): PromptCount | null =>
  tokens.input === null ? null : { words: prompt.split(" ").length, tokens: tokens.input };
