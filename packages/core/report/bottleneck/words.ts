import { type BottleneckCause, BOTTLENECK_TEXT } from "../../codes.ts";
import type { Verdict } from "../../job/verdict.ts";

/** The verdict's own sentence says these. */
const TOLD = new Set<BottleneckCause>(["failures", "not_reached"]);

/**
 * What limits the endpoint, what shows it and what to change, in sentences for every surface. It is null where the
 * verdict's sentence says it all.
 */
export function limitSentence({ bottleneck }: Pick<Verdict, "bottleneck">): string | null {
  if (bottleneck === null || TOLD.has(bottleneck.cause)) return null;
  const { cause, evidence, remedy } = bottleneck;
  return [`${BOTTLENECK_TEXT[cause]}.`, evidence, ...(remedy === null ? [] : [remedy])].join(" ");
}
