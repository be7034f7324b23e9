import { createLog } from "@brimline/functions/log";
import type { JobState } from "@brimline/core/job/state/job";
import { createGuard } from "@brimline/load/guard/guard";
import { diskStore } from "@brimline/store/disk";
import { listAll } from "@brimline/store/store";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { setStatus, type StatusObject } from "@brimline/functions/objects/status";
import { createSealer } from "@brimline/functions/sealer";
import type { Service, ServiceConfig } from "@brimline/functions/service";
import { deliver } from "@brimline/functions/tasks/notify";
import { createApp } from "@brimline/functions/api/app";
import { idKeyOf } from "@brimline/functions/api/id";
import type { Ports } from "@brimline/functions/api/ports";

/**
 * The app for tests. It has real stores in a folder of its own, which is removed with the test, or when `whenDone` says.
 * It runs no workflow: `started` lists the jobs whose workflow it would start, `published` those whose page it would change.
 */

export const NOW_MS = Date.UTC(2026, 4, 1, 12);
export const JOB = { endpoint: { url: "http://127.0.0.1:8000/v1", model: "llama-3.1-8b" }, levels: [10, 50] };

export interface Sent {
  status: number;
  headers: Headers;
  text: string;
  /** It is null where the body is no JSON. */
  json: Record<string, unknown> | null;
}

export interface Testbed {
  app: ReturnType<typeof createApp>;
  service: Service;
  started: string[];
  /** The jobs whose page it would bring in line. */
  published: string[];
  logged: unknown[];
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Sent>;
  /** Every object of the data store as text, by key. */
  objects: () => Promise<Map<string, string>>;
}

export async function testbed(
  config: Partial<ServiceConfig> = {},
  whenDone: (remove: () => Promise<void>) => void = onTestFinished,
): Promise<Testbed> {
  const folder = await mkdtemp(join(tmpdir(), "brimline-api-"));
  whenDone(() => rm(folder, { recursive: true, force: true }));
  const masterKey = randomBytes(32);
  const service: Service = {
    data: diskStore(join(folder, "data")),
    site: diskStore(join(folder, "site")),
    guard: createGuard({ profile: "local" }),
    sealer: createSealer(masterKey),
    idKey: idKeyOf(masterKey),
    config: {
      platform: "local",
      publicUrl: "http://127.0.0.1:4870",
      generator: "brimline 0.1.0",
      region: null,
      defaultVisibility: "public",
      adminKeySha256: null,
      caps: { openJobs: 100, users: 1000, level: null, bodyBytes: 256 * 1024 },
      progressEveryMs: 20,
      controlEveryMs: 20,
      ...config,
    },
    now: () => NOW_MS,
  };
  const started: string[] = [];
  const published: string[] = [];
  const logged: unknown[] = [];
  const app = createApp(service, {
    ...portsOf(service),
    startJob: async (id) => void started.push(id),
    publish: async (id) => void published.push(id),
    log: createLog("error", { write: (line) => void logged.push(JSON.parse(line)) }),
  });
  return { app, service, started, published, logged, send: sender(app), objects: () => objectsOf(service) };
}

/** Ports without an engine. They start nothing, and make a redelivery at once. */
export const portsOf = (service: Service): Ports => ({
  startJob: async () => {},
  publish: async () => {},
  redeliver: async (jobId, sequence) => void (await deliver(service, { jobId, sequence, redeliver: true })),
});

/**
 * Sends text and bytes as they are, and anything else as JSON. A body has the content type of JSON unless
 * `headers` says otherwise.
 */
const sender =
  (app: Testbed["app"]): Testbed["send"] =>
  async (method, path, body, headers = {}) => {
    const raw =
      body === undefined || typeof body === "string" || body instanceof Uint8Array
        ? body
        : JSON.stringify(body);
    const init: RequestInit = {
      method,
      headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    };
    if (raw !== undefined) init.body = raw as NonNullable<RequestInit["body"]>;
    const response = await app.request(path, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  };

function jsonOf(text: string): Sent["json"] {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function objectsOf(service: Service): Promise<Map<string, string>> {
  const objects = new Map<string, string>();
  for await (const key of listAll(service.data, ""))
    objects.set(key, (await service.data.get(key))?.body.toString("latin1") ?? "");
  return objects;
}

/** The pointers of a problem's errors, in order. */
export const pointersOf = (sent: Sent): string[] =>
  ((sent.json?.["errors"] ?? []) as { pointer: string }[]).map((error) => error.pointer);

/** The last word of a problem's type. */
export const typeOf = (sent: Sent): string | undefined =>
  (sent.json?.["type"] as string | undefined)?.split("/problems/")[1];

/** Writes a job's state, as its workflow does. */
export const setState = ({ service }: Testbed, id: string, state: JobState): Promise<StatusObject> =>
  setStatus(service, id, { state, levels: 2 });
