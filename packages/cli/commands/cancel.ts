import { parseArgs } from "node:util";
import { UsageError } from "../error.ts";
import { connect, SERVICE_FLAGS, SERVICE_USAGE } from "../service.ts";

export const usage = `brimline cancel <job id>: stop a job's load at once; finished levels are kept and reported.

${SERVICE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: SERVICE_FLAGS });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new UsageError("cancel takes one job id");
  const connection = await connect(values);
  try {
    const job = await connection.client.cancel(id);
    process.stdout.write(`${job.id}: cancel accepted\n`);
    return 0;
  } finally {
    await connection.close();
  }
}
