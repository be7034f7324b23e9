import type { Job } from "@brimline/core/job/job";
import type { Report } from "@brimline/core/report/schema";
import type { Client } from "./client.ts";
import { markdownReport } from "./markdown.ts";

export type Format = "text" | "json" | "markdown";

/** Prints how a job ended and its report, if it has one. It resolves to the report. */
export async function printOutcome(client: Client, job: Job, format: Format): Promise<Report | null> {
  if (job.problem !== null)
    process.stderr.write(`${job.state}: ${job.problem.title}\n  ${job.problem.detail}\n`);
  if (job.links.report === null) return null;
  const report = await client.report(job.id);
  const pageUrl = job.links.page === null ? null : new URL(job.links.page, `${client.url}/`).href;
  const text = await {
    // The library that measures the width of text takes 50 ms to load, so no command waits for it at its
    // start.
    text: async () =>
      (await import("./print.ts")).printReport(report, { columns: process.stdout.columns || 100, pageUrl }),
    json: () => `${JSON.stringify(report, null, 2)}\n`,
    markdown: () => markdownReport(report, pageUrl),
  }[format]();
  process.stdout.write(format === "text" ? `\n${text}` : text);
  return report;
}
