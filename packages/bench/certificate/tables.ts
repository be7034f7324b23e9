import { markdown } from "@brimline/testkit/markdown";
import { medianOf } from "../table.ts";
import { type Judged, type Kind, standing, type Three } from "./proof.ts";

const NAMES: Record<Kind, string> = { ttftMs: "added TTFT", lagMs: "chunk lag", gapMs: "gap error" };
const WHICH = ["p50", "p99", "max"] as const;

const ms = (value: number): string => (Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 3 : 1));

/** The median, and the range of several values. */
function spreadText(values: number[]): string {
  if (values.length < 2) return ms(medianOf(values));
  return `${ms(medianOf(values))} (${ms(Math.min(...values))}–${ms(Math.max(...values))})`;
}

/**
 * For each traffic and kind of error, what was printed beside what the log proves: medians over the rounds
 * with their range, ms.
 */
export function renderRounds(measured: { traffic: string; judged: Judged }[]): string {
  const heads = [
    "level, error in ms",
    ...WHICH.flatMap((which) => [`${which} certified`, `${which} proven`]),
    "p99 certified is",
    "p99 proven, merged too",
    "p99, report's bound",
    "bound is",
  ];
  const lines = [...Map.groupBy(measured, ({ traffic }) => traffic)].flatMap(([traffic, own]) =>
    (Object.keys(NAMES) as Kind[]).map((kind) =>
      line(
        `${traffic}: ${NAMES[kind]}`,
        kind,
        own.map(({ judged }) => judged),
      ),
    ),
  );
  return markdown(heads, lines);
}

function line(name: string, kind: Kind, rounds: Judged[]): string[] {
  const printed = (which: keyof Three): number[] =>
    rounds.flatMap((round) => round.printed[kind]?.[which] ?? []);
  const proven = (which: keyof Three, chunks: "exact" | "all" = "exact"): number[] =>
    rounds.flatMap((round) => round.proven[chunks][kind]?.[which] ?? []);
  // A report bounds TTFT and gaps, but not chunk lag.
  const bounds = kind === "lagMs" ? [] : rounds.flatMap(({ bound }) => bound[kind] ?? []);
  const judged = (values: number[], provenMs: number[]): string =>
    values.length === 0 ? "–" : standing(medianOf(values), medianOf(provenMs));
  return [
    name,
    ...WHICH.flatMap((which) => [spreadText(printed(which)), spreadText(proven(which))]),
    judged(printed("p99"), proven("p99")),
    spreadText(proven("p99", "all")),
    bounds.length === 0 ? "–" : spreadText(bounds),
    judged(bounds, proven("p99", "all")),
  ];
}

/** What a report says of a level whose worker has its core to itself, or not. */
export function renderStarved(starved: { name: string; judged: Judged }[]): string {
  const heads = [
    "100 streams",
    "loop delay p99",
    "merged %",
    "gap error p99 proven",
    "merged too",
    "report's bound",
    "client_limited",
    "its chunk gaps are",
  ];
  return markdown(
    heads,
    starved.map(({ name, judged }) => [
      name,
      judged.loopDelayP99Ms.map(ms).join(", "),
      judged.mergedPercent.toFixed(1),
      ms(judged.proven.exact.gapMs?.p99 ?? Number.NaN),
      ms(judged.proven.all.gapMs?.p99 ?? Number.NaN),
      ms(judged.bound.gapMs ?? Number.NaN),
      judged.reasons.includes("client_limited") ? "yes" : "no",
      judged.gapValidity,
    ]),
  );
}
