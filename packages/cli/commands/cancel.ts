import type { ServiceFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

export async function run(id: string, flags: ServiceFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const job = await connection.client.cancel(id);
    process.stdout.write(`${job.id}: cancel accepted\n`);
    return 0;
  } finally {
    await connection.close();
  }
}
