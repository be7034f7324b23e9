import { keys } from "@brimline/store/keys";
import type { Context } from "hono";
import type { Service } from "../../service.ts";
import { RequestError } from "../door/problem.ts";
import { jobOfPath } from "./job-view.ts";

/** `GET /v1/jobs/{id}/report` answers the bytes that aggregate wrote, of private jobs too. */
export const readReport =
  (service: Service) =>
  async (c: Context): Promise<Response> => {
    const { spec, status } = await jobOfPath(service, c);
    const report = await service.data.get(keys.report(spec.id));
    if (report === null)
      throw new RequestError(
        "no_report",
        `The job is ${status?.state ?? "queued"}. Its links name the report once there is one.`,
      );
    return c.body(new Uint8Array(report.body), 200, {
      "content-type": "application/json",
      "cache-control": "no-cache",
    });
  };
