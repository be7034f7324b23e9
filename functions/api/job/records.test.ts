import { type LevelEnd, NOTHING_USED } from "@brimline/core/job/level/attempt";
import { levelCounters } from "@brimline/core/job/level/level";
import { createRecorder } from "@brimline/store/recorder";
import { recordsOf } from "@brimline/store/records";
import { keys } from "@brimline/store/keys";
import { JOB, type Testbed, testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { plausibleRecords } from "@brimline/testkit/plausible";
import { plausibleLevel } from "@brimline/testkit/plausible-job";
import { describe, expect, test } from "vitest";
import { putObject } from "../../objects/object.ts";

const RECORDS = [...plausibleRecords({ shard: 0, shards: 1, requests: 50, chunks: 5, users: 5 })];

async function recorded(): Promise<Buffer> {
  const recorder = createRecorder();
  for (const record of RECORDS) recorder.add(record);
  return recorder.body();
}

/** Writes what shards leave of an attempt, and its end if it has one. */
async function attempt(
  { service: { data } }: Testbed,
  id: string,
  { level, number, hasEnded }: { level: string; number: number; hasEnded: boolean },
): Promise<void> {
  const { plan, summaries } = plausibleLevel([{ requests: 50, endMs: 1000 }], 5);
  const key = keys.attemptKey(id, level, 0, number);
  await data.create(keys.records(key, 0), await recorded());
  // The second shard was lost after its records.
  await data.create(keys.records(key, 1), await recorded());
  await putObject(data, keys.shardSummary(key, 0), summaries[0]);
  const end: LevelEnd = {
    schema: "brimline.level/1",
    plan: { ...plan, id: level, role: level === "warmup" ? "warmup" : "measured" },
    attempt: number,
    t0UnixMs: level === "warmup" ? 1 : 2,
    state: "completed",
    problem: null,
    shards: 2,
    missingShards: 1,
    counters: levelCounters("completed", summaries),
    used: NOTHING_USED,
    learnt: null,
  };
  if (hasEnded) await putObject(data, keys.levelEnd(key), end);
}

describe("a job's raw records", () => {
  test("are the files of done shards, of the attempts that ended a level", async () => {
    const bed = await testbed();
    const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    expect((await bed.send("GET", `/v1/jobs/${id}/records`)).json).toEqual({ files: [] });
    await attempt(bed, id, { level: "l01", number: 1, hasEnded: false });
    await attempt(bed, id, { level: "l01", number: 2, hasEnded: true });
    await attempt(bed, id, { level: "warmup", number: 1, hasEnded: true });
    await attempt(bed, id, { level: "l02", number: 1, hasEnded: false });
    const { json } = await bed.send("GET", `/v1/jobs/${id}/records`);
    expect(json).toEqual({
      files: [
        { file: "warmup-r0-a1-shard-000.parquet", level: "warmup", role: "warmup", repeat: 0, shard: 0 },
        { file: "l01-r0-a2-shard-000.parquet", level: "l01", role: "measured", repeat: 0, shard: 0 },
      ],
    });
    const response = await bed.app.request(`/v1/jobs/${id}/records/l01-r0-a2-shard-000.parquet`);
    expect([response.status, response.headers.get("content-type")]).toEqual([
      200,
      "application/vnd.apache.parquet",
    ]);
    expect([...recordsOf(Buffer.from(await response.arrayBuffer()))]).toEqual(RECORDS);
  });

  test.each([
    ["a file that is not there", "l09-r0-a1-shard-000.parquet"],
    ["a name that is none", "..%2F..%2Fspec.json"],
    ["another object's name", "level.json"],
  ])("%s is not found", async (_, file) => {
    const bed = await testbed();
    const id = String((await bed.send("POST", "/v1/jobs", JOB)).json?.["id"]);
    await attempt(bed, id, { level: "l01", number: 1, hasEnded: true });
    const sent = await bed.send("GET", `/v1/jobs/${id}/records/${file}`);
    expect([sent.status, typeOf(sent)]).toEqual([404, "not_found"]);
  });

  test("are for the holder of the key alone", async () => {
    const bed = await testbed({ adminKeySha256: "0".repeat(64) });
    for (const path of ["records", "records/l01-r0-a1-shard-000.parquet"])
      expect((await bed.send("GET", `/v1/jobs/${"a".repeat(20)}/${path}`)).status).toBe(401);
  });
});
