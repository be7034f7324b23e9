import { CommandError } from "../error.ts";
import { comparisonLine } from "../exit-code.ts";
import { formatOf, printOutcome } from "../outcome.ts";
import type { ReportFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: ReportFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const job = await connection.client.job(id);
    const report = await printOutcome(connection, job, formatOf(flags));
    const beside = comparisonLine(job);
    if (beside !== null) process.stderr.write(`${beside}\n`);
    if (report === null && job.problem === null)
      throw new CommandError(`job ${id} has no report yet: it is ${job.state}`);
    return report === null ? 1 : 0;
  } finally {
    await connection.close();
  }
}
