import { Cron } from "croner";
import { z } from "zod";

/**
 * When a job is due again and again: a cron expression in the local time of a zone. Where a clock change leaves out
 * the time, it is due at the first moment after the gap; where the time comes twice, at the first of them.
 */
export const Timing = z
  .strictObject({
    /** Minute, hour, day of the month, month, day of the week; or `@daily` and the like. */
    cron: z.string().min(1).max(100),
    /** A zone of the IANA database, such as `Europe/Berlin`. */
    timeZone: z.string().min(1).max(64).default("UTC"),
  })
  .superRefine((timing, context) => {
    const problem = problemOf(timing);
    if (problem !== null) context.addIssue({ code: "custom", ...problem });
  });
export type Timing = z.infer<typeof Timing>;

/** A run may begin this much after it was due, ms. What is later was missed: another time is not what was asked for. */
export const GRACE_MS = 15 * 60_000;
/** So many due times are looked at after a long pause, and so many that were missed are remembered. */
const DUES_MAX = 1000;
export const MISSED_MAX = 20;

/** A due time at which no job was made, and why. */
export const Missed = z.object({ at: z.string(), why: z.string() });
export type Missed = z.infer<typeof Missed>;

/** The next `count` due times after a moment, Unix ms. There are fewer where the expression has no more. */
export function dueTimes(timing: Timing, afterUnixMs: number, count: number): number[] {
  const cron = cronOf(timing);
  const dues: number[] = [];
  for (let after = afterUnixMs; dues.length < count;) {
    const next = cron.nextRun(new Date(after));
    if (next === null) break;
    dues.push((after = next.getTime()));
  }
  return dues;
}

/**
 * What is to be done at `nowUnixMs` about a schedule whose next due time was `dueUnixMs`: the run that may begin, those
 * that were missed before it, and when it is due again. `isRunning` says that the run before has not ended.
 */
export function decideDue(
  timing: Timing,
  { dueUnixMs, nowUnixMs, isRunning }: { dueUnixMs: number; nowUnixMs: number; isRunning: boolean },
): { run: number | null; missed: Missed[]; next: number | null } {
  const [next = null] = dueTimes(timing, nowUnixMs, 1);
  const passed = [dueUnixMs];
  let latest = dueUnixMs;
  for (let due = dueTimes(timing, latest, 1)[0]; due !== undefined && due <= nowUnixMs;) {
    passed.push((latest = due));
    if (passed.length >= DUES_MAX) break;
    due = dueTimes(timing, latest, 1)[0];
  }
  const isLate = nowUnixMs - latest > GRACE_MS;
  const runs = !isLate && !isRunning;
  const missed = passed
    .filter((due) => !runs || due !== latest)
    .map((due) => missedOf(due, due === latest && !isLate ? STILL_RUNNING : NOBODY));
  return { run: runs ? latest : null, missed: missed.slice(-MISSED_MAX), next };
}

export const missedOf = (dueUnixMs: number, why: string): Missed => ({
  at: new Date(dueUnixMs).toISOString(),
  why,
});

const NOBODY = `no service ran at that time, nor within ${GRACE_MS / 60_000} min after it`;
const STILL_RUNNING = "the run before had not ended";

const cronOf = ({ cron, timeZone }: Timing): Cron =>
  new Cron(cron, { timezone: timeZone, mode: "5-part", paused: true });

/** Five fields or a nickname. The library takes a date too, which comes once. */
const EXPRESSION = /^\s*(@[a-z]+|\S+(\s+\S+){4})\s*$/i;

function problemOf(timing: Timing): { path: string[]; message: string } | null {
  if (!isZone(timing.timeZone))
    return { path: ["timeZone"], message: "must be a zone of the IANA database, such as Europe/Berlin" };
  try {
    if (!EXPRESSION.test(timing.cron)) throw new TypeError("no cron expression");
    if (cronOf(timing).nextRun(new Date(0)) !== null) return null;
    return { path: ["cron"], message: "names a time that never comes" };
  } catch {
    return {
      path: ["cron"],
      message: "must be a cron expression of five fields, such as 30 2 * * 1-5, or @daily",
    };
  }
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
