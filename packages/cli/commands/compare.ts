import { comparisonPage, summaryFile, tell } from "../comparison.ts";
import type { CompareFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";

export async function run(baseline: string, job: string, flags: CompareFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const comparison = await connection.client.compare({ a: baseline, b: job }, flags.margin);
    const judged = await connection.client.job(job);
    // A job has a page beside its own baseline alone.
    const page = judged.comparison?.baseline === baseline ? comparisonPage(connection, judged) : null;
    const format = flags.json === true ? "json" : flags.markdown === true ? "markdown" : "text";
    return await tell(comparison, { format, junit: flags.junit, summary: summaryFile(), page });
  } finally {
    await connection.close();
  }
}
