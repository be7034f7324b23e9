import { exitCodeOf } from "../exit-code.ts";
import { follow } from "../follow.ts";
import { printOutcome } from "../outcome.ts";
import type { ServiceFlags } from "../program.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: ServiceFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const job = await follow(connection.client, id, { cancelOnInterrupt: false });
    await printOutcome(connection, job, "text");
    return exitCodeOf(job, { assertsSlo: false });
  } finally {
    await connection.close();
  }
}
