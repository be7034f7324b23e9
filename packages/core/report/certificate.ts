import { arrivalClock, clientBound } from "../metric/certificate.ts";
import { flagged, single } from "../metric/statistics/derive.ts";
import type { ShardSummary } from "../record/record.ts";
import { unknown, type Figure } from "../figure.ts";
import type { Hardware } from "./hardware.ts";
import type { AggregateInput } from "./input.ts";
import type { Report } from "./schema.ts";

/**
 * What the load generator says of its own error: the worst of all shards. What it adds is the worst of the
 * shards of measured levels. n is the number of answers (or gaps, or shards) that the value rests on.
 */
export function certificateOf(
  levels: AggregateInput["levels"],
  telemetry: Hardware["telemetry"],
): Report["certificate"] {
  const summariesOf = (some: typeof levels): ShardSummary[] =>
    some.flatMap((level) => level.shards.map(({ summary }) => summary));
  const all = summariesOf(levels);
  const measured = summariesOf(levels.filter((level) => level.plan.role !== "warmup"));
  const bounds = measured.flatMap((summary) => clientBound(summary) ?? []);
  const ceilings = measured.flatMap((summary) => summary.certificate?.maxEventsPerS ?? []);
  const isMissing = measured.some((summary) => summary.uncertified !== null);
  const certified = (figure: Figure | null): Figure => {
    if (figure === null) return unknown(isMissing ? "not_certified" : "not_recorded");
    return isMissing ? flagged(figure, "not_certified") : figure;
  };
  const clockErrorMs = telemetry?.clockErrorMs ?? null;
  return {
    arrivalClock: arrivalClock(measured),
    addedTtftMs: certified(largest(bounds.map((bound) => single(bound.ttftMs, bound.requests)))),
    addedGapMs: certified(largest(bounds.map((bound) => single(bound.gapMs, bound.gaps)))),
    maxEventsPerS: certified(ceilings.length === 0 ? null : single(Math.min(...ceilings), ceilings.length)),
    startSkewMs:
      largest(all.map(({ startLagMs }) => single(startLagMs, all.length))) ?? unknown("not_recorded"),
    clockErrorMs:
      clockErrorMs === null
        ? unknown(telemetry === null ? "no_telemetry" : "clock_skew")
        : single(clockErrorMs, 1),
  };
}

const largest = (figures: Figure[]): Figure | null =>
  figures.reduce<Figure | null>(
    (worst, figure) => (worst === null || (figure.value ?? 0) > (worst.value ?? 0) ? figure : worst),
    null,
  );
