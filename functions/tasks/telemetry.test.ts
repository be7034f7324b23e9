import type { Source } from "@brimline/core/record/telemetry/sample";
import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import type { ObjectStore } from "@brimline/store/store";
import fc from "fast-check";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { overlappingSegments, segmentOf } from "./telemetry.ts";

const root = await mkdtemp(join(tmpdir(), "brimline-telemetry-"));
afterAll(() => rm(root, { recursive: true }));
let store = diskStore(root);
beforeEach(async () => {
  store = diskStore(await mkdtemp(join(root, "s-")));
});

const NOON = Date.UTC(2026, 0, 2, 12);
const AGENT = "a0000000000000000000";
const span = { fromUnixMs: NOON, toUnixMs: NOON + 60_000 };

/** A segment from one time to another. Its body is empty, because it is not read. */
async function upload(
  sequence: number,
  firstUnixMs: number,
  lastUnixMs: number,
  { agent = AGENT, source = "gpu" }: { agent?: string; source?: Source } = {},
): Promise<string> {
  const key = keys.segment(agent, { source, boot: "b", sequence, firstUnixMs, lastUnixMs });
  await store.put(key, "");
  return key;
}

describe("the segments of a job", () => {
  test("are those that overlap its time within a minute of clock error, also from the hour before", async () => {
    await upload(1, NOON - 600_000, NOON - 300_000);
    const before = await upload(2, NOON - 200_000, NOON - 20_000);
    const within = await upload(3, NOON, NOON + 30_000);
    const last = await upload(4, NOON + 30_000, NOON + 70_000);
    await upload(5, NOON + 300_000, NOON + 400_000);
    await upload(6, NOON, NOON + 70_000, { agent: "b0000000000000000000" });
    expect(await overlappingSegments({ data: store }, [AGENT], span, 0)).toEqual(
      [before, within, last].toSorted(),
    );
  });

  test("are found without listing other hours, and without reading any", async () => {
    const hourMs = 3_600_000;
    for (let hour = 1; hour <= 40; hour++)
      await upload(hour, NOON - (41 - hour) * hourMs, NOON - (41 - hour) * hourMs + 1000);
    for (let minute = 0; minute < 40; minute++)
      await upload(100 + minute, NOON - (60 - minute) * 60_000, NOON - (60 - minute) * 60_000 + 1000);
    const within = await upload(200, NOON, NOON + 70_000);
    for (let hour = 1; hour <= 20; hour++)
      await upload(300 + hour, NOON + hour * hourMs, NOON + hour * hourMs + 1000);
    const listed: string[] = [];
    const counting: ObjectStore = {
      ...store,
      async list(prefix, options) {
        const page = await store.list(prefix, { ...options, limit: 10 });
        listed.push(...page.keys);
        return page;
      },
      get: (key) => Promise.reject(new Error(`${key} is read`)),
    };
    expect(await overlappingSegments({ data: counting }, [AGENT], span, 0)).toEqual([within]);
    // The listing begins two hours before: two hourly segments, the 40, the job's, and at most one page
    // beyond it.
    expect(listed.length).toBeLessThanOrEqual(50);
  });

  test("are not what else lies beside them", async () => {
    const within = await upload(1, NOON, NOON + 70_000);
    await store.put(`${keys.telemetryPrefix(AGENT)}${NOON}-note.txt`, "");
    expect(await overlappingSegments({ data: store }, [AGENT], span, 0)).toEqual([within]);
  });

  test("are waited for until one reaches the end of the last level", async () => {
    await upload(1, NOON, NOON + 30_000);
    setTimeout(() => void upload(2, NOON + 30_000, NOON + 61_000), 300);
    expect(await overlappingSegments({ data: store }, [AGENT], span, 10_000)).toHaveLength(2);
  });

  test("are waited for until each source reaches it", async () => {
    await upload(1, NOON, NOON + 70_000);
    await upload(2, NOON, NOON + 30_000, { source: "server" });
    setTimeout(() => void upload(3, NOON + 30_000, NOON + 61_000, { source: "server" }), 300);
    expect(await overlappingSegments({ data: store }, [AGENT], span, 10_000)).toHaveLength(3);
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

test("a segment is read alike, wherever its gzip was cut into members", async () => {
  const header = {
    schema: "brimline.sample/1",
    source: "host",
    writer: AGENT,
    boot: "b",
    host: "h",
    identities: [{ index: 0, id: "h", name: "h", facts: {} }],
    columns: [{ name: "load", unit: "1" }],
    probes: [[0, NOON, NOON, 1]],
  };
  const lines = [
    JSON.stringify(header),
    ...Array.from({ length: 40 }, (_, n) => `[${n * 500},0,${n}.5]`),
    "[x",
  ];
  const text = Buffer.from(`${lines.join("\n")}\n`);
  const whole = await segmentOf(gzipSync(text));
  expect(whole).toMatchObject({ readings: { length: 40 } });
  const cuts = fc.array(fc.nat(text.length), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      const ends = [...at.toSorted((a, b) => a - b), text.length];
      const members = ends.map((end, n) => gzipSync(text.subarray(ends[n - 1] ?? 0, end)));
      expect(await segmentOf(Buffer.concat(members))).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

test.each<[string, Buffer]>([
  ["is no gzip", Buffer.from("not gzip")],
  ["is cut off", gzipSync("x".repeat(1000)).subarray(0, 20)],
  ["unpacks to more than an upload may hold", gzipSync(Buffer.alloc(65 * 1024 * 1024))],
])("a segment that %s gives nothing and is counted", async (_, body) => {
  expect(await segmentOf(body)).toEqual({ header: null, readings: [], rejected: { bad_gzip: 1 } });
});
