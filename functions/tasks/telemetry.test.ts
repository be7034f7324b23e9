import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { overlappingSegments } from "./telemetry.ts";

const root = await mkdtemp(join(tmpdir(), "brimline-telemetry-"));
afterAll(() => rm(root, { recursive: true }));
let store = diskStore(root);
beforeEach(async () => {
  store = diskStore(await mkdtemp(join(root, "s-")));
});

const NOON = Date.UTC(2026, 0, 2, 12);
const BOOT = NOON - 3_600_000;
const AGENT = "a0000000000000000000";
const span = { fromUnixMs: NOON, toUnixMs: NOON + 60_000 };

/** A segment of an agent whose clock is right, with one sample each second from one time to another. */
async function upload(
  sequence: number,
  fromUnixMs: number,
  toUnixMs: number,
  agent = AGENT,
): Promise<string> {
  const header = {
    schema: "brimline.sample/1",
    agent,
    boot: "b",
    host: "h",
    gpus: [{ index: 0, uuid: "GPU-1", name: "NVIDIA A40", driver: "1", limitW: null }],
    columns: ["monotonicMs", "gpu", "powerW"],
    probes: [],
    startedUnixMs: BOOT,
  };
  const rows = [];
  for (let unixMs = fromUnixMs; unixMs <= toUnixMs; unixMs += 1000) rows.push([unixMs - BOOT, 0, 100]);
  const hour = new Date(fromUnixMs).toISOString().replace(/\D/g, "").slice(0, 10);
  const key = keys.segment(agent, hour, "b", sequence);
  await store.put(key, gzipSync([header, ...rows].map((line) => JSON.stringify(line)).join("\n")));
  return key;
}

describe("the segments of a job", () => {
  test("are those that overlap its time within a minute of clock error, also from the hour before", async () => {
    await upload(1, NOON - 600_000, NOON - 300_000);
    const before = await upload(2, NOON - 200_000, NOON - 20_000);
    const within = await upload(3, NOON, NOON + 30_000);
    const last = await upload(4, NOON + 30_000, NOON + 70_000);
    await upload(5, NOON + 300_000, NOON + 400_000);
    await upload(6, NOON, NOON + 70_000, "b0000000000000000000");
    expect(await overlappingSegments({ data: store }, [AGENT], span, 0)).toEqual(
      [before, within, last].toSorted(),
    );
  });

  test("are found without listing other hours, and only the latest of the earlier ones are read", async () => {
    const hourMs = 3_600_000;
    for (let hour = 1; hour <= 40; hour++)
      await upload(hour, NOON - (41 - hour) * hourMs, NOON - (41 - hour) * hourMs + 1000);
    for (let minute = 0; minute < 40; minute++)
      await upload(100 + minute, NOON - (60 - minute) * 60_000, NOON - (60 - minute) * 60_000 + 1000);
    const within = await upload(200, NOON, NOON + 70_000);
    for (let hour = 1; hour <= 20; hour++)
      await upload(300 + hour, NOON + hour * hourMs, NOON + hour * hourMs + 1000);
    const listed: string[] = [];
    const reads: string[] = [];
    const counting: ObjectStore = {
      ...store,
      async list(prefix, options) {
        const page = await store.list(prefix, { ...options, limit: 10 });
        listed.push(...page.keys);
        return page;
      },
      get(key) {
        reads.push(key);
        return store.get(key);
      },
    };
    expect(await overlappingSegments({ data: counting }, [AGENT], span, 0)).toEqual([within]);
    // The listing begins two hours before: two hourly segments, the 40, the job's, and at most one page
    // beyond it.
    expect(listed.length).toBeLessThanOrEqual(50);
    expect(reads.length).toBeLessThanOrEqual(8);
  });

  test.each<[string, Buffer]>([
    ["is no gzip", Buffer.from("not gzip")],
    ["is cut off", gzipSync("x".repeat(1000)).subarray(0, 20)],
    ["unpacks to more than an upload may hold", gzipSync(Buffer.alloc(65 * 1024 * 1024))],
  ])("one that %s is none", async (_, body) => {
    const good = await upload(1, NOON, NOON + 70_000);
    await store.put(keys.segment(AGENT, "2026010212", "b", 2), body);
    expect(await overlappingSegments({ data: store }, [AGENT], span, 0)).toEqual([good]);
  });

  test("are waited for until one reaches the end of the last level", async () => {
    await upload(1, NOON, NOON + 30_000);
    setTimeout(() => void upload(2, NOON + 30_000, NOON + 61_000), 300);
    expect(await overlappingSegments({ data: store }, [AGENT], span, 10_000)).toHaveLength(2);
  });

  test("are no longer waited for after the longest wait, and what is missing is a gap", async () => {
    const only = await upload(1, NOON, NOON + 30_000);
    const beganMs = performance.now();
    expect(await overlappingSegments({ data: store }, [AGENT], span, 1000)).toEqual([only]);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(1000);
  });

  test("are none, without a wait, when the job names no agent", async () => {
    expect(await overlappingSegments({ data: store }, [], span)).toEqual([]);
  });
});
