import { parseArgs } from "node:util";
import { CommandError, UsageError } from "../error.ts";
import { printOutcome } from "../outcome.ts";
import { connect, SERVICE_FLAGS, SERVICE_USAGE } from "../service.ts";

export const usage = `brimline report <job id> [--json | --markdown]: print a job's report.

  --json              report.json as it is
  --markdown          a summary to paste into an issue or a pull request
${SERVICE_USAGE}`;

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...SERVICE_FLAGS, json: { type: "boolean" }, markdown: { type: "boolean" } },
  });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new UsageError("report takes one job id");
  if (values.json === true && values.markdown === true)
    throw new UsageError("give --json or --markdown, not both");
  const connection = await connect(values);
  try {
    const job = await connection.client.job(id);
    const report = await printOutcome(
      connection.client,
      job,
      values.json === true ? "json" : values.markdown === true ? "markdown" : "text",
    );
    if (report === null && job.problem === null)
      throw new CommandError(`job ${id} has no report yet: it is ${job.state}`);
    return report === null ? 1 : 0;
  } finally {
    await connection.close();
  }
}
