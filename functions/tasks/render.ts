import { hasEnded } from "@brimline/core/job/state/job";
import { IndexEntry } from "@brimline/core/report/entry";
import { shelvesOf } from "@brimline/core/report/shelf";
import { keys } from "@brimline/store/keys";
import { listAll } from "@brimline/store/store";
import { isDeepStrictEqual } from "node:util";
import { readObject } from "../objects/object.ts";
import { readReport } from "../objects/report.ts";
import { statusOf } from "../objects/status.ts";
import { loadRenderer } from "../renderer.ts";
import type { Service } from "../service.ts";
import { list, listsShown, type Placed, republish } from "./publish.ts";
import { setRow, showAll } from "./shelve.ts";

/**
 * What became of a report. One that is private has no page, one whose job runs is published at its end, and one that
 * this version cannot read stays as it is.
 */
export type Rendered = "rendered" | "private" | "running" | "unreadable";

/** The jobs that have a report. */
export async function reportedJobs({ data }: Pick<Service, "data">): Promise<string[]> {
  const ids: string[] = [];
  for await (const key of listAll(data, keys.jobsPrefix)) {
    const id = key.split("/")[1] ?? "";
    if (key === keys.report(id)) ids.push(id);
  }
  return ids;
}

/**
 * Renders all files of a report again, as a newer template has them. It reads what was measured and writes none of it.
 * Lists follow only where the report moves; `renderLists` renders all of them afterwards.
 */
export async function renderAgain(service: Service, jobId: string, load = loadRenderer): Promise<Rendered> {
  if (!hasEnded((await statusOf(service, jobId)).state)) return "running";
  if ((await readReport(service, jobId)) === "unreadable") return "unreadable";
  const { hasPage } = await republish(service, jobId, load, listMoved);
  return hasPage ? "rendered" : "private";
}

/** Renders all lists of public reports again, and the trends. It answers how many shelves they stand on. */
export const renderLists = (service: Service, load = loadRenderer): Promise<number> =>
  showAll(service, listsShown(service, load));

/** Brings the row up to date where it stays on its shelves. Otherwise pages come and go, as at any publishing. */
async function listMoved(
  service: Service,
  { job, row }: Pick<Placed, "job" | "row">,
  load: typeof loadRenderer,
): Promise<void> {
  const before = await readObject(
    service.data,
    keys.published(Date.parse(job.createdAt), job.id),
    IndexEntry,
  );
  const stays = before !== null && row !== null && isDeepStrictEqual(shelvesOf(before), shelvesOf(row));
  await (stays ? setRow(service, job, row) : list(service, { job, row }, load));
}
