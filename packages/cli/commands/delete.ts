import { CommandError } from "../error.ts";
import type { ServiceFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

/** Deletes each job. One that cannot be deleted is said, and the others are deleted all the same. */
export async function run(ids: string[], flags: ServiceFlags): Promise<number> {
  const connection = await connect(flags);
  let failed = 0;
  try {
    for (const id of ids) {
      try {
        await connection.client.remove(id);
        process.stdout.write(`${id}: deleted\n`);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        failed++;
        process.stderr.write(`${id}: ${error.message}\n`);
      }
    }
    return failed === 0 ? 0 : 1;
  } finally {
    await connection.close();
  }
}
