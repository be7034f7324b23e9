import { hasEnded } from "@brimline/core/job/state/job";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "../error.ts";
import { untilInterrupted } from "../interrupt.ts";
import type { ServiceFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";

const LOOK_MS = 1000;

export async function run(id: string, flags: ServiceFlags): Promise<number> {
  const connection = await connect(flags);
  const { client, pagesAt } = connection;
  try {
    const { state, links } = await client.job(id);
    if (links.page === null)
      throw new CommandError(
        hasEnded(state)
          ? `job ${id} has no page, because it is private or has no report: brimline report ${id} prints what there is`
          : `job ${id} has no page yet: it is ${state}`,
      );
    for (const link of [links.page, links.comparison])
      if (link !== null) process.stdout.write(`${new URL(link, `${client.url}/`).href}\n`);
    if (pagesAt === null) return 0;
    process.stderr.write("The page stays at its address until Ctrl-C.\n");
    const over = untilInterrupted().then(() => true);
    // The service may be another command's. When that ends, the client that asks it stands in.
    while (!(await Promise.race([over, sleep(LOOK_MS, false)]))) await client.job(id);
    return 0;
  } finally {
    await connection.close();
  }
}
