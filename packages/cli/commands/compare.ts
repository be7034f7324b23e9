import { summaryFile, tell } from "../comparison.ts";
import type { CompareFlags } from "../program.ts";
import { connect } from "../service.ts";

export async function run(baseline: string, job: string, flags: CompareFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const comparison = await connection.client.compare({ a: baseline, b: job }, flags.margin);
    const format = flags.json === true ? "json" : flags.markdown === true ? "markdown" : "text";
    return await tell(comparison, { format, junit: flags.junit, summary: summaryFile() });
  } finally {
    await connection.close();
  }
}
