import type { Taken } from "@brimline/core/job/allowance";
import { atOnce, REQUESTS_AT_ONCE } from "@brimline/store/at-once";
import { keys } from "@brimline/store/keys";
import { z } from "zod";
import type { Service } from "../service.ts";
import { isTombstone, readListing } from "./listing.ts";
import { readObject } from "./object.ts";
import { UsageMark } from "./usage.ts";

/** What one job takes of its caller's day. */
const HeldObject = z.object({
  job: z.string(),
  /** When it was submitted. That day (UTC) it counts for, however long it runs. */
  at: z.string(),
  requests: z.number(),
  outputTokens: z.number(),
  usd: z.number(),
  /** Whether the job had not ended when the account was written. Then the numbers are the most that it may take. */
  isOpen: z.boolean(),
});
export type HeldObject = z.infer<typeof HeldObject>;

/** `callers/<id>/account.json`: the jobs of a caller that are open, and those of the latest day with a submission. */
export const AccountObject = z.object({
  schema: z.literal("brimline.account/1"),
  jobs: z.array(HeldObject),
});
export type AccountObject = z.infer<typeof AccountObject>;

/** A submission writes the job's marker some seconds after it has entered the account. */
const UNDER_WAY_MS = 60_000;

export const dayOf = (time: string): string => time.slice(0, "2026-11-30".length);

/** An account's jobs as they are now: those that have ended hold what they used, and those of earlier days are gone. */
export async function settled(service: Service, { jobs }: AccountObject): Promise<HeldObject[]> {
  const today = dayOf(new Date(service.now()).toISOString());
  const now = await atOnce(REQUESTS_AT_ONCE, jobs, async (held) =>
    held.isOpen ? settledOne(service, held) : held,
  );
  return now.filter((held) => held !== null).filter(({ at, isOpen }) => isOpen || dayOf(at) === today);
}

/** It is null for a submission that was never accepted. */
async function settledOne(service: Service, held: HeldObject): Promise<HeldObject | null> {
  const { data } = service;
  const { job } = held;
  if ((await data.get(keys.open(job))) !== null) return held;
  // The end of a job marks what it used before it removes its marker, and the sweep counts that before the mark goes.
  const [mark, counted] = [
    await readObject(data, keys.toCount(job), UsageMark),
    await readObject(data, keys.counted(job), UsageMark),
  ];
  const used = (counted ?? mark)?.used;
  if (used !== undefined)
    return {
      ...held,
      requests: used.requests,
      outputTokens: used.outputTokens,
      usd: used.usd,
      isOpen: false,
    };
  // Of a job that was deleted nothing is known. It took no more than it held.
  if (isTombstone(await readListing(service, job))) return { ...held, isOpen: false };
  return service.now() - Date.parse(held.at) < UNDER_WAY_MS ? held : null;
}

/** What these jobs take of this day, and how many of them are open. */
export function takenBy(service: Service, jobs: HeldObject[]): Taken {
  const today = dayOf(new Date(service.now()).toISOString());
  const ofToday = jobs.filter(({ at }) => dayOf(at) === today);
  const sum = (of: (held: HeldObject) => number): number => ofToday.reduce((all, held) => all + of(held), 0);
  return {
    openJobs: jobs.filter(({ isOpen }) => isOpen).length,
    requests: sum(({ requests }) => requests),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    usd: sum(({ usd }) => usd),
  };
}
