import type { ErrorKind } from "../../codes.ts";
import type { Slo } from "../../metric/goodput.ts";
import type { Level } from "../schema.ts";
import { loadText, num } from "../text.ts";

/** If more than this share of a level's requests failed, failures limit the load. */
const ERRORS = 0.05;
/** If more than this share failed, the level says nothing of the endpoint as it should be. */
const MOSTLY = 0.5;

export const failedShare = ({ requests }: Level): number =>
  requests.sent === 0 ? 0 : requests.failed / requests.sent;

/** Whether so many requests failed that they alone limit the load or miss the objective. */
export const hasFailures = (level: Level, slo: Slo | null): boolean =>
  failedShare(level) > Math.min(ERRORS, 1 - (slo?.percentile ?? 0) / 100);

export const hasMostlyFailed = (level: Level): boolean => failedShare(level) > MOSTLY;

/** "at 32 users", or "in the warm-up". */
export const whereText = ({ role, load }: Level): string =>
  role === "warmup" ? "in the warm-up" : `at ${loadText(load)}`;

/** "at 32 users 12.5 % of the requests failed". */
export const failedText = (level: Level): string =>
  `${whereText(level)} ${num(100 * failedShare(level))} % of the requests failed`;

/** Failures by their kind over levels, the most frequent first. */
export function kindsOf(levels: Level[]): Map<ErrorKind, number> {
  const counts = new Map<ErrorKind, number>();
  const counted = levels.flatMap(({ requests }) => Object.entries(requests.errors) as [ErrorKind, number][]);
  for (const [kind, count] of counted) counts.set(kind, (counts.get(kind) ?? 0) + count);
  return new Map([...counts].toSorted(([, a], [, b]) => b - a));
}

/** "500 http_429, 3 http_5xx" */
export const kindsText = (levels: Level[]): string =>
  [...kindsOf(levels)].map(([kind, count]) => `${num(count)} ${kind}`).join(", ");

/**
 * "At 8 users 60 % and at 32 users 97 % of the requests failed (500 http_429, 3 http_5xx)." It is null without such
 * levels. `all` are those of the job.
 */
export function failuresSentence(failing: Level[], all: Level[]): string | null {
  if (failing.length === 0) return null;
  // It is the last level, because it ends the job.
  const down = failing.find(({ reasons }) => reasons.includes("endpoint_down"));
  const stopped = down === undefined ? "" : `The endpoint stopped answering ${whereText(down)}: `;
  const isEverything = all.every(({ requests }) => requests.ok === 0 && requests.failed > 0);
  const each = failing.map((level) =>
    [...(level === down ? [] : [whereText(level)]), `${num(100 * failedShare(level))} %`].join(" "),
  );
  const [last, ...others] = each.toReversed();
  const shares = others.length === 0 ? last : `${others.toReversed().join(", ")} and ${last}`;
  const told = isEverything ? "every request failed" : `${shares} of the requests failed`;
  const sentence = `${stopped}${told} (${kindsText(failing)}).`;
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
