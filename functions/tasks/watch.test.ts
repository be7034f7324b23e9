import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import type { StoredObject } from "@brimline/store/store";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { putObject } from "../objects/object.ts";
import { watchControl } from "./watch.ts";

const JOB = "j";
const folder = await mkdtemp(join(tmpdir(), "brimline-watch-"));
const store = diskStore(folder);
afterEach(() => vi.useRealTimers());
afterAll(() => rm(folder, { recursive: true }));

const control = (action: string) => ({ schema: "brimline.control/1", action });

describe("a shard's watch over its control object", () => {
  test("stops the load soon after the object says cancel", async () => {
    await putObject(store, keys.control(JOB), control("run"));
    const over = new AbortController();
    const { promise: why, resolve } = Promise.withResolvers<string>();
    const beganMs = performance.now();
    watchControl({ data: store, config: { controlEveryMs: 50 } }, JOB, over.signal, resolve);
    setTimeout(() => void putObject(store, keys.control(JOB), control("cancel")), 200);
    expect(await why).toBe("cancelled");
    expect(performance.now() - beganMs).toBeLessThan(3000);
    over.abort();
  });

  test.each<[string, () => Promise<StoredObject | null>]>([
    ["is missing", async () => null],
    ["cannot be read", async () => Promise.reject(new Error("no access"))],
    ["is no control object", async () => ({ body: Buffer.from("{}"), etag: "x", contentType: null })],
    ["does not answer", () => new Promise<never>(() => {})],
  ])("stops it as lost_control when the object %s for 8 s, and not before", async (_, get) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
    const over = new AbortController();
    const stops: string[] = [];
    watchControl(
      { data: { ...store, get, getIfChanged: get }, config: { controlEveryMs: 200 } },
      JOB,
      over.signal,
      (why) => stops.push(why),
    );
    await vi.advanceTimersByTimeAsync(7900);
    expect(stops).toEqual([]);
    await vi.advanceTimersByTimeAsync(700);
    expect(stops[0]).toBe("lost_control");
    over.abort();
    expect(vi.getTimerCount()).toBe(0);
  });
});
