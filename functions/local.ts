import { clearUnfinished } from "@brimline/store/disk";
import { storeError } from "@brimline/store/disk-fault";
import { s3Location } from "@brimline/store/s3-location";
import { plainUrl } from "@brimline/core/job/spec/url";
import { BrimlineError } from "@brimline/core/error";
import { type Lock, takeLock } from "@brimline/lock/lock";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadAdminKey } from "./local/admin-key.ts";
import { createApp } from "./api/app.ts";
import { LOCAL_CAPS } from "./local/caps.ts";
import { claimStore } from "./local/claim.ts";
import type { Home } from "./local/home.ts";
import { objectsFolder, openService, pagesAt, siteFolder } from "./local/home.ts";
import { startJobs } from "./local/jobs.ts";
import { listen } from "./local/listen.ts";
import { createMetrics } from "./local/metrics.ts";
import type { Listener } from "./local/listen.ts";
import { createLog } from "./log.ts";
import { isLoopbackHost } from "./loopback.ts";
import type { ServiceConfig } from "./service.ts";
import { sha256Hex } from "./sha256.ts";
import { dropUnaccepted } from "./tasks/sweep.ts";

export interface LocalOptions {
  host?: string;
  /** 0 picks a free port. */
  port?: number;
  dataDir?: string;
  /**
   * `s3://bucket` or `s3://bucket/prefix`. Objects lie there, and the data folder holds only the keys and the
   * lock.
   */
  store?: string | undefined;
  /** The URL of the S3 server when it is not AWS. */
  storeEndpoint?: string | undefined;
  /** The URL at which callers reach the service. It is needed for any host but loopback. */
  publicUrl?: string;
  /**
   * The key that every caller must send. Unless given, a host other than loopback makes one, and loopback
   * needs none.
   */
  adminKey?: string;
  /**
   * False for a service that ends with the command that needed it. Others that use it are told, and go on
   * without it.
   */
  stays?: boolean;
  /** The level of the log on standard error, `silent` unless given. BRIMLINE_LOG replaces it. */
  logLevel?: string;
  /**
   * False means that workers do not measure their own error before a job's load, and its report says so. It
   * saves 2 s for each worker and number of streams.
   */
  certify?: boolean;
  /** The seconds before each further try at a delivery. Unless given, RETRY_S in webhook.ts holds. */
  webhookRetryS?: readonly number[];
  /**
   * How many requests each caller may send in a minute; null for any number. Unless given, a service with an admin key
   * takes 600, and one without takes any number.
   */
  requestsPerMinute?: number | null;
  /** How long the service answers as not ready before it stops, s. Unless given, it stops at once. */
  drainS?: number;
}

export interface LocalService {
  url: string;
  dataDir: string;
  /** Where published pages lie: a folder, or a prefix of the bucket. It ends in "/". */
  pagesAt: string;
  /**
   * Answers as not ready for `drainS`, takes no more jobs, ends all load at once and releases the data folder. Jobs that have not ended go on at
   * the next start.
   */
  close(): Promise<void>;
  /** The admin key, if this start made it. It can be shown only now. */
  adminKey: string | null;
}

/** An agent sends one a second, and so does a command that follows a job. */
const REQUESTS_PER_MINUTE = 600;
const DEFAULTS = { host: "127.0.0.1", port: 4870, dataDir: "./data" };

/**
 * Starts the whole service in this process and its workers, with the API and the pages on one port and all
 * objects in one data folder. Jobs that were cut off go on, oldest first. It throws a BrimlineError that says
 * what to do when another service has the folder, the folder cannot be written or the port is taken.
 */
export async function startLocalService(options: LocalOptions = {}): Promise<LocalService> {
  const { host, port } = { ...DEFAULTS, ...options };
  const dataDir = resolve(options.dataDir ?? DEFAULTS.dataDir);
  const log = createLog(process.env["BRIMLINE_LOG"] ?? options.logLevel ?? "silent");
  const isLoopback = isLoopbackHost(host);
  if (!isLoopback && options.publicUrl === undefined) {
    throw new BrimlineError(
      "internal",
      `--host ${host} needs --public-url: the URL at which callers reach this service`,
    );
  }
  const publicUrl = options.publicUrl === undefined ? null : plainUrl(options.publicUrl);
  if (publicUrl !== null && "problem" in publicUrl)
    throw new BrimlineError("internal", `--public-url ${publicUrl.problem}`);
  const store =
    options.store === undefined ? undefined : s3Location(options.store, options.storeEndpoint ?? null);
  const lock = await ownFolder(dataDir);
  let listener: Listener | null = null;
  try {
    const admin = await adminOf(options.adminKey, isLoopback, dataDir);
    const { requestsPerMinute = admin.sha256 === null ? null : REQUESTS_PER_MINUTE } = options;
    listener = await listen(host, port);
    const { close: stopListening } = listener;
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${listener.port}`;
    const config = {
      ...(await configOf(options.publicUrl?.replace(/\/+$/, "") ?? url, admin.sha256)),
      ...(options.webhookRetryS !== undefined && { webhookRetryS: options.webhookRetryS }),
      ...(requestsPerMinute !== null && { requestsPerMinute }),
    };
    const home: Home = { dataDir, config, ...(store !== undefined && { store }) };
    const metrics = createMetrics();
    const opened = await openService(home);
    const service = { ...opened, data: metrics.timed(opened.data) };
    if (options.store !== undefined) await claimStore(service, options.store);
    await dropUnaccepted(service);
    const jobs = startJobs(home, service, { log, certify: options.certify ?? true, onEnd: metrics.jobEnded });
    let isStopping = false;
    listener.answer(createApp(service, { ...jobs.ports, metrics, isStopping: () => isStopping }).fetch);
    await jobs.sweep();
    lock.setPlace({ url, stays: options.stays ?? true });
    let closed: Promise<void> | null = null;
    const close = async (): Promise<void> => {
      isStopping = true;
      if (options.drainS !== undefined) await sleep(1000 * options.drainS);
      await Promise.all([stopListening(), jobs.stop()]);
      lock.release();
    };
    return {
      url,
      dataDir,
      pagesAt: pagesAt(home),
      adminKey: admin.created,
      close: () => (closed ??= close()),
    };
  } catch (error) {
    await listener?.close();
    lock.release();
    throw error;
  }
}

/** As `pagesAt` of a service with these options. */
export const pagesOf = (dataDir: string, store: string | undefined): string =>
  pagesAt({ dataDir: resolve(dataDir), ...(store !== undefined && { store: s3Location(store) }) });

/** Takes the data folder and removes files that a killed service left half-written. */
async function ownFolder(dataDir: string): Promise<Lock> {
  try {
    const lock = takeLock(dataDir, "service", "Use that one, end it, or name another folder with --data.");
    await clearUnfinished(objectsFolder(dataDir));
    await clearUnfinished(siteFolder(dataDir));
    return lock;
  } catch (error) {
    throw storeError(error, dataDir);
  }
}

async function adminOf(
  given: string | undefined,
  isLoopback: boolean,
  dataDir: string,
): Promise<{ sha256: string | null; created: string | null }> {
  if (given !== undefined) return { sha256: sha256Hex(given), created: null };
  return isLoopback ? { sha256: null, created: null } : loadAdminKey(dataDir);
}

/** The configuration of a service on this machine. */
export async function configOf(publicUrl: string, adminKeySha256: string | null): Promise<ServiceConfig> {
  const { version }: { version: string } = JSON.parse(
    await readFile(new URL("../package.json", import.meta.url), "utf8"),
  );
  return {
    platform: "local",
    publicUrl,
    generator: `brimline ${version}`,
    region: null,
    defaultVisibility: adminKeySha256 === null ? "public" : "private",
    adminKeySha256,
    caps: LOCAL_CAPS,
    progressEveryMs: 1000,
    controlEveryMs: 250,
  };
}
