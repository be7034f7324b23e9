import type { Comparison } from "@brimline/core/compare/schema";
import type { Context } from "hono";
import { comparisonOf } from "../objects/comparison.ts";
import type { Service } from "../service.ts";
import { callerOf } from "./door/auth.ts";
import { readBody } from "./door/body.ts";
import { jobFor } from "./job/job-view.ts";
import { RequestError } from "./door/problem.ts";
import { CompareRequest } from "./openapi/schemas.ts";

/** `POST /v1/compare` says whether one job's report is better or worse than another's. It stores nothing. */
export const compareReports =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { a, b, marginPercent } = (await readBody(c, CompareRequest)).value;
    const caller = await callerOf(service, c);
    await Promise.all([a, b].map((id) => jobFor(service, caller, id, "read")));
    const comparison = await comparisonOf(service, { a, b }, marginPercent);
    if ("missing" in comparison)
      throw new RequestError(
        "no_report",
        `The ${comparison.missing === a ? "first" : "second"} job has no report.`,
      );
    if ("refused" in comparison) throw new RequestError("not_comparable", comparison.refused);
    return c.json(comparison satisfies Comparison, 200, { "cache-control": "no-cache" });
  };
