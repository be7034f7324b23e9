import { comparisonLine, exitCodeOf } from "../exit-code.ts";
import { follow } from "../follow.ts";
import { formatOf, printOutcome } from "../outcome.ts";
import type { WatchFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: WatchFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const job = await follow(connection.client, id, { cancelOnInterrupt: false });
    await printOutcome(connection, job, formatOf(flags));
    const beside = comparisonLine(job);
    if (beside !== null) process.stderr.write(`${beside}\n`);
    return exitCodeOf(job, { assertsSlo: false });
  } finally {
    await connection.close();
  }
}
