import type { Bottleneck } from "../../job/state/verdict.ts";
import { evidenceOf, type Facts } from "./evidence.ts";
import { RULES } from "./rules.ts";

/** Why the endpoint takes no more, and the clause that a sentence ends with. */
export interface Found {
  bottleneck: Bottleneck;
  /** "the KV cache is full and requests queue" */
  beyond: string;
}

/** The first rule that holds at the level that shows the limit. It is null without a measured level. */
export function bottleneckOf(facts: Facts): Found | null {
  const evidence = evidenceOf(facts);
  const rule = evidence === null ? undefined : RULES.find(({ holds }) => holds(evidence));
  if (evidence === null || rule === undefined) return null;
  const at = facts.levels.indexOf(evidence.level);
  return {
    bottleneck: {
      cause: rule.cause,
      levelId: evidence.level.id,
      evidence: rule.evidence(evidence),
      remedy: rule.remedy(evidence),
      refs: rule.refs
        .filter((field) => hasField(evidence.level, field))
        .map((field) => `/levels/${at}/${field}`),
    },
    beyond: rule.beyond(evidence),
  };
}

/** A pointer names nothing in a level without a server or a GPU. */
function hasField(level: Record<string, unknown>, field: string): boolean {
  const [part = "", ...rest] = field.split("/");
  const value = level[part];
  return rest.length === 0 ? value !== undefined : value != null;
}
