import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { billOf } from "./bill.ts";
import { compare } from "./compare.ts";
import type { DeclaredFunction } from "./declared.ts";
import { declaredFunctions } from "./declared.ts";
import type { JobShape } from "./job.ts";
import { durableOperations, jobTally } from "./job.ts";
import { levelsCarried, limitsOf } from "./limits.ts";
import { scenariosOf } from "./scenarios.ts";
import { readSettings } from "./settings.ts";
import { costTable, limitTable } from "./tables.ts";
import { byRole, classA, classB, tallyOf, whatOf } from "./tally.ts";
import type { Hour } from "./usage.ts";
import { hourUsage, jobUsage, watching } from "./usage.ts";
import { written } from "./written.ts";

const settings = { ...readSettings(), leadMs: 10_000, controlMs: 1000, progressMs: 5000 };
const JOB: JobShape = {
  levels: [{ users: 10, shards: 2, durationS: 30 }],
  warmupS: null,
  rampS: 0,
  answerS: 1,
  inputTokens: 100,
  outputTokens: 100,
  hasKey: false,
  hasWebhook: false,
  agents: [],
  idleS: 0,
  otherOpen: 0,
};

const NOBODY: Hour = { viewers: 0, watchedShards: 0, restingAgents: 0, awaitedAgents: 0, openJobs: 0 };

let functions: Record<string, DeclaredFunction>;
beforeAll(async () => {
  functions = await declaredFunctions();
});

describe("what the deployment declares", () => {
  test("has the eight functions of sst.config.ts, with sizes and times", () => {
    expect(Object.keys(functions).toSorted()).toEqual([
      "Aggregate",
      "Api",
      "Job",
      "Notify",
      "Preflight",
      "Publish",
      "Shard",
      "Sweep",
    ]);
    for (const { memoryMb, timeoutS } of Object.values(functions))
      expect(memoryMb * timeoutS).toBeGreaterThan(0);
    // One whole vCPU, and the longest time that Lambda has.
    expect(functions["Shard"]).toMatchObject({ memoryMb: 1769, timeoutS: 900 });
  });
});

test.each([
  ["jobs/x/control.json", "control"],
  ["jobs/x/secret.sealed", "secret"],
  ["raw/x/l01/r0/a1/shard-000.ndjson.gz", "records"],
  ["raw/x/l01/r0/a1/shard-000.json", "summary"],
  ["raw/x/l01/r0/a1/attempt.json", "attempt"],
  ["raw/x/", "raw"],
  ["progress/x/l01/000.json", "progress"],
  ["hosts/h/lease.json", "hosts"],
  ["open/x", "open"],
])("the object %s is counted as %s", (key, what) => expect(whatOf(key)).toBe(what));

describe("a job", () => {
  test("has every shard look for a cancel once a second of its life, and write progress every five", () => {
    // 9.5 s of the lead, of which it measures itself for 4, 30 s of load, 1 s for the last answers.
    const tally = jobTally(JOB, settings);
    expect([tally["PUT progress"], tally["GET control"]]).toEqual([2 * 7, 2 * (36 + 1) + 4]);
  });

  test("reads a summary five times, however many levels there are", () => {
    const reads = (levels: number): number =>
      jobTally({ ...JOB, levels: repeated(levels, 2, 30) }, settings)["GET summary"] ?? 0;
    for (const levels of [1, 2, 4, 8]) expect(reads(levels) / 2).toBe(5 * levels);
  });

  test("has two durable operations for each shard and four a level", () => {
    const of = (shards: number, levels = 1): number =>
      durableOperations({ ...JOB, levels: repeated(levels, shards, 1) });
    expect([of(2) - of(1), of(1, 2) - of(1)]).toEqual([2, 6]);
    expect(levelsCarried(200)).toBeLessThan(10);
  });

  test("asks for everything in one of the roles, and all roles together are the bill's operations", () => {
    const tally = jobTally({ ...JOB, hasWebhook: true, agents: [{ segments: 3, around: 2500 }] }, settings);
    const roles = Object.values(byRole(tally));
    expect(roles.reduce((sum, { a }) => sum + a, 0)).toBe(classA(tally));
    expect(roles.reduce((sum, { b }) => sum + b, 0)).toBe(classB(tally));
  });
});

describe("beside jobs", () => {
  test("a viewer of an hour holds the API for an hour, in streams that end before 60 s", () => {
    const { calls } = hourUsage({ ...NOBODY, viewers: 1, watchedShards: 1 }, settings);
    expect(calls["Api"]?.seconds).toBe(3600);
    expect(watching(3600, { progressMs: 5000, eventsMs: 55_000 }, 0)).toEqual({
      connections: 72,
      looks: 792,
    });
  });

  test("a resting agent costs less than $2 a month beside the timer, and an hour of nobody more than nothing", () => {
    const cost = (hour: Partial<Hour>): number =>
      billOf(hourUsage({ ...NOBODY, ...hour }, settings), functions).total;
    const hourly = cost({ restingAgents: 1 }) - cost({});
    expect(730 * hourly).toBeLessThan(2);
    expect(cost({ awaitedAgents: 1 }) - cost({})).toBeGreaterThan(3 * hourly);
    expect(cost({})).toBeGreaterThan(0);
  });

  test("a resting agent asks again before the load of a job can begin that was decided on just after it asked", () => {
    const { restUploadMs, leadMs } = readSettings();
    expect(restUploadMs).toBeLessThan(leadMs);
  });
});

test("a bill is the sum of its parts, and GB-seconds make most of a large job's", () => {
  const { total, lambda, durable, s3, edge, rest } = billOf(
    jobUsage({ ...JOB, levels: [{ users: 10_000, shards: 40, durationS: 600 }] }, settings),
    functions,
  );
  expect(total).toBeCloseTo(lambda + durable + s3 + edge + rest, 12);
  expect(lambda / total).toBeGreaterThan(0.3);
});

test("a count is right within 2 or 5 %, and what only one side knows is compared with 0", () => {
  const model = tallyOf([
    ["GET", "few", 3],
    ["GET", "many", 104],
    ["GET", "said", 3],
  ]);
  const found = compare(model, { "GET few": 5, "GET many": 100, "PUT done": 3 });
  expect(found.map(({ name, isRight }) => [name, isRight])).toEqual([
    ["PUT done", false],
    ["GET few", true],
    ["GET many", true],
    ["GET said", false],
  ]);
});

test("docs/aws.md shows the tables of today's sources; npm run cost:aws -- --model --write writes them anew", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../docs/aws.md"), "utf8");
  const now = readSettings();
  expect(
    written(text, {
      cost: costTable(scenariosOf(now), functions),
      limits: limitTable(limitsOf(now, functions)),
    }),
  ).toBe(text);
});

function repeated(levels: number, shards: number, durationS: number): JobShape["levels"] {
  return Array.from({ length: levels }, () => ({ users: 10, shards, durationS }));
}
