import { leftOf } from "@brimline/core/job/allowance";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { takenBy } from "../objects/account.ts";
import { ADMIN } from "../objects/caller.ts";
import { readObject } from "../objects/object.ts";
import { MonthObject, NO_USAGE, usageSum } from "../objects/usage.ts";
import type { Service } from "../service.ts";
import { callerOf } from "./door/auth.ts";
import { heldBy, nextDayUnixMs } from "./job/hold.ts";
import { type UsageReport, UsageQuery } from "./openapi/schemas.ts";

/**
 * `GET /v1/usage` answers what the caller's jobs used that ended in the latest months, the newest first, how many are
 * open, and what its limits leave of this day; for the admin, what those of all used. It reads a sum for each month and no job, so a long history does not make it slower.
 */
export const readUsage =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const query = UsageQuery.parse(c.req.query());
    const caller = await callerOf(service, c);
    const isAdmin = caller.id === ADMIN;
    const prefix = keys.usagePrefix(isAdmin ? undefined : caller.id);
    const all = await Array.fromAsync(listAll(service.data, prefix));
    const months = await Promise.all(
      all
        .slice(-query.months)
        .toReversed()
        .map((key) => monthOf(service, key)),
    );
    const taken = takenBy(service, await heldBy(service, caller));
    const { openJobs: _, ...left } = leftOf(caller.limits, taken);
    const openJobs = isAdmin
      ? (await Array.fromAsync(listAll(service.data, keys.openPrefix))).length
      : taken.openJobs;
    // A limit of 0 is none.
    const most = caller.limits.openJobs || service.config.caps.openJobs;
    const usage: UsageReport = {
      months: months.flat(),
      open: { jobs: openJobs, most },
      left: { ...left, until: new Date(nextDayUnixMs(service.now())).toISOString() },
    };
    return c.json(usage, 200, { "cache-control": "no-cache" });
  };

async function monthOf({ data }: Service, key: string): Promise<UsageReport["months"]> {
  const month = await readObject(data, key, MonthObject);
  if (month === null) return [];
  const days = Object.entries(month.days)
    .map(([day, used]) => ({ day, ...used }))
    .toSorted((a, b) => (a.day < b.day ? 1 : -1));
  const sum = Object.values(month.days).reduce(usageSum, NO_USAGE);
  return [{ month: key.slice(key.lastIndexOf("/") + 1, -".json".length), ...sum, days }];
}
