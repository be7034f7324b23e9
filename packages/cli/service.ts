import { runningService, startLocalService } from "@brimline/functions/local";
import { createClient, type Client } from "./client.ts";

/** Flags that every command takes which talks to a service. */
export const SERVICE_FLAGS = { server: { type: "string" }, "key-env": { type: "string" }, data: { type: "string" } } as const;
export const SERVICE_USAGE = `  --server <url>      the service to use (also BRIMLINE_SERVER); default: the one that runs on
                      this machine, else one is started for this command
  --key-env <NAME>    environment variable that holds the service's key (default BRIMLINE_KEY)
  --data <dir>        data folder of the local service (also BRIMLINE_DATA; default ./data)
`;

export interface ServiceFlags {
  server?: string | undefined;
  "key-env"?: string | undefined;
  data?: string | undefined;
}

export interface Connection {
  client: Client;
  /** It runs in this process and ends with it. */
  started: boolean;
  dataDir: string;
  key: string | null;
  close(): Promise<void>;
}

export const dataDirOf = (flags: ServiceFlags): string => flags.data ?? process.env["BRIMLINE_DATA"] ?? "./data";

/** The named service, or the one that holds the data folder's lock, or a new one in this process. */
export async function connect(flags: ServiceFlags): Promise<Connection> {
  const dataDir = dataDirOf(flags);
  const key = process.env[flags["key-env"] ?? "BRIMLINE_KEY"] ?? null;
  const named = flags.server ?? process.env["BRIMLINE_SERVER"] ?? (await runningService(dataDir));
  if (named !== null) return { client: createClient(named, key), started: false, dataDir, key, close: async () => {} };
  const service = await startLocalService({ dataDir, port: Number(process.env["BRIMLINE_PORT"] ?? 0) });
  return { client: createClient(service.url, null), started: true, dataDir, key: null, close: () => service.close() };
}
