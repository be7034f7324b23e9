import { SLICES } from "@brimline/core/record/slices";
import { BrimlineError } from "@brimline/core/error";
import { AttemptStart } from "@brimline/core/job/level/attempt";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { demandOf } from "@brimline/core/load";
import { concurrencyLoad } from "@brimline/core/load/concurrency";
import type { ShardSummary } from "@brimline/core/record/record";
import { Secret } from "@brimline/core/secret";
import { createEngine } from "@brimline/durable/engine";
import { keys } from "@brimline/store/keys";
import { createRecorder } from "@brimline/store/recorder";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { answerOf } from "./wire-error.ts";
import { openService } from "./local/home.ts";
import { jobWorkflow } from "./job.ts";
import { eventsAfter } from "./objects/event.ts";
import { endedLevels } from "./objects/ended-levels.ts";
import { setStatus, statusOf } from "./objects/status.ts";
import { createObject, putObject, readObject } from "./objects/object.ts";
import { createSealer } from "./sealer.ts";
import type { Service } from "./service.ts";
import { aggregateTask } from "./tasks/aggregate.ts";
import { AggregateTaskInput } from "./tasks/freeze.ts";
import { preflightTask } from "./tasks/preflight.ts";
import { ShardInput } from "./tasks/shard-input.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { NO_ARRIVALS, NO_LATENCIES } from "@brimline/testkit/synthetic";

/**
 * The workflow with scripted tasks. The test says what each task answers, and judges what the workflow does
 * with it.
 */

const root = await mkdtemp(join(tmpdir(), "brimline-job-"));
afterAll(() => rm(root, { recursive: true }));

const JOB = "j0000000000000000000";
const names = {
  preflight: "preflight",
  shard: "shard",
  aggregate: "aggregate",
  publish: "publish",
  notify: "notify",
};
const stopping = new AbortController().signal;

let service: Service;
let log: string[] = [];
let shards: ShardInput[] = [];
beforeEach(async () => {
  log = [];
  shards = [];
  service = await openService(homeOf(await mkdtemp(join(root, "d-"))));
});

const accept = (request: Partial<JobRequest> = {}): Promise<void> => acceptJob(service, JOB, request);

/** The summary of a shard that sent nothing, with this end. */
async function writeShard(
  { attemptKey, shard }: ShardInput,
  ended: ShardSummary["ended"],
  stopMs = 500,
  more: Partial<ShardSummary> = {},
): Promise<void> {
  const start = await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart);
  await service.data.create(keys.records(attemptKey, shard), await createRecorder().body());
  const summary: ShardSummary = {
    schema: "brimline.shard/1",
    record: "brimline.record/1",
    shard,
    shards: start?.shards ?? 0,
    t0UnixMs: start?.t0UnixMs ?? 0,
    startLagMs: 0,
    users: 1,
    levelUsers: 1,
    rampEndMs: 0,
    stopMs,
    drainEndMs: stopMs,
    firstIdleMs: null,
    ended,
    requests: { due: 0, sent: 0, ok: 0, failed: 0, censored: 0, resent: 0, errors: {} },
    outputTokens: 0,
    backoffMs: 0,
    medianE2eMs: 10,
    latencies: NO_LATENCIES,
    slices: null,
    openMs: 0,
    simulated: true,
    serverHeader: null,
    certificate: null,
    uncertified: null,
    arrivals: NO_ARRIVALS,
    eventLoop: null,
    ...more,
  };
  await createObject(service.data, keys.shardSummary(attemptKey, shard), summary);
}

const run = (
  script: {
    shard?: (input: ShardInput, call: number) => Promise<unknown>;
    aggregate?: (input: unknown) => Promise<unknown>;
    publish?: () => Promise<unknown>;
    preflight?: () => Promise<unknown>;
  } = {},
) => {
  const engine = createEngine({
    functions: {
      preflight:
        script.preflight ??
        (() =>
          createObject(service.data, keys.preflight(JOB), ACCEPTED_PREFLIGHT).then(() => ({
            value: { verdict: "accepted", problem: null },
          }))),
      shard: async (input) => {
        const parsed = ShardInput.parse(input);
        shards.push(parsed);
        return answerOf(() => (script.shard ?? ((it) => writeShard(it, "completed")))(parsed, shards.length));
      },
      aggregate: script.aggregate ?? (async () => ({ value: {} })),
      publish: script.publish ?? (async () => ({ value: { hasPage: true } })),
      notify: async () => ({}),
    },
  });
  const logError = (error: unknown): void =>
    void log.push(error instanceof Error ? error.message : String(error));
  const rules = { leadMs: 0, maxShards: 2, usersPerShard: 2 };
  return engine.start(JOB, jobWorkflow({ service, names, rules, logError, stopping }), { jobId: JOB });
};

describe("the workflow of a job", () => {
  test("runs the warm-up and then each level, laid out over shards, and marks the job ended", async () => {
    await accept();
    expect((await run()).status).toBe("SUCCEEDED");
    expect(shards.map(({ attemptKey, shard }) => `${attemptKey.split("/")[2]}:${shard}`)).toEqual([
      "warmup:0",
      "l01:0",
      "l02:0",
      "l02:1",
    ]);
    expect(await statusOf(service, JOB)).toMatchObject({
      state: "completed",
      levelsDone: 2,
      levels: 2,
      hasPage: true,
    });
    expect(
      (await eventsAfter(service, JOB, 0)).map(({ type, body }) => [type, body.data.level?.id ?? null]),
    ).toEqual([
      ["job.started", null],
      ["level.completed", "l01"],
      ["level.completed", "l02"],
      ["job.completed", null],
    ]);
    expect(await service.data.get(keys.open(JOB))).toBeNull();
  });

  test("of a search lets each level follow from those before it, until its requests tell", async () => {
    await accept({ warmup: false, levels: { search: { max: 8 } }, slo: { ttftMs: 100 } });
    const usersOf = async ({ attemptKey }: ShardInput): Promise<number> =>
      demandOf(
        (await readObject(service.data, keys.attemptStart(attemptKey), AttemptStart))?.plan.load ??
          concurrencyLoad(0),
      ).value;
    const shard = async (input: ShardInput): Promise<void> => {
      // Up to two users get their first tokens in time.
      const isGood = (await usersOf(input)) <= 2;
      const judged = { good: isGood ? 120 : 0, open: 0, total: 120 };
      const each = { good: isGood ? 2 : 0, open: 0, histogram: { first: 0, counts: [2], cut: 0 } };
      const two = Array.from({ length: SLICES }, () => 2);
      await writeShard(input, "completed", 500, {
        requests: { due: 120, sent: 120, ok: 120, failed: 0, censored: 0, resent: 0, errors: {} },
        latencies: { ...NO_LATENCIES, ttftMs: { ...NO_LATENCIES.ttftMs, judged } },
        slices: {
          startMs: 0,
          endMs: 30_000,
          due: two,
          done: two,
          ttftMs: two.map(() => each),
          tpotMs: null,
          e2eMs: null,
        },
      });
    };
    await run({ shard });
    const firsts = shards.filter((input) => input.shard === 0);
    expect(await Promise.all(firsts.map(usersOf))).toEqual([1, 2, 4, 3]);
    const status = await statusOf(service, JOB);
    expect(status).toMatchObject({ state: "completed", levelsDone: 4, levels: null });
    expect(status.ended.map(({ id, met }) => [id, met])).toEqual([
      ["l01", true],
      ["l02", true],
      ["l03", false],
      ["l04", false],
    ]);
  });

  test.each(["rejected", "failed"] as const)(
    "says when a job ended that was %s before its load",
    async (verdict) => {
      await accept();
      const problem = { code: "unreachable", title: "t", detail: "d" };
      await run({ preflight: async () => ({ value: { verdict, problem } }) });
      const { state, startedAt, finishedAt, verdict: told } = await statusOf(service, JOB);
      expect([state, finishedAt === null]).toEqual([verdict, false]);
      expect(told).toMatchObject({ status: "failed", cause: "unreachable", sentence: "t: d" });
      expect(Date.parse(finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(startedAt ?? ""));
    },
  );

  test("calls preflight again while the endpoint is not up and the job waits for it", async () => {
    await accept();
    let calls = 0;
    const preflight = async () => {
      if (++calls < 3) return { value: { verdict: "waiting", problem: null } };
      await createObject(service.data, keys.preflight(JOB), ACCEPTED_PREFLIGHT);
      return { value: { verdict: "accepted", problem: null } };
    };
    await run({ preflight });
    expect([calls, (await statusOf(service, JOB)).state]).toEqual([3, "completed"]);
  });

  test("that is cancelled while preflight waits ends as cancelled, with no load", async () => {
    await accept();
    await run({ preflight: async () => ({ value: { verdict: "cancelled", problem: null } }) });
    expect(await statusOf(service, JOB)).toMatchObject({
      state: "cancelled",
      problem: { code: "cancelled" },
    });
    expect(shards).toEqual([]);
  });

  test("reads the summaries of a level's shards once, however many levels follow", async () => {
    await accept({ warmup: false, levels: [2, 2, 2] });
    const { data } = service;
    const read: string[] = [];
    service = { ...service, data: { ...data, get: (key) => (read.push(key), data.get(key)) } };
    await run();
    expect(read.filter((key) => /shard-\d+\.json$/.test(key)).map((key) => key.split("/")[2])).toEqual([
      "l01",
      "l02",
      "l03",
    ]);
    expect((await statusOf(service, JOB)).state).toBe("completed");
  });

  // On AWS each of these requests costs money. The requests of the scripted tasks are counted too.
  test("makes this number of requests to the store with a warm-up and three levels", async () => {
    await accept({ levels: [2, 2, 2] });
    const { data } = service;
    const asked = { read: 0, list: 0, write: 0, remove: 0 };
    service = {
      ...service,
      data: {
        ...data,
        get: (key) => (asked.read++, data.get(key)),
        list: (...of) => (asked.list++, data.list(...of)),
        create: (...of) => (asked.write++, data.create(...of)),
        put: (...of) => (asked.write++, data.put(...of)),
        remove: (key) => (asked.remove++, data.remove(key)),
      },
    };
    await run();
    expect(asked).toEqual({ read: 55, list: 12, write: 34, remove: 2 });
  });

  test("changes nothing when it is started again after its end", async () => {
    await accept();
    await run();
    const before = [await eventsAfter(service, JOB, 0), await statusOf(service, JOB), shards.length];
    await run();
    expect([await eventsAfter(service, JOB, 0), await statusOf(service, JOB), shards.length]).toEqual(before);
  });

  test("tells each event once and runs no ended level again when it is started again in the middle", async () => {
    await accept();
    const crash = run({
      shard: async (input, call) => (call <= 2 ? writeShard(input, "completed") : new Promise(() => {})),
    });
    await expect.poll(() => shards.length).toBe(4);
    void crash;
    await run();
    const levels = await endedLevels(service, JOB);
    expect(levels.map(({ end }) => [end.plan.id, end.attempt])).toEqual([
      ["warmup", 1],
      ["l01", 1],
      ["l02", 2],
    ]);
    expect((await eventsAfter(service, JOB, 0)).map((event) => event.type)).toEqual([
      "job.started",
      "level.completed",
      "level.completed",
      "job.completed",
    ]);
  });

  test("never takes a running job back to preflight, nor changes the state of an ended job", async () => {
    await accept();
    await setStatus(service, JOB, { state: "running" });
    expect((await setStatus(service, JOB, { state: "preflight", levels: 2 })).state).toBe("running");
    await setStatus(service, JOB, { state: "cancelled" });
    expect(await setStatus(service, JOB, { state: "completed", hasPage: true })).toMatchObject({
      state: "cancelled",
      hasPage: false,
      levels: 2,
    });
  });

  test("ends an attempt whose shards are all done without running it again", async () => {
    await accept({ warmup: false, levels: [2] });
    const crash = run({
      shard: async (input) => writeShard(input, "completed").then(() => new Promise(() => {})),
    });
    await expect
      .poll(
        async () =>
          shards[0] !== undefined &&
          (await service.data.get(keys.shardSummary(shards[0].attemptKey, 0))) !== null,
      )
      .toBe(true);
    void crash;
    await run();
    expect((await endedLevels(service, JOB)).map(({ end }) => end.attempt)).toEqual([1]);
  });

  test.each<[ShardSummary["ended"], number, string, string]>([
    ["endpoint_down", 3, "partial", "endpoint_down"],
    ["unproved", 3, "partial", "unproved"],
    ["rate_limited", 3, "partial", "rate_limited"],
    ["budget", 3, "partial", "budget"],
    ["lost_control", 3, "partial", "internal"],
    ["cancelled", 3, "cancelled", "cancelled"],
    ["endpoint_down", 1, "failed", "endpoint_down"],
  ])("a shard that ends as %s in call %i ends the job as %s with %s", async (ended, at, state, code) => {
    await accept();
    await run({ shard: (input, call) => writeShard(input, call === at ? ended : "completed") });
    expect(await statusOf(service, JOB)).toMatchObject({ state, problem: { code } });
  });

  test.each([
    ["uses it up ends the job like a limit of its own", 3000, "stopped", "partial", "budget"],
    ["is done before completes", 2900, "completed", "completed", undefined],
  ])(
    "a level that stops after its requests gets the longest time that there is, and one that %s",
    async (_, stopMs, level, state, code) => {
      service.config.caps.level = { loadS: 3, endS: 4 };
      await accept({ warmup: false, levels: [2], stop: { requests: 100 } });
      await run({ shard: (input) => writeShard(input, "completed", stopMs) });
      const [finished] = await endedLevels(service, JOB);
      expect(finished?.end).toMatchObject({
        state: level,
        plan: { stop: { durationS: 3, requests: 100 } },
      });
      const status = await statusOf(service, JOB);
      expect([status.state, status.problem?.code]).toEqual([state, code]);
    },
  );

  test("makes two more attempts at a level that lost a shard, then goes on with the shards that it has", async () => {
    await accept({ warmup: false, levels: [4, 2] });
    await run({
      shard: async (input) =>
        input.shard === 1 ? Promise.reject(new Error("out of memory")) : writeShard(input, "completed"),
    });
    expect(
      (await endedLevels(service, JOB)).map(({ end }) => [
        end.plan.id,
        end.attempt,
        end.state,
        end.missingShards,
      ]),
    ).toEqual([
      ["l01", 3, "completed", 1],
      ["l02", 1, "completed", 0],
    ]);
    expect((await statusOf(service, JOB)).state).toBe("completed");
  });

  test("counts what torn attempts sent against the job's limits, a lost shard by its last progress in this attempt and run", async () => {
    await accept({ warmup: false, levels: [4], limits: { maxRequests: 100, maxOutputTokens: 1000 } });
    await run({
      shard: async (input) => {
        if (input.shard === 0) return writeShard(input, "completed");
        const lastWord = {
          schema: "brimline.progress/1",
          repeat: 0,
          inFlight: 1,
          ok: 4,
          failed: 2,
          errors: {},
          outputTokens: 90,
          outputTokensPerS: null,
        };
        const attempt = Number(/a(\d)\/$/.exec(input.attemptKey)?.[1]);
        // In the second attempt the shard is lost before it wrote any progress.
        if (attempt !== 2)
          await putObject(service.data, keys.progress(JOB, "l01", 1), { ...lastWord, attempt });
        throw new Error("out of memory");
      },
    });
    const attempts = await Promise.all(
      [1, 2, 3].map((n) =>
        readObject(service.data, keys.attemptStart(keys.attemptKey(JOB, "l01", 0, n)), AttemptStart),
      ),
    );
    expect(attempts.map((attempt) => [attempt?.torn, attempt?.budget])).toEqual([
      [
        { requests: 0, outputTokens: 0 },
        { requests: 100, outputTokens: 1000 },
      ],
      ...Array.from({ length: 2 }, () => [
        { requests: 7, outputTokens: 90 },
        { requests: 93, outputTokens: 910 },
      ]),
    ]);
    const [level] = await endedLevels(service, JOB);
    expect(level?.end.used).toEqual({ requests: 14, outputTokens: 180 });
  });

  test.each(["disk_full", "secret_unavailable"] as const)(
    "%s from a shard is not tried again, and the job fails with it",
    async (code) => {
      await accept();
      await run({ shard: () => Promise.reject(new BrimlineError(code, "no")) });
      expect(shards).toHaveLength(1);
      expect(await statusOf(service, JOB)).toMatchObject({ state: "failed", problem: { code } });
    },
  );

  test("an endpoint's key that cannot be opened fails the job with secret_unavailable, before any request", async () => {
    await accept();
    await service.data.put(
      keys.secret(JOB),
      createSealer(Buffer.alloc(32)).seal(JOB, "endpoint", new Secret("sk-1")),
    );
    await run({ preflight: () => answerOf(() => preflightTask(service, { jobId: JOB })) });
    expect(await statusOf(service, JOB)).toMatchObject({
      state: "failed",
      problem: { code: "secret_unavailable" },
    });
    expect(await service.data.get(keys.secret(JOB))).toBeNull();
    expect(shards).toEqual([]);
  });

  test.each([
    ["are always lost after the result is written", Infinity, true, 1],
    ["are lost twice with their process", 2, false, 3],
  ])("a job completes when answers of preflight and aggregate %s", async (_, times, hasWritten, calls) => {
    await accept({ levels: [2] });
    const called = { preflight: 0, aggregate: 0 };
    const losing = async (name: keyof typeof called, act: () => Promise<unknown>): Promise<unknown> => {
      const isLost = ++called[name] <= times;
      if (isLost && !hasWritten) throw new Error("the process was lost");
      await act();
      if (isLost) throw new Error("the answer was lost");
      return { value: name === "preflight" ? { verdict: "accepted", problem: null } : {} };
    };
    await run({
      preflight: () =>
        losing("preflight", () => createObject(service.data, keys.preflight(JOB), ACCEPTED_PREFLIGHT)),
      aggregate: (input) =>
        losing("aggregate", () => aggregateTask(service, AggregateTaskInput.parse(input))),
    });
    expect(await statusOf(service, JOB)).toMatchObject({
      state: "completed",
      hasReport: true,
      hasPage: true,
    });
    expect(called).toEqual({ preflight: calls, aggregate: calls });
  });

  test("makes a page again when publish was lost", async () => {
    await accept({ levels: [2] });
    let calls = 0;
    const publish = async (): Promise<unknown> => {
      if (++calls < 3) throw new Error("the answer was lost");
      return { value: { hasPage: true } };
    };
    await run({ publish });
    expect([calls, (await statusOf(service, JOB)).hasPage]).toEqual([3, true]);
  });

  test("keeps the report of a job whose page cannot be made", async () => {
    await accept({ levels: [2] });
    await run({ publish: () => Promise.reject(new Error("no renderer")) });
    expect(await statusOf(service, JOB)).toMatchObject({ state: "completed", hasPage: false });
  });

  test("fails the job on an unexpected error and does not tell the caller its text", async () => {
    await accept({ levels: [2] });
    await run({ aggregate: () => Promise.reject(new Error("sk-secret in a stack")) });
    const status = await statusOf(service, JOB);
    expect(status).toMatchObject({ state: "failed", problem: { code: "internal" } });
    expect(JSON.stringify([status, await eventsAfter(service, JOB, 0)])).not.toContain("sk-secret");
  });

  test("ends the job before the next level when its time is used up", async () => {
    await accept({ limits: { maxDurationS: 60 } });
    await setStatus(service, JOB, {
      state: "preflight",
      startedAt: new Date(Date.now() - 59_500).toISOString(),
    });
    await run();
    expect(shards).toEqual([]);
    expect(await statusOf(service, JOB)).toMatchObject({ state: "failed", problem: { code: "budget" } });
  });

  test("fails the job when its control object is missing", { timeout: 30_000 }, async () => {
    await accept();
    await service.data.remove(keys.control(JOB));
    await run();
    expect(shards).toEqual([]);
    expect((await statusOf(service, JOB)).state).toBe("failed");
  });

  test("keeps an end that was told when a cancel comes between the event and the status", async () => {
    await accept({ levels: [2] });
    const whole = service;
    const put: Service["data"]["put"] = async (key, body, options) => {
      if (key === keys.status(JOB) && String(body).includes('"brimline.status/1","state":"completed"'))
        throw new BrimlineError("disk_full", "full");
      return whole.data.put(key, body, options);
    };
    service = { ...whole, data: { ...whole.data, put } };
    expect((await run()).status).toBe("FAILED");
    service = whole;
    expect((await statusOf(service, JOB)).state).toBe("reporting");
    await putObject(service.data, keys.control(JOB), { schema: "brimline.control/1", action: "cancel" });
    await run();
    expect((await statusOf(service, JOB)).state).toBe("completed");
    expect(
      (await eventsAfter(service, JOB, 0))
        .filter((event) => event.type.startsWith("job."))
        .map((event) => event.type),
    ).toEqual(["job.started", "job.completed"]);
  });
});
