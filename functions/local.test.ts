import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { holderPlace } from "@brimline/lock/lock";
import { startLocalService } from "./local.ts";
import type { LocalOptions, LocalService } from "./local.ts";
import { keys } from "@brimline/store/keys";
import { diskStore } from "@brimline/store/disk";

const root = await mkdtemp(join(tmpdir(), "brimline-local-"));
afterAll(() => rm(root, { recursive: true, force: true }));
let running: LocalService[] = [];
afterEach(async () => {
  await Promise.all(running.map((service) => service.close()));
  running = [];
});

async function start(options: LocalOptions = {}): Promise<LocalService> {
  const service = await startLocalService({ port: 0, dataDir: await mkdtemp(join(root, "d-")), ...options });
  running.push(service);
  return service;
}

const health = async (url: string): Promise<number> => (await fetch(new URL("/health", url))).status;
const list = (url: string, key?: string): Promise<Response> =>
  fetch(new URL("/v1/jobs", url), { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });

describe("a local service", () => {
  test("needs no key on loopback, and lets go of its folder and port when it is closed", async () => {
    const service = await start();
    expect(service.adminKey).toBeNull();
    expect((await list(service.url)).status).toBe(200);
    expect(holderPlace(service.dataDir, "service")).toEqual({ url: service.url, stays: true });
    await service.close();
    await service.close();
    expect(holderPlace(service.dataDir, "service")).toBeNull();
    await expect(health(service.url)).rejects.toThrow();
    await start({ dataDir: service.dataDir });
  });

  test("is not ready before it stops, and answers what it has for as long as it was told to", async () => {
    const service = await start({ drainS: 0.5 });
    const ready = async (): Promise<number> => (await fetch(new URL("/ready", service.url))).status;
    expect(await ready()).toBe(200);
    const closed = service.close();
    expect([await ready(), await health(service.url)]).toEqual([503, 200]);
    await closed;
    await expect(ready()).rejects.toThrow();
  });

  test("needs a key on any other host, which it shows at the first start only and stores as a hash", async () => {
    const options = { host: "0.0.0.0", publicUrl: "http://127.0.0.1:1" };
    const first = await start(options);
    const key = first.adminKey ?? "";
    const url = first.url.replace("0.0.0.0", "127.0.0.1");
    expect(key).toMatch(/^bl_admin_[0-9a-f]{64}_[0-9a-f]{8}$/);
    expect((await list(url)).status).toBe(401);
    expect((await list(url, key)).status).toBe(200);
    const file = join(first.dataDir, "admin.key.sha256");
    expect(await readFile(file, "utf8")).not.toContain(key);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await first.close();
    const second = await start({ ...options, dataDir: first.dataDir });
    expect(second.adminKey).toBeNull();
    expect((await list(second.url.replace("0.0.0.0", "127.0.0.1"), key)).status).toBe(200);
  });

  test.each<[string, () => Promise<LocalOptions>, RegExp]>([
    [
      "any host but loopback without its public address",
      async () => ({ host: "0.0.0.0" }),
      /--host 0\.0\.0\.0 needs --public-url: the URL at which callers reach/,
    ],
    [
      "a host that is not this machine's",
      async () => ({ host: "192.0.2.1", publicUrl: "http://h.test" }),
      /192\.0\.2\.1 is no address of this machine: choose another with --host/,
    ],
    [
      "a port that is in use",
      async () => ({ port: (occupied.address() as AddressInfo).port }),
      /is in use: choose another with --port/,
    ],
  ])("is not started on %s, and says so", async (_, options, message) => {
    await once(occupied.listen(0, "127.0.0.1"), "listening");
    try {
      const dataDir = await mkdtemp(join(root, "d-"));
      await expect(start({ dataDir, ...(await options()) })).rejects.toThrow(message);
      expect(holderPlace(dataDir, "service")).toBeNull();
    } finally {
      occupied.close();
    }
  });

  test("refuses jobs that name itself as their endpoint", async () => {
    const { url } = await start();
    const response = await fetch(new URL("/v1/jobs", url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ endpoint: { url: `${url}/v1`, model: "m" }, levels: [1] }),
    });
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("address_refused");
  });

  test("removes at its start what a crash left of a submission that was never accepted", async () => {
    const dataDir = await mkdtemp(join(root, "d-"));
    const store = diskStore(join(dataDir, "objects"));
    const left = [keys.open("x"), keys.secret("x"), keys.webhookSecret("x")];
    for (const key of left) await store.put(key, "{}");
    await start({ dataDir });
    for (const key of left) expect(await store.get(key), key).toBeNull();
  });
});

const occupied = createServer();
