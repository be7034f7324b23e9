import { startLocalService } from "@brimline/functions/local";
import { UsageError } from "../error.ts";
import { untilInterrupted } from "../interrupt.ts";
import type { ServeFlags } from "../arguments/service.ts";

/** A shorter key could be guessed. */
const KEY_MIN = 24;

export async function run(flags: ServeFlags): Promise<number> {
  const adminKey = flags.adminKeyEnv === undefined ? undefined : process.env[flags.adminKeyEnv];
  if (flags.adminKeyEnv !== undefined && (adminKey ?? "").length < KEY_MIN)
    throw new UsageError(
      `--admin-key-env: ${flags.adminKeyEnv} must hold a key of at least ${KEY_MIN} characters`,
    );
  const service = await startLocalService({
    port: flags.port,
    host: flags.host,
    dataDir: flags.data,
    store: flags.store,
    storeEndpoint: flags.storeEndpoint,
    ...(adminKey !== undefined && { adminKey }),
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
