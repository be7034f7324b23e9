import { parseArgs } from "node:util";
import { UsageError } from "../error.ts";
import { follow } from "../follow.ts";
import { printOutcome } from "../outcome.ts";
import { connect, SERVICE_FLAGS, SERVICE_USAGE } from "../service.ts";

export const usage = `brimline watch <job id>: follow a job until it ends, then print its report. Ctrl-C stops watching, not the job.

${SERVICE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: SERVICE_FLAGS });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new UsageError("watch takes one job id");
  const connection = await connect(values);
  try {
    const job = await follow(connection.client, id, { cancelOnInterrupt: false, quiet: false });
    await printOutcome(connection.client, job, "text");
    return job.state === "completed" ? 0 : 1;
  } finally {
    await connection.close();
  }
}
