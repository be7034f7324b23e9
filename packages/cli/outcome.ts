import { hasEnded, type Job } from "@brimline/core/job/state/job";
import type { Report } from "@brimline/core/report/schema";
import { keys } from "@brimline/store/keys";
import { markdownReport } from "@brimline/core/report/shown/markdown";
import type { ServiceConnection } from "./service.ts";

export type Format = "text" | "full" | "json" | "markdown";

/** How a report is printed by the flags of a command. */
export const formatOf = (flags: { json?: true; markdown?: true; full?: true }): Format =>
  flags.json === true ? "json" : flags.markdown === true ? "markdown" : flags.full === true ? "full" : "text";

/**
 * Prints how a job ended and its report, if it has one. It resolves to the report. `pagesAt` is where pages lie, when
 * the service ends with this command and takes its links along, and `placeFlags` find them there again.
 */
export async function printOutcome(
  { client, pagesAt, placeFlags }: Pick<ServiceConnection, "client" | "pagesAt" | "placeFlags">,
  job: Job,
  format: Format,
): Promise<Report | null> {
  if (job.problem !== null)
    process.stderr.write(`${job.state}: ${job.problem.title}\n  ${job.problem.detail}\n`);
  if (job.links.report === null) return null;
  const report = await client.report(job.id);
  const url = job.links.page === null ? null : new URL(job.links.page, `${client.url}/`).href;
  const page = url === null || pagesAt === null ? url : `${pagesAt}${keys.page(job.id, "")}`;
  const open = pagesAt === null ? null : `npx brimline open ${job.id} ${placeFlags}`;
  // The library that measures the width of text takes 50 ms to load, so no command waits for it at its start.
  const printed = async (): Promise<string> =>
    (await import("./terminal/print.ts")).printReport(report, {
      columns: process.stdout.columns || 100,
      page,
      open,
      isFull: format === "full",
    });
  const text = await {
    text: async () => `\n${await printed()}`,
    full: async () => `\n${await printed()}`,
    json: () => `${JSON.stringify(report, null, 2)}\n`,
    markdown: () => markdownReport(report, pagesAt === null ? url : null),
  }[format]();
  process.stdout.write(text);
  if (page === null && job.visibility !== "private" && hasEnded(job.state))
    process.stderr.write(
      `The page could not be made, and the service's log says why. Once that is mended: npx brimline render ${job.id}${pagesAt === null ? "" : ` ${placeFlags}`}\n`,
    );
  return report;
}
