import { startLocalService } from "@brimline/functions/local";
import { untilInterrupted } from "../interrupt.ts";
import type { ServeFlags } from "../program.ts";

export async function run(flags: ServeFlags): Promise<number> {
  const service = await startLocalService({
    port: flags.port,
    host: flags.host,
    dataDir: flags.data,
    store: flags.store,
    storeEndpoint: flags.storeEndpoint,
    ...(flags.rateLimit !== undefined && { requestsPerMinute: flags.rateLimit }),
    ...(flags.drain !== undefined && { drainS: flags.drain }),
    ...(flags.publicUrl !== undefined && { publicUrl: flags.publicUrl }),
    // A collector of standard error wants everything. A reader at a terminal wants warnings and errors.
    logLevel: process.stderr.isTTY ? "warn" : "info",
  });
  if (service.adminKey !== null) process.stdout.write(`admin key, shown only now: ${service.adminKey}\n`);
  process.stdout.write(`brimline listening on ${service.url}\n`);
  await untilInterrupted();
  await service.close();
  return 0;
}
