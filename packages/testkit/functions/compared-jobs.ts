import { keys } from "@brimline/store/keys";
import { putObject } from "@brimline/functions/objects/object";
import { setStatus } from "@brimline/functions/objects/status";
import { publishTask } from "@brimline/functions/tasks/publish";
import { comparedFixtures } from "../site/compared.ts";
import { JOB, type Testbed } from "./testbed.ts";

/** Two private jobs that have ended and whose reports are those of a comparison, by their ids. */
export async function comparedJobs(
  bed: Testbed,
  name: keyof typeof comparedFixtures,
): Promise<{ a: string; b: string }> {
  const { a, b, influences } = comparedFixtures[name]();
  const stored = async (side: "a" | "b"): Promise<string> => {
    const report = { a, b }[side];
    const job = { ...JOB, name: report.name, visibility: "private" };
    const id = String((await bed.send("POST", "/v1/jobs", job)).json?.["id"]);
    await putObject(bed.service.data, keys.report(id), { ...report, id });
    await putObject(bed.service.data, keys.influences(id), influences[side]);
    await publishTask(bed.service, { jobId: id });
    await setStatus(bed.service, id, { state: "completed", hasReport: true });
    return id;
  };
  return { a: await stored("a"), b: await stored("b") };
}
