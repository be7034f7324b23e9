import { createGuard } from "@brimline/load/guard/guard";
import { diskStore } from "@brimline/store/disk";
import { join } from "node:path";
import { idKeyOf } from "../api/id.ts";
import { createSealer, loadMasterKey } from "../secret.ts";
import type { Service, ServiceConfig } from "../service.ts";

/** Where a local service lives. The service and its workers open the same home. */
export interface Home {
  dataDir: string;
  config: ServiceConfig;
}

export const objectsFolder = (dataDir: string): string => join(dataDir, "objects");
export const siteFolder = (dataDir: string): string => join(dataDir, "site");

/** The stores of a data folder, its keys, and the guard for one's own machine and networks; the service itself is no target. */
export async function openService({ dataDir, config }: Home): Promise<Service> {
  const masterKey = await loadMasterKey(dataDir);
  return {
    data: diskStore(objectsFolder(dataDir)),
    site: diskStore(siteFolder(dataDir)),
    guard: createGuard({ profile: "local", denyHosts: [new URL(config.publicUrl).host] }),
    sealer: createSealer(masterKey),
    idKey: idKeyOf(masterKey),
    config,
    now: Date.now,
  };
}
