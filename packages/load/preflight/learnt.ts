import type { EndpointTraits } from "@brimline/core/dialect/dialect";
import type { PromptCount } from "@brimline/core/job/request/calibration";
import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { RequestRecord } from "@brimline/core/record/record";
import { type Asked, ROOM_TOKENS } from "./asked.ts";

/** What a good answer tells about usage and about how long answers are. */
export function learnt(
  record: RequestRecord,
  asked: Asked,
  spec: JobSpec,
): { usage: boolean; ignoreEosHonoured: boolean | null; traits: EndpointTraits } {
  const option = asked.dialect.lengthOption;
  const usage = record.tokens.source === "usage" || record.tokens.source === "chunk_usage";
  const { without, roomTokens } = asked.traits;
  const hasOption = option !== null && !without.includes(option);
  const askedTokens = asked.outputTokens + (roomTokens ?? 0);
  const isKept = hasOption ? !asked.hasEndedAtOnce && isLengthKept(record, askedTokens, usage) : null;
  const mayReasonUnseen = roomTokens !== undefined && record.tokens.reasoning === null && isKept !== true;
  const isUnseen = asked.thinksUnseen || reasonsUnseen(record) || mayReasonUnseen;
  // With `ignoreEos: "auto"` the option is not sent to an endpoint that takes it but does not act on it. Nor is it
  // where answers have room: all of it would be used.
  const isOfUse = spec.workload.ignoreEos !== "auto" || (isKept !== false && !isUnseen);
  return {
    usage,
    ignoreEosHonoured: isUnseen ? null : isKept,
    traits: {
      without: hasOption && !isOfUse ? [...without, option] : without,
      ...(isUnseen && { roomTokens: ROOM_TOKENS }),
    },
  };
}

/** Whether usage counts reasoning of which no chunk was seen. */
const reasonsUnseen = ({ tokens, gapsUs, firstMs, firstVisibleMs }: RequestRecord): boolean =>
  tokens.reasoning !== null &&
  tokens.reasoning > 0 &&
  firstMs === firstVisibleMs &&
  gapsUs.length <= (tokens.output ?? 0) - tokens.reasoning;

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
