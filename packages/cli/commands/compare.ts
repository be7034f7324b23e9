import type { Comparison } from "@brimline/core/compare/schema";
import { writeFile } from "node:fs/promises";
import { comparisonPage, summaryFile, tell, written } from "../comparison.ts";
import type { CompareFlags } from "../arguments/report.ts";
import { connect, type ServiceConnection } from "../service.ts";

export async function run(baseline: string, job: string, flags: CompareFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const comparison = await connection.client.compare({ a: baseline, b: job }, flags.margin);
    const judged = await connection.client.job(job);
    // A job has a page beside its own baseline alone.
    const page = judged.comparison?.baseline === baseline ? comparisonPage(connection, judged) : null;
    const format = flags.json === true ? "json" : flags.markdown === true ? "markdown" : "text";
    if (flags.html !== undefined) await writePage(connection, comparison, flags.html);
    return await tell(comparison, { format, junit: flags.junit, summary: summaryFile(), page });
  } finally {
    await connection.close();
  }
}

async function writePage(
  { client, pagesAt }: ServiceConnection,
  comparison: Comparison,
  file: string,
): Promise<void> {
  const sideOf = async (id: string) => ({ job: await client.job(id), report: await client.report(id) });
  const [a, b] = await Promise.all([sideOf(comparison.a.id), sideOf(comparison.b.id)]);
  // The renderer takes a moment to load.
  const { comparisonPage: pageOf } = await import("@brimline/functions/local/comparison-page");
  const listed = ({ job: { name, tags }, report }: typeof a) => ({ ...report, name, tags });
  // A link would lead nowhere when the service ends with this command, or a report has no page.
  const stays = pagesAt === null && [a, b].every(({ job }) => job.links.page !== null);
  const page = await pageOf(comparison, listed(a), listed(b), stays ? client.url : null);
  await written(file, () => writeFile(file, page));
}
