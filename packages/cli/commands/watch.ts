import { follow } from "../follow.ts";
import { printOutcome } from "../outcome.ts";
import type { ServiceFlags } from "../program.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: ServiceFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const job = await follow(connection.client, id, { cancelOnInterrupt: false });
    await printOutcome(connection, job, "text");
    return job.state === "completed" ? 0 : 1;
  } finally {
    await connection.close();
  }
}
