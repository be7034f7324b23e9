import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import type { Context } from "hono";
import { readObject } from "../objects/object.ts";
import { MonthObject, NO_USAGE, usageSum } from "../objects/usage.ts";
import type { Service } from "../service.ts";
import { type UsageReport, UsageQuery } from "./openapi/schemas.ts";

/**
 * `GET /v1/usage` answers what the jobs used that ended in the latest months, the newest first, and how many jobs are
 * open. It reads a sum for each month and no job, so a long history does not make it slower.
 */
export const readUsage =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const query = UsageQuery.parse(c.req.query());
    const all = await Array.fromAsync(listAll(service.data, keys.usagePrefix));
    const months = await Promise.all(
      all
        .slice(-query.months)
        .toReversed()
        .map((key) => monthOf(service, key)),
    );
    const open = await Array.fromAsync(listAll(service.data, keys.openPrefix));
    const usage: UsageReport = {
      months: months.flat(),
      open: { jobs: open.length, most: service.config.caps.openJobs },
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
  return [{ month: key.slice(keys.usagePrefix.length, -".json".length), ...sum, days }];
}
