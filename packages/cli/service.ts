import { plainUrl } from "@brimline/core/job/spec/url";
import { BrimlineError } from "@brimline/core/error";
import type { LocalService } from "@brimline/functions/local";
import { holderPlace, isHeld } from "@brimline/lock/lock";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Client } from "./client.ts";
import { UsageError } from "./error.ts";
import type { ServiceFlags } from "./arguments/job.ts";

export interface ServiceConnection {
  client: Client;
  /**
   * Where pages lie, when the service ends with this command or another one, so its links are not shown. It
   * is null for a service that stays.
   */
  pagesAt: string | null;
  /** The flags with which another command finds the same data again. */
  placeFlags: string;
  key: string | null;
  close(): Promise<void>;
}

export const placeFlagsOf = ({
  data,
  store,
  storeEndpoint,
}: Pick<ServiceFlags, "data" | "store" | "storeEndpoint">): string =>
  Object.entries({ data, store, "store-endpoint": storeEndpoint })
    .flatMap(([name, value]) => (value === undefined ? [] : `--${name} ${value}`))
    .join(" ");

/** The service of another command takes some seconds to end, and its address is free only then. */
const STAND_IN_MS = 20_000;
const AGAIN_MS = 250;

/**
 * Connects to the named service, or to the holder of the data folder's lock, or to a new service in this
 * process.
 */
export async function connect(flags: ServiceFlags): Promise<ServiceConnection> {
  const { data, store, storeEndpoint } = flags;
  const placeFlags = placeFlagsOf(flags);
  const judged = flags.server === undefined ? null : plainUrl(flags.server);
  if (judged !== null && "problem" in judged)
    throw new UsageError(`--server ${judged.problem}; --key-env names the variable that holds a key`);
  const key = process.env[flags.keyEnv] ?? null;
  const place =
    flags.server === undefined ? holderPlace(data, "service") : { url: flags.server, stays: true };
  if (place?.stays === true)
    return {
      client: createClient(place.url, key),
      pagesAt: null,
      placeFlags,
      key,
      close: async () => {},
    };
  // The service's code is loaded only when a service must be started, now or later.
  const { pagesOf, startLocalService } = await import("@brimline/functions/local");
  const start = (port: number): Promise<LocalService> =>
    startLocalService({ dataDir: data, store, storeEndpoint, port, stays: false });
  if (place !== null) {
    const { client, close } = guestOf(place.url, start);
    return { client, pagesAt: pagesOf(data, store), placeFlags, key: null, close };
  }
  const service = await start(Number(process.env["BRIMLINE_PORT"] ?? 0)).catch(async (error: unknown) => {
    // Another command may be starting a service in this folder. It is used once it listens.
    if (!(await comesUp(data))) throw error;
    return null;
  });
  if (service === null) return connect(flags);
  return {
    client: createClient(service.url, null),
    pagesAt: service.pagesAt,
    placeFlags,
    key: null,
    close: () => service.close(),
  };
}

/**
 * A client of a service that ends with another command. When that has ended, a service of this command stands
 * in at the same address, and the jobs go on from what lies in the data folder.
 */
function guestOf(
  url: string,
  start: (port: number) => Promise<LocalService>,
): Pick<ServiceConnection, "client" | "close"> {
  let own: LocalService | null = null;
  let standing: Promise<boolean> | null = null;
  const standIn = async (): Promise<boolean> => {
    for (
      const untilMs = performance.now() + STAND_IN_MS;
      performance.now() < untilMs;
      await sleep(AGAIN_MS)
    ) {
      // A third command may have been faster.
      if (await answers(url)) return true;
      try {
        own = await start(Number(new URL(url).port));
        process.stderr.write("the command whose service this was has ended; this one goes on with its own\n");
        return true;
      } catch (error) {
        // The folder or the port is not free yet.
        if (!(error instanceof BrimlineError)) throw error;
      }
    }
    return false;
  };
  return {
    client: createClient(url, null, () => (standing ??= standIn().finally(() => (standing = null)))),
    close: async () => own?.close(),
  };
}

/** Whether another process has the folder, and listens within some seconds. */
async function comesUp(dataDir: string): Promise<boolean> {
  for (const untilMs = performance.now() + STAND_IN_MS; performance.now() < untilMs; await sleep(AGAIN_MS)) {
    if (!isHeld(dataDir, "service")) return false;
    if (holderPlace(dataDir, "service") !== null) return true;
  }
  return false;
}

const answers = (url: string): Promise<boolean> =>
  fetch(new URL("/health", url)).then(
    ({ ok }) => ok,
    () => false,
  );
