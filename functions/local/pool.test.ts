import { type AttemptStart, NOTHING_USED } from "@brimline/core/job/level/attempt";
import { DEFAULT_CALIBRATION } from "@brimline/core/job/request/calibration";
import { keys } from "@brimline/store/keys";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { openService } from "./home.ts";
import { createObject } from "../objects/object.ts";
import { createWorkerPool, type WorkerPool } from "./pool.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";

const dataDir = await mkdtemp(join(tmpdir(), "brimline-pool-"));
const JOB = "p0000000000000000000";
const attemptKey = keys.attemptKey(JOB, "l01", 0, 1);
/** A shard whose T0 is an hour away, so that it only waits. */
const WAITING = { jobId: JOB, attemptKey, shard: 0 };
let pool: WorkerPool;
beforeEach(async () => {
  pool = createWorkerPool(homeOf(dataDir));
  const service = await openService(homeOf(dataDir));
  await acceptJob(service, JOB);
  await createObject(service.data, keys.preflight(JOB), ACCEPTED_PREFLIGHT);
  await createObject(service.data, keys.attemptStart(attemptKey), {
    schema: "brimline.attempt/1",
    calibration: DEFAULT_CALIBRATION,
    plan: {
      id: "l01",
      role: "measured",
      load: { kind: "concurrency", users: 1 },
      stop: { durationS: 1, requests: null },
      rampS: 0,
      repeat: 0,
    },
    attempt: 1,
    shards: 1,
    t0UnixMs: Date.now() + 3_600_000,
    largestE2eMs: null,
    isShortened: false,
    budget: { requests: null, outputTokens: null },
    maxOpen: 100,
    torn: NOTHING_USED,
    lostAfterUnixMs: Date.now() + 7_200_000,
  } satisfies AttemptStart);
});
afterEach(() => pool.close());
afterAll(() => rm(dataDir, { recursive: true, force: true }));

describe("a pool of workers", () => {
  test("gives a task's answer, and its fault with its code", async () => {
    expect(await pool.run("preflight", { jobId: JOB }, 10_000)).toEqual({
      value: { verdict: "accepted", problem: null },
    });
    expect(await pool.run("preflight", { jobId: "nobody" }, 10_000)).toEqual({
      fault: { name: "BrimlineError.internal", message: "there is no job nobody" },
    });
  });

  test.each([
    ["a task that does not exist", "dance", {}, /no task is called "dance"/],
    ["an input that does not fit", "shard", { jobId: 1 }, /expected string, received number/],
  ])("rejects %s", async (_, task, input, message) => {
    await expect(pool.run(task, input, 10_000)).rejects.toThrow(message);
  });

  test("kills a worker that takes longer than its limit, and has another for the next task", async () => {
    await expect(pool.run("shard", WAITING, 1500)).rejects.toThrow(
      /the worker process that ran shard ended \(SIGKILL\)/,
    );
    expect(await pool.run("preflight", { jobId: JOB }, 10_000)).toHaveProperty("value");
  });

  test("ends all its workers at once when it closes, and takes no more tasks", async () => {
    const running = expect(pool.run("shard", WAITING, 60_000)).rejects.toThrow(
      /the worker process that ran shard ended/,
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const askedMs = performance.now();
    await pool.close();
    await running;
    expect(performance.now() - askedMs).toBeLessThan(3000);
    await expect(pool.run("preflight", { jobId: JOB }, 1000)).rejects.toThrow(/stopping/);
  });
});
