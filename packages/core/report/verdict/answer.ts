import type { BottleneckCause } from "../../codes.ts";
import { demandOf } from "../../load.ts";
import type { Slo } from "../../metric/goodput.ts";
import { valueText } from "../names.ts";
import { throughputName, throughputOf } from "../pick.ts";
import type { Level } from "../schema.ts";
import { loadText, msText, num, usdText } from "../text.ts";
import type { Capacity } from "./found.ts";

/** What the answer is made of. */
export interface Answered {
  capacity: Capacity;
  /** The level of the capacity. */
  level: Level | undefined;
  /** Whether the capacity is the highest load that is good enough, and not merely the one that gave the most. */
  isBounded: boolean;
  slo: Slo | null;
  bottleneck: { cause: BottleneckCause; beyond: string } | null;
}

/**
 * The answer to "How many users can I serve?": "Serve up to 104 users (95 %: 104 to 112): 1,384 tokens/s, first token
 * within 387 ms for 95 %, $0.08 per million output tokens. Beyond it the KV cache is full and requests queue." It is
 * null without a capacity.
 */
export function answerOf({ capacity, level, isBounded, slo, bottleneck }: Answered): string | null {
  if (capacity.capacity.value === null || level === undefined) return null;
  const gains = [throughputText(level), latencyText(level, slo), costText(level)].filter(
    (part) => part !== null,
  );
  const load = loadText(level.load);
  const isSure = slo === null || level.sloMet === true;
  const lead = !isBounded
    ? `Most output at ${load}`
    : !isSure
      ? `Serve perhaps up to ${load}${belowText(capacity)}`
      : capacity.limit === "not_reached" || isOpenBeyond(capacity, slo)
        ? `Serve at least ${load}`
        : `Serve up to ${load}${rangeText(capacity, slo)}`;
  const told = gains.length === 0 ? lead : `${lead}: ${gains.join(", ")}`;
  const isUnseen = isOpenBeyond(capacity, slo) && bottleneck?.cause === "unknown";
  return `${told}. ${isUnseen ? "Whether more load meets the objective is not known." : beyondText(bottleneck)}`.trim();
}

/** Whether higher loads ran, and whether any of them meets the objective cannot be told. */
export const isOpenBeyond = ({ limit }: Pick<Capacity, "limit">, slo: object | null): boolean =>
  slo !== null && limit === null;

/** " (95 %: 98 to 112)". A load with an objective is known with 95 % confidence to have met it, or to have missed it. */
function rangeText({ capacity: { low, high } }: Capacity, slo: Slo | null): string {
  if (low === null || high === null || low === high) return "";
  return ` (${slo === null ? "" : "95 %: "}${num(low)} to ${num(high)})`;
}

/** " (fewer than 15)", of a load that seems to meet the objective. */
const belowText = ({ capacity: { high } }: Capacity): string =>
  high === null ? "" : ` (for certain fewer than ${num(high)})`;

function throughputText(level: Level): string | null {
  const { value } = throughputOf(level);
  return value === null ? null : valueText(throughputName(level), value);
}

/** The first token where answers stream, and else the answer. At a rate it counts from when a request was due. */
function latencyText(level: Level, slo: Slo | null): string | null {
  const isStreamed = throughputName(level) === "outputTokensPerS";
  const spread = isStreamed ? (level.ttftFromDueMs ?? level.ttftMs) : level.e2eMs;
  const what = isStreamed ? "first token" : "answer";
  if (spread.p95.value !== null) return `${what} within ${msText(spread.p95.value)} for 95 %`;
  // A bound that was met is known sooner than the percentile.
  const met = level.objectives.find(
    ({ latency, met: isMet }) => isMet === true && latency === (isStreamed ? "ttftMs" : "e2eMs"),
  );
  if (met !== undefined && slo !== null)
    return `${what} within ${msText(met.boundMs)} for ${slo.percentile} %`;
  return spread.p50.value === null ? null : `${what} within ${msText(spread.p50.value)} for half`;
}

function costText({ usdPerMOutputTokens: { value } }: Level): string | null {
  return value === null ? null : `${usdText(value)} per million output tokens`;
}

function beyondText(bottleneck: Answered["bottleneck"]): string {
  if (bottleneck === null) return "";
  return bottleneck.cause === "not_reached" ? "No higher load was run." : `Beyond it ${bottleneck.beyond}.`;
}

/** Whether a capacity bounds what is good enough: by an objective, by what a rate sustains, or by a search. */
export const isBounded = (level: Level | undefined, slo: Slo | null, isSearch: boolean): boolean =>
  slo !== null || isSearch || (level !== undefined && demandOf(level.load).isOpenLoop);
