import { randomUUID } from "node:crypto";
import { comparisonLine, exitCodeOf } from "../exit-code.ts";
import { readFiles } from "../files.ts";
import { follow } from "../follow.ts";
import { formatOf, printOutcome } from "../outcome.ts";
import type { RerunFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: RerunFlags): Promise<number> {
  const { apiKeyEnv, basicEnv, headerEnv, certKey, seed, baseline, name, tag, visibility } = flags;
  const { secrets, secretHeaders, tls } = await readFiles({
    ...(apiKeyEnv !== undefined && { apiKeyEnv }),
    ...(basicEnv !== undefined && { basicEnv }),
    ...(headerEnv !== undefined && { headerEnv }),
    ...(certKey !== undefined && { certKey }),
  });
  const connection = await connect(flags);
  try {
    const job = await connection.client.rerun(
      id,
      {
        seed,
        endpoint: {
          ...secrets,
          ...(headerEnv !== undefined && { secretHeaders }),
          ...(tls.key !== undefined && { tls: { key: tls.key } }),
        },
        ...(baseline !== undefined && { baseline }),
        ...(name !== undefined && { name }),
        ...(tag !== undefined && { tags: tag }),
        ...(visibility !== undefined && { visibility }),
      },
      randomUUID(),
    );
    process.stderr.write(`job ${job.id}\n`);
    const ended = await follow(connection.client, job.id, { cancelOnInterrupt: true });
    await printOutcome(connection, ended, formatOf(flags));
    const beside = comparisonLine(ended);
    if (beside !== null) process.stderr.write(`${beside}\n`);
    return exitCodeOf(ended, { assertsSlo: false });
  } finally {
    await connection.close();
  }
}
