import { plainUrl } from "@brimline/core/job/url";
import { urlOfHolder } from "@brimline/lock/lock";
import { createClient, type Client } from "./client.ts";
import { UsageError } from "./error.ts";
import type { ServiceFlags } from "./program.ts";

export interface ServiceConnection {
  client: Client;
  /**
   * Where pages lie, when the service runs in this process: it ends with it, so its links are not shown. It
   * is null for a service that stays.
   */
  pagesAt: string | null;
  /** The flags with which `serve` finds the same data again. */
  placeFlags: string;
  key: string | null;
  close(): Promise<void>;
}

/**
 * Connects to the named service, or to the holder of the data folder's lock, or to a new service in this
 * process.
 */
export async function connect(flags: ServiceFlags): Promise<ServiceConnection> {
  const { data, store, storeEndpoint } = flags;
  const placeFlags = Object.entries({ data, store, "store-endpoint": storeEndpoint })
    .flatMap(([name, value]) => (value === undefined ? [] : `--${name} ${value}`))
    .join(" ");
  const judged = flags.server === undefined ? null : plainUrl(flags.server);
  if (judged !== null && "problem" in judged)
    throw new UsageError(`--server ${judged.problem}; --key-env names the variable that holds a key`);
  const key = process.env[flags.keyEnv] ?? null;
  const named = flags.server ?? urlOfHolder(data, "service");
  if (named !== null)
    return { client: createClient(named, key), pagesAt: null, placeFlags, key, close: async () => {} };
  // The service's code is loaded only when a service must be started.
  const { startLocalService } = await import("@brimline/functions/local");
  const service = await startLocalService({
    dataDir: data,
    store,
    storeEndpoint,
    port: Number(process.env["BRIMLINE_PORT"] ?? 0),
  });
  return {
    client: createClient(service.url, null),
    pagesAt: service.pagesAt,
    placeFlags,
    key: null,
    close: () => service.close(),
  };
}
