import { REASON_TEXT } from "../codes.ts";
import { demandOf } from "../load.ts";
import { exact, flagged } from "../metric/derive.ts";
import type { Slo } from "../metric/goodput.ts";
import { unknown, type Figure } from "../figure.ts";
import type { Level, Report } from "./schema.ts";
import { sloText, valueText } from "./names.ts";
import { loadText, loadValue, num } from "./text.ts";

type Verdict = Report["verdict"];

/** If more than this share of a level's requests failed, failures limit the load. */
const ERRORS = 0.05;

/**
 * How much load the endpoint takes. With an objective it is the highest level that meets it. Without one it
 * is the level with the highest throughput, and among rates the highest that is sustained. Invalid levels are
 * never named, apart from a rate that brought too many open requests, because that bounds the capacity from
 * above. A job of users and rates is judged by the kind that came first.
 */
export function verdictOf(measured: Level[], saturation: Report["saturation"], slo: Slo | null): Verdict {
  const first = measured[0]?.load;
  const demand = first === undefined ? null : demandOf(first);
  const usable = measured
    .filter(
      (level) =>
        (level.validity !== "invalid" || level.reasons.includes("open_limit")) &&
        level.load.kind === first?.kind,
    )
    .toSorted((a, b) => loadValue(a.load) - loadValue(b.load));
  const capacityUnit = demand?.unit.code ?? "users";
  const without = demand?.isOpenLoop === true ? bySustainedRate : byThroughput;
  const result = slo === null ? without(usable, saturation) : byObjective(usable, slo);
  return { ...(result ?? nothing(measured)), capacityUnit };
}

function nothing(measured: Level[]): Omit<Verdict, "capacityUnit"> {
  if (measured.length > 0 && measured.every(({ requests }) => requests.ok === 0 && requests.failed > 0)) {
    return {
      sentence: `No capacity can be told: every request failed (${kindsOf(measured)}).`,
      capacity: unknown("too_few"),
      levelId: null,
      limit: "errors",
    };
  }
  const reason = measured.flatMap(({ reasons }) => withoutClient(reasons))[0];
  const why =
    reason === undefined
      ? measured.length === 0
        ? "no level was measured"
        : "no level has steady figures"
      : REASON_TEXT[reason];
  return {
    sentence: `No capacity can be told: ${why}.`,
    capacity: unknown(reason ?? "too_few_levels"),
    levelId: null,
    limit: null,
  };
}

/** The failures by kind, such as "500 http_4xx, 2 idle_timeout". */
function kindsOf(levels: Level[]): string {
  const counts = new Map<string, number>();
  for (const [kind, count] of levels.flatMap(({ requests }) => Object.entries(requests.errors)))
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(", ");
}

/** The load is told by counts, which are right however late a byte is read. */
const withoutClient = (reasons: Level["reasons"]): Level["reasons"] =>
  reasons.filter((reason) => reason !== "client_limited");

/** Whether the load generator may have read so late that it bears on the level's objective. */
const isObjectiveLate = ({ goodPercent }: Level): boolean => goodPercent.reasons.includes("client_limited");

function byObjective(levels: Level[], slo: Slo): Omit<Verdict, "capacityUnit"> | null {
  const judged = levels.filter((level) => level.sloMet !== null);
  const best = judged.findLast((level) => level.sloMet === true);
  if (judged.length === 0) return undecided(levels, slo);
  const objective = sloText(slo);
  if (best === undefined) {
    const [lowest] = judged;
    const at = lowest === undefined ? "" : `; the lowest judged was ${loadText(lowest.load)}`;
    return {
      sentence: `No level met ${objective}${at}.`,
      capacity: unknown("not_identified"),
      levelId: null,
      limit: "slo",
    };
  }
  const missed = judged.find(
    (level) => level.sloMet === false && loadValue(level.load) > loadValue(best.load),
  );
  const open = levels.find((level) => level.sloMet === null && loadValue(level.load) > loadValue(best.load));
  const rate = throughputOf(best, " with ");
  const beyond =
    missed !== undefined
      ? `${loadText(missed.load)} missed it`
      : open !== undefined
        ? `whether ${loadText(open.load)} met it cannot be told`
        : "no higher level missed it";
  return {
    sentence: `${loadText(best.load)} met ${objective}${rate}; ${beyond}.`,
    capacity: isObjectiveLate(best)
      ? flagged(capacityAt(best, missed, levels.length), "client_limited")
      : capacityAt(best, missed, levels.length),
    levelId: best.id,
    limit:
      missed !== undefined
        ? hasErrors(missed)
          ? "errors"
          : "slo"
        : open === undefined
          ? "not_reached"
          : null,
  };
}

/** At least this share of what is offered must complete. */
const SUSTAINED = 0.98;

const isOverrun = (reasons: Level["reasons"]): boolean =>
  reasons.includes("over_saturated") || reasons.includes("open_limit");

/**
 * Whether the endpoint keeps up with a rate: what is offered completes, and no queue grows. It is null if
 * that is not known.
 */
function isSustained(level: Level): boolean | null {
  if (isOverrun(level.reasons)) return false;
  const completed = completedShare(level);
  return completed === null ? null : completed >= SUSTAINED && !level.reasons.includes("not_steady");
}

/**
 * The largest share of what is offered that may have completed: it counts back what chance may have taken at
 * the edges of the window. It is null if it is not known.
 */
function completedShare(level: Level): number | null {
  const { offeredPerS, requestsPerS } = level;
  return offeredPerS === null || requestsPerS.value === null
    ? null
    : (requestsPerS.value + edgeNoisePerS(level)) / offeredPerS;
}

/**
 * A request that ends in a window may have been due up to one latency before it, and as many that are due in
 * it end after it. In a random stream the two numbers differ by chance. This is two standard deviations of
 * the difference, in requests per second.
 */
function edgeNoisePerS({ load, runs, e2eMs, offeredPerS }: Level): number {
  const windowS = runs.reduce(
    (sum, { window }) => sum + (window === null ? 0 : window.endS - window.startS),
    0,
  );
  const demand = demandOf(load);
  if (!demand.isOpenLoop || windowS === 0) return 0;
  const atEdges = 2 * runs.length * (offeredPerS ?? 0) * Math.min(windowS, (e2eMs.p50.value ?? 0) / 1000);
  return (2 * Math.sqrt(demand.dispersion * atEdges)) / windowS;
}

/** What kept a rate from being sustained: requests that failed, or a queue. */
function limitOf(level: Level): "errors" | "queue" {
  if (hasErrors(level)) return "errors";
  const completed = completedShare(level) ?? 0;
  return !isOverrun(level.reasons) && completed < SUSTAINED && completed + failedShare(level) >= SUSTAINED
    ? "errors"
    : "queue";
}

function whyNotSustained(level: Level): string {
  if (limitOf(level) === "errors") return failedText(level);
  const isSlower = isOverrun(level.reasons) || (completedShare(level) ?? 0) < SUSTAINED;
  return `at ${loadText(level.load)} ${isSlower ? "requests came faster than they were answered" : "TTFT or requests in flight had not settled"}`;
}

function bySustainedRate(levels: Level[]): Omit<Verdict, "capacityUnit"> | null {
  const judged = levels.filter((level) => isSustained(level) !== null);
  const best = judged.findLast(isSustained);
  const [lowest] = judged;
  if (lowest === undefined) return null;
  if (best === undefined) {
    const sentence = `No rate was sustained: ${whyNotSustained(lowest)}.`;
    return { sentence, capacity: unknown("not_identified"), levelId: null, limit: limitOf(lowest) };
  }
  const missed = judged.find((level) => loadValue(level.load) > loadValue(best.load));
  const rate = throughputOf(best, " with ");
  const beyond = missed === undefined ? "no higher rate was judged" : whyNotSustained(missed);
  return {
    sentence: `${loadText(best.load)} was sustained${rate}; ${beyond}.`,
    capacity: capacityAt(best, missed, judged.length),
    levelId: best.id,
    limit: missed === undefined ? "not_reached" : limitOf(missed),
  };
}

function undecided(levels: Level[], slo: Slo): Omit<Verdict, "capacityUnit"> | null {
  if (levels.length === 0) return null;
  if (levels.some(isObjectiveLate)) {
    const sentence = `Whether a level met ${sloText(slo)} cannot be told: the load generator may have read too late to time it; give it a core of its own.`;
    return { sentence, capacity: unknown("client_limited"), levelId: null, limit: null };
  }
  return {
    sentence: `No level had enough requests to tell whether it met ${sloText(slo)}; run the levels longer.`,
    capacity: unknown("too_few"),
    levelId: null,
    limit: null,
  };
}

function byThroughput(
  levels: Level[],
  saturation: Report["saturation"],
): Omit<Verdict, "capacityUnit"> | null {
  const known = levels.filter((level) => level.outputTokensPerS.value !== null);
  const [first] = known;
  if (first === undefined) return null;
  const best = known.reduce(
    (a, b) => ((b.outputTokensPerS.value ?? 0) > (a.outputTokensPerS.value ?? 0) ? b : a),
    first,
  );
  const highest = known.at(-1) ?? best;
  const flat = saturation?.marginal.find((gain) => gain.toId === saturation.firstBelow10PercentId);
  const [from, to] = [flat?.fromId, flat?.toId].map((id) => known.find((level) => level.id === id));
  const most = `${loadText(best.load)} gave the most${throughputOf(best, ", ")}`;
  const common = { capacity: capacityAt(best, undefined, known.length), levelId: best.id };
  if (hasErrors(highest)) return { ...common, sentence: `${most}; ${failedText(highest)}.`, limit: "errors" };
  if (known.length === 1)
    return {
      ...common,
      sentence: `${most}; with a single level nothing can be said about more load.`,
      limit: "not_reached",
    };
  if (from !== undefined && to !== undefined) {
    return {
      ...common,
      sentence: `${most}; from ${loadText(from.load)} to ${loadText(to.load)} it grew by less than 10 %.`,
      limit: null,
    };
  }
  return {
    ...common,
    sentence: `${most}; throughput still grew there, so the maximum lies higher.`,
    limit: "not_reached",
  };
}

/** " with 1,424 tokens/s", or nothing if that is not known. */
const throughputOf = ({ outputTokensPerS: { value } }: Level, before: string): string =>
  value === null ? "" : `${before}${valueText("outputTokensPerS", value)}`;

const failedShare = (level: Level): number =>
  level.requests.sent === 0 ? 0 : level.requests.failed / level.requests.sent;
const hasErrors = (level: Level): boolean => failedShare(level) > ERRORS;
const failedText = (level: Level): string =>
  `at ${loadText(level.load)} ${num(100 * failedShare(level))} % of the requests failed`;

/** The load of a level. The next level that missed bounds it from above. */
function capacityAt(level: Level, missed: Level | undefined, n: number): Figure {
  const figure = exact(loadValue(level.load), n);
  const reasons = withoutClient(level.reasons);
  return {
    ...figure,
    high: missed === undefined ? null : loadValue(missed.load),
    validity: reasons.length === 0 ? "valid" : level.validity,
    reasons,
  };
}
