import type { Trend } from "@brimline/core/trend/schema";
import type { Context } from "hono";
import { listPrefix, readList } from "../objects/job-lists.ts";
import { trendOfJobs } from "../objects/trend.ts";
import type { Service } from "../service.ts";
import { callerOf } from "./door/auth.ts";
import { RequestError } from "./door/problem.ts";
import { TrendQuery } from "./openapi/schemas.ts";

/**
 * `GET /v1/trends` says since which job a figure of the newest like jobs with a tag is another. It stores nothing, so a
 * new job extends it.
 */
export const readTrend =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { tag, figure, limit } = TrendQuery.parse(c.req.query());
    const caller = await callerOf(service, c);
    const prefix = listPrefix(caller.id, { facet: "tag", value: tag });
    const { jobs } = await readList(service.data, prefix, { after: null, limit });
    const ids = jobs.map(({ id }) => id);
    const trend = await trendOfJobs(service, tag, ids, figure ?? null, ({ tags }) => tags.includes(tag));
    if (trend === null)
      throw new RequestError(
        "no_report",
        `None of the newest ${limit} jobs with this tag has a report. A job gets a tag by its "tags", or --tag of brimline bench.`,
      );
    return c.json(trend satisfies Trend, 200, { "cache-control": "no-cache" });
  };
