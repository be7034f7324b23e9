import { AttemptStart } from "@brimline/core/job/level/attempt";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { Report } from "@brimline/core/report/schema";
import { startEndpoint, type Endpoint } from "@brimline/sim/endpoint";
import { frontOf } from "@brimline/sim/fronts";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { beginJob } from "./job/begin.ts";
import { endLevel } from "./job/level-end.ts";
import { nextLevel } from "./job/next-level.ts";
import { openService } from "./local/home.ts";
import { createObject, readObject } from "./objects/object.ts";
import { PreflightObject } from "./objects/preflight.ts";
import { specOf } from "./objects/spec.ts";
import type { Service } from "./service.ts";
import { aggregateTask } from "./tasks/aggregate.ts";
import { preflightTask } from "./tasks/preflight.ts";
import { shardTask } from "./tasks/shard.ts";
import { ACCEPTED_PREFLIGHT, acceptJob, homeOf } from "@brimline/testkit/functions/home";
import { workshop } from "@brimline/testkit/functions/workshop";

/**
 * These run from preflight to report without the workflow, against an endpoint that counts and caches as real
 * ones do.
 */

const RULES = { leadMs: 50, maxShards: 2, usersPerShard: 1 };
const shop = workshop();
let service: Service;
let endpoint: Endpoint;
beforeAll(async () => {
  service = await openService(homeOf(await shop.folder()));
  endpoint = await startEndpoint({
    preset: { ...PRESETS.quick, tokensPerWord: 1.3, templateTokens: 20, cacheBlockTokens: 16 },
  });
});
afterAll(async () => {
  await shop.close();
  await endpoint.close();
});

async function begun(id: string, workload: JobRequest["workload"], { url } = endpoint): Promise<void> {
  await acceptJob(service, id, {
    endpoint: { url, model: "sim-quick" },
    workload: { outputTokens: 4, ...workload },
    warmup: { users: 2, requests: 10 },
    levels: [2, 2],
    stop: { requests: 40 },
  });
  await beginJob(service, await specOf(service, id));
  expect(await preflightTask(service, { jobId: id })).toMatchObject({ verdict: "accepted" });
}

/** Runs the rest of a job, and gives the attempts that it took. */
async function run(id: string): Promise<AttemptStart[]> {
  const attempts: AttemptStart[] = [];
  const stored = await specOf(service, id);
  for (;;) {
    const next = await nextLevel(service, stored, RULES);
    if ("outcome" in next) return attempts;
    attempts.push(await attemptAt(next.attemptKey));
    await Promise.all(
      Array.from({ length: next.shards }, (_, shard) =>
        shardTask(service, { jobId: id, attemptKey: next.attemptKey, shard }),
      ),
    );
    await endLevel(service, stored, next, true);
  }
}

async function attemptAt(prefix: string): Promise<AttemptStart> {
  const attempt = await readObject(service.data, keys.attemptStart(prefix), AttemptStart);
  if (attempt === null) throw new Error(`${prefix} was never begun`);
  return attempt;
}

async function reportOf(id: string): Promise<Report> {
  const { report } = await aggregateTask(service, {
    jobId: id,
    state: "completed",
    problem: null,
    finishedAt: new Date().toISOString(),
  });
  return Report.parse(JSON.parse((await service.data.get(report))?.body.toString("utf8") ?? "null"));
}

async function reported(id: string, workload: JobRequest["workload"], at = endpoint): Promise<Report> {
  await begun(id, workload, at);
  await run(id);
  return reportOf(id);
}

function measured(report: Report) {
  const levels = report.levels.filter(({ role }) => role === "measured");
  if (levels.length === 0) throw new Error("no level was measured");
  return levels;
}
const codes = (report: Report) => report.findings.map(({ code }) => code);

describe("the length of prompts", () => {
  test("is learnt by preflight, made exact by the warm-up, and stays so in every later level and attempt", async () => {
    const id = "a".repeat(20);
    await begun(id, { inputTokens: { shape: "lognormal", mean: 256, stdev: 128, min: 32, max: 1024 } });
    const preflight = await readObject(service.data, keys.preflight(id), PreflightObject);
    expect(preflight).toMatchObject({ requests: 2, promptCounts: [{ words: 6 }, { words: 99 }] });

    const [warmup, first, second] = await run(id);
    for (const attempt of [warmup, first]) {
      expect(attempt?.calibration.source).toBe("usage");
      expect(attempt?.calibration.tokensPerWord).toBeCloseTo(1.3, 1);
      // The template adds 20 tokens and the salt one word.
      expect(attempt?.calibration.overheadTokens).toBeGreaterThan(20);
      expect(attempt?.calibration.overheadTokens).toBeLessThan(22.5);
    }
    expect(second?.calibration).toEqual(first?.calibration);

    const report = await reportOf(id);
    for (const { tokens, inputTokensPerRequest } of measured(report)) {
      expect(Math.abs((tokens.input ?? Number.NaN) / (tokens.askedInput ?? Number.NaN) - 1)).toBeLessThan(
        0.02,
      );
      expect(inputTokensPerRequest.max).toBeGreaterThan(256);
    }
    expect(codes(report)).not.toContain("prompt_length");
  });

  test("is made right by the warm-up alone when preflight could not learn it", async () => {
    const id = "e".repeat(20);
    await createObject(service.data, keys.preflight(id), ACCEPTED_PREFLIGHT);
    await begun(id, { inputTokens: 256 });
    const [warmup, first] = await run(id);
    expect([warmup?.calibration.source, first?.calibration.source]).toEqual(["default", "usage"]);
    const report = await reportOf(id);
    const errors = report.levels.map(({ tokens }) =>
      Math.abs((tokens.input ?? Number.NaN) / (tokens.askedInput ?? Number.NaN) - 1),
    );
    expect(errors[0]).toBeGreaterThan(0.2);
    expect(Math.max(...errors.slice(1))).toBeLessThan(0.02);
  });

  test("is kept when a level is tried again", async () => {
    const id = "b".repeat(20);
    await begun(id, { inputTokens: 64 });
    const stored = await specOf(service, id);
    const [first, again] = [await nextLevel(service, stored, RULES), await nextLevel(service, stored, RULES)];
    if ("outcome" in first || "outcome" in again) throw new Error("there is a level to run");
    const [one, two] = [await attemptAt(first.attemptKey), await attemptAt(again.attemptKey)];
    expect([one.attempt, two.attempt]).toEqual([1, 2]);
    expect(two.calibration).toEqual(one.calibration);
  });
});

test("images come on top of the text, in the endpoint's own count", async () => {
  const report = await reported("f".repeat(20), {
    inputTokens: 200,
    images: { count: 2, width: 300, height: 150 },
  });
  // The endpoint counts a token for each square of 28 pixels.
  const imageTokens = 2 * 11 * 6;
  for (const { requests, tokens, inputTokensPerRequest } of measured(report)) {
    expect(requests.failed).toBe(0);
    expect(tokens.askedInput).toBeNull();
    // The text is asked without the template, whose 20 tokens stand for more than the usual 6.
    expect(Math.abs((inputTokensPerRequest.p50.value ?? 0) - imageTokens - 214)).toBeLessThan(5);
  }
  expect(codes(report)).not.toContain("prompt_length");
});

describe("the endpoint's cache", () => {
  const prompts = ["alpha", "beta", "gamma"].map((name) =>
    Array.from({ length: 60 }, (_, index) => `${name}${index}`).join(" "),
  );

  test("contaminates a job that sends the same prompts without a salt", async () => {
    const report = await reported("c".repeat(20), { prompts, salt: false });
    for (const level of measured(report)) {
      expect(level).toMatchObject({
        validity: "invalid",
        reasons: expect.arrayContaining(["contaminated"]),
        tokens: { askedInput: null },
      });
      expect(level.tokens.cachedInputPercent).toBeGreaterThan(80);
    }
    expect(codes(report)).toEqual(expect.arrayContaining(["unsalted", "contaminated"]));
    expect(codes(report)).not.toContain("prompt_length");
  });

  test("does not contaminate the same prompts behind a salt, because the template's cached block is subtracted", async () => {
    const report = await reported("d".repeat(20), { prompts });
    for (const level of measured(report)) {
      expect(level.reasons).not.toContain("contaminated");
      expect(level.tokens.cachedInputPercent).toBeGreaterThan(10);
    }
    expect(codes(report)).not.toContain("unsalted");
    expect(codes(report)).not.toContain("cache_unknown");
  });
});

test.each([
  ["messages", 4],
  ["embeddings", null],
] as const)(
  "an endpoint that speaks %s alone is found out, measured and reported so",
  async (api, output) => {
    const only = await startEndpoint({ preset: { ...PRESETS.quick, front: frontOf(`/v1/${api}`) } });
    const { job, levels } = await reported(`only-${api}`, { inputTokens: 20 }, only);
    await only.close();
    expect(job.endpoint.api).toBe(api);
    for (const { requests, tokens } of levels.slice(1)) {
      expect(requests).toMatchObject({ sent: 40, ok: 40 });
      expect(tokens).toMatchObject({
        input: 800,
        output: output === null ? null : 40 * output,
        source: "usage",
      });
    }
  },
);
