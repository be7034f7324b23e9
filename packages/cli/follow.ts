import { hasEnded, type Job } from "@brimline/core/job/state/job";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import { onInterrupt } from "./interrupt.ts";
import { progressView } from "./terminal/progress.ts";

const POLL_MS = 1000;

/**
 * Shows a job's progress on standard error until the job ends. With `cancelOnInterrupt`, Ctrl-C cancels the
 * job and waits for its end, and a second Ctrl-C leaves at once.
 */
export async function follow(
  client: Client,
  id: string,
  { cancelOnInterrupt }: { cancelOnInterrupt: boolean },
): Promise<Job> {
  const view = progressView(process.stderr, Date.now);
  const forget = onInterrupt((nth) => {
    if (!cancelOnInterrupt || nth > 1) process.exit(130);
    process.stderr.write("\ncancelling: levels that have ended are kept (Ctrl-C again to leave at once)\n");
    // The job may have ended already. The next poll shows how.
    client.cancel(id).catch(() => {});
  });
  try {
    for (;;) {
      const job = await client.job(id);
      view.show(job);
      if (hasEnded(job.state)) return job;
      await sleep(POLL_MS);
    }
  } finally {
    view.end();
    forget();
  }
}
