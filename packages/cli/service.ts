import { runningService } from "@brimline/functions/local/lock";
import { createClient, type Client } from "./client.ts";

/** Flags that every command takes which talks to a service. */
export const SERVICE_FLAGS = {
  server: { type: "string" },
  "key-env": { type: "string" },
  data: { type: "string" },
  store: { type: "string" },
  "store-endpoint": { type: "string" },
} as const;
export const STORE_USAGE = `  --store s3://bucket[/prefix]  keep objects there (also BRIMLINE_STORE); credentials and region as AWS's
                      tools find them
  --store-endpoint <url>  a server other than AWS (also BRIMLINE_STORE_ENDPOINT)
`;
export const SERVICE_USAGE = `  --server <url>      the service to use (also BRIMLINE_SERVER); default: the one that runs on
                      this machine, else one is started for this command
  --key-env <NAME>    environment variable that holds the service's key (default BRIMLINE_KEY)
  --data <dir>        data folder of the local service (also BRIMLINE_DATA; default ./data)
${STORE_USAGE}`;

export interface ServiceFlags extends StoreFlags {
  server?: string | undefined;
  "key-env"?: string | undefined;
  data?: string | undefined;
}

interface StoreFlags {
  store?: string | undefined;
  "store-endpoint"?: string | undefined;
}

export interface Connection {
  client: Client;
  /** It runs in this process and ends with it. */
  started: boolean;
  /** What `serve` must be given to find the same data again. */
  placeFlags: string;
  key: string | null;
  close(): Promise<void>;
}

export const dataDirOf = (flags: ServiceFlags): string =>
  flags.data ?? process.env["BRIMLINE_DATA"] ?? "./data";
/** Where the local service keeps its objects; undefined = in its data folder. */
export const storeOf = (
  flags: StoreFlags,
): { store: string | undefined; storeEndpoint: string | undefined } => ({
  store: flags.store ?? process.env["BRIMLINE_STORE"],
  storeEndpoint: flags["store-endpoint"] ?? process.env["BRIMLINE_STORE_ENDPOINT"],
});

/** The named service, or the one that holds the data folder's lock, or a new one in this process. */
export async function connect(flags: ServiceFlags): Promise<Connection> {
  const dataDir = dataDirOf(flags);
  const place = storeOf(flags);
  const placeFlags = Object.entries({
    data: dataDir,
    store: place.store,
    "store-endpoint": place.storeEndpoint,
  })
    .flatMap(([name, value]) => (value === undefined ? [] : `--${name} ${value}`))
    .join(" ");
  const key = process.env[flags["key-env"] ?? "BRIMLINE_KEY"] ?? null;
  const named = flags.server ?? process.env["BRIMLINE_SERVER"] ?? (await runningService(dataDir));
  if (named !== null)
    return { client: createClient(named, key), started: false, placeFlags, key, close: async () => {} };
  // Only who needs one loads one: a wrong option is told, and a job followed, without.
  const { startLocalService } = await import("@brimline/functions/local");
  const service = await startLocalService({
    dataDir,
    ...place,
    port: Number(process.env["BRIMLINE_PORT"] ?? 0),
  });
  return {
    client: createClient(service.url, null),
    started: true,
    placeFlags,
    key: null,
    close: () => service.close(),
  };
}
