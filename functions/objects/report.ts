import { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import type { Service } from "../service.ts";

/** The report of a job. It is null where there is none, and "unreadable" where this version cannot read it. */
export async function readReport(
  { data }: Pick<Service, "data">,
  jobId: string,
): Promise<Report | "unreadable" | null> {
  const object = await data.get(keys.report(jobId));
  return object === null ? null : (Report.safeParse(jsonOf(object.body)).data ?? "unreadable");
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return null;
  }
}
