import type { Reason, VerdictCause } from "../../codes.ts";
import type { Verdict } from "../../job/state/verdict.ts";
import type { Load } from "../../load.ts";
import type { Slo } from "../../metric/goodput.ts";
import type { Level, Report } from "../schema.ts";
import { loadValue } from "../text.ts";
import { hasFailures, hasMostlyFailed } from "./failures.ts";
import { hasMissed, isUsable, ofFirstKind, seeming } from "./found.ts";

/** What the status of a verdict rests on. */
export interface Judged {
  /** All levels, in run order. */
  levels: Level[];
  /** The loads that the job asked for. */
  asked: Load[];
  /** Whether the job searched for the highest load that meets the objective. */
  isSearch: boolean;
  state: Report["state"];
  slo: Slo | null;
}

/** A level that the status speaks of. It is null if it never ran. */
export type Status = Pick<Verdict, "status" | "level" | "cause"> & { ran: Level | null };

/** What is asked of a job, the worst first. The first that answers decides. */
const ASKED: ((job: Judged) => Status | null)[] = [wentDown, bySearch, refused, mostlyFailed, byObjective];

export function statusOf(job: Judged): Status {
  for (const ask of ASKED) {
    const status = ask(job);
    if (status !== null) return status;
  }
  const cause = measuredOf(job).length === 0 ? whyNotRun(job) : "no_slo";
  return { status: "unknown", level: null, cause, ran: null };
}

const statusAt = (
  level: Level | undefined,
  status: Verdict["status"],
  cause: VerdictCause | null,
): Status | null =>
  level === undefined ? null : { status, cause, level: { id: level.id, load: level.load }, ran: level };

const measuredOf = ({ levels }: Judged): Level[] => levels.filter(({ role }) => role !== "warmup");

/** The measured levels, or the warm-up where the job came no further. */
export function toldLevels(job: Judged): Level[] {
  const measured = measuredOf(job);
  return measured.length > 0 ? measured : job.levels;
}

function wentDown(job: Judged): Status | null {
  const down = toldLevels(job).find(({ reasons }) => reasons.includes("endpoint_down"));
  return statusAt(down, "failed", "endpoint_down");
}

/**
 * A search goes on until a load misses the objective, or is refused: it asks whether there is one that meets it. Where
 * one seems to, and none does for certain, that is open.
 */
function bySearch(job: Judged): Status | null {
  const { isSearch, slo } = job;
  if (!isSearch) return null;
  const levels = ofFirstKind(measuredOf(job));
  const met = levels.findLast((level) => level.sloMet === true && isUsable(level));
  if (met !== undefined || slo === null) return statusAt(met, "met", null);
  const missed = levels.find((level) => hasMissed(level, slo));
  const likely = missed === undefined ? undefined : seeming(levels, slo, missed);
  return likely === undefined ? null : statusAt(likely, "unknown", whyOpen(likely, slo).cause);
}

function refused(job: Judged): Status | null {
  const limited = toldLevels(job).find(({ reasons }) => reasons.includes("rate_limited"));
  return statusAt(limited, "failed", "rate_limited");
}

function mostlyFailed(job: Judged): Status | null {
  return statusAt(toldLevels(job).find(hasMostlyFailed), "failed", "failures");
}

/**
 * The highest load that was asked decides. Where that is open, or never ran, a lower level that missed the objective
 * is enough to miss it.
 */
function byObjective(job: Judged): Status | null {
  const { slo } = job;
  const levels = ofFirstKind(measuredOf(job));
  const highest = levels.at(-1);
  if (slo === null || highest === undefined) return null;
  const unrun = job.asked.find(
    (load) => load.kind === highest.load.kind && loadValue(load) > loadValue(highest.load),
  );
  if (unrun === undefined && highest.sloMet === true && isUsable(highest))
    return statusAt(highest, "met", null);
  const missed = levels.findLast((level) => hasMissed(level, slo));
  if (missed !== undefined)
    return statusAt(missed, "missed", hasFailures(missed, slo) ? "failures" : "objective");
  if (unrun !== undefined)
    return { status: "unknown", level: { id: null, load: unrun }, cause: whyNotRun(job), ran: null };
  return statusAt(highest, "unknown", whyOpen(highest, slo).cause);
}

/** These are told in this order, before every other reason. */
const RANK: readonly Reason[] = ["client_limited", "coalesced", "under_delivered"];
const firstOf = (reasons: Reason[]): Reason | undefined =>
  RANK.find((one) => reasons.includes(one)) ?? reasons[0];

/** Why a level does not count, or what it met cannot be told. The reason is null where failed requests are why. */
export function whyOpen(level: Level, slo: Slo | null): { cause: VerdictCause; reason: Reason | null } {
  if (hasFailures(level, slo)) return { cause: "failures", reason: null };
  const reason =
    firstOf([
      ...(isUsable(level) ? [] : level.reasons),
      ...level.objectives.flatMap((objective) => objective.reasons),
    ]) ?? "too_few";
  return { cause: reason, reason };
}

const ENDINGS = new Set<Reason>(["cancelled", "unproved", "budget", "shards_lost"]);

/** Why a level that was asked never ran. A job that no level says to have ended was out of its limits. */
function whyNotRun({ levels, state }: Judged): VerdictCause {
  const ended = levels.flatMap(({ reasons }) => reasons).findLast((reason) => ENDINGS.has(reason));
  return ended ?? (state === "cancelled" ? "cancelled" : state === "failed" ? "internal" : "budget");
}
