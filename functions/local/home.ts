import { createGuard } from "@brimline/load/guard/guard";
import { diskStore } from "@brimline/store/disk";
import { type S3Location, s3Folder } from "@brimline/store/s3-location";
import { join } from "node:path";
import { idKeyOf } from "../api/id.ts";
import { createSealer, loadMasterKey } from "../sealer.ts";
import type { Service, ServiceConfig } from "../service.ts";

/** What the local service and its workers need to open the same stores with the same configuration. */
export interface Home {
  dataDir: string;
  config: ServiceConfig;
  /** Where the objects lie if not in the data folder. */
  store?: S3Location;
}

export const objectsFolder = (dataDir: string): string => join(dataDir, "objects");
export const siteFolder = (dataDir: string): string => join(dataDir, "site");

/** Where published pages lie: a folder, or a prefix of the bucket. It ends in "/". */
export const pagesAt = ({ dataDir, store }: Pick<Home, "dataDir" | "store">): string =>
  store === undefined ? `${siteFolder(dataDir)}/` : `s3://${store.bucket}/${s3Folder(store, "site").prefix}`;

/**
 * Opens the stores and keys of a home, with the guard for one's own machine and networks. It refuses the
 * service as a target.
 */
export async function openService({ dataDir, config, store }: Home): Promise<Service> {
  const masterKey = await loadMasterKey(dataDir);
  return {
    ...(await openStores(dataDir, store)),
    guard: createGuard({ profile: "local", denyHosts: [new URL(config.publicUrl).host] }),
    sealer: createSealer(masterKey),
    idKey: idKeyOf(masterKey),
    config,
    now: Date.now,
  };
}

export async function openStores(
  dataDir: string,
  store: S3Location | undefined,
): Promise<Pick<Service, "data" | "site">> {
  if (store === undefined)
    return { data: diskStore(objectsFolder(dataDir)), site: diskStore(siteFolder(dataDir)) };
  // The SDK costs time and memory, so it is loaded only for a bucket.
  const { s3Store } = await import("@brimline/store/s3");
  return { data: s3Store(s3Folder(store, "objects")), site: s3Store(s3Folder(store, "site")) };
}
