import { expect, test } from "vitest";
import { dryRun } from "./dry-run.ts";
import { UsageError } from "./error.ts";

const endpoint = { url: "http://127.0.0.1:8000/v1", model: "llama" };

test("a dry run of levels that stop after a number of requests gives the most requests and tokens", () => {
  const text = dryRun({
    endpoint,
    levels: [10, 50],
    stop: { requests: 100 },
    workload: { inputTokens: 500, outputTokens: { min: 100, max: 200 } },
  });
  expect(text).toContain("warm-up, 5 users");
  expect(text).toMatch(/50 users\s+100\s+until done/);
  expect(text).toContain("At most 200 measured requests, about 100,000 prompt and 30,000 output tokens.");
});

test("a dry run does not guess the tokens of the job's own prompts", () => {
  const text = dryRun({
    endpoint,
    levels: [10],
    stop: { requests: 100 },
    workload: { prompts: ["a", "b"], outputTokens: 50 },
  });
  expect(text).toContain("prompts: 2 given with the job, answers: 50 tokens");
  expect(text).toContain("100 measured requests, about 5,000 output tokens.");
});

test("a dry run of a rate gives the number of its requests and their time", () => {
  const text = dryRun({ endpoint, levels: [{ rate: 4 }, { rate: 8 }], stop: { durationS: 60 } });
  expect(text).toMatch(/4\/s poisson +240 +60 s/);
  expect(text).toContain("At most 720 measured requests");
  expect(dryRun({ endpoint, levels: [{ rate: 4 }], stop: { requests: 100 } })).toMatch(
    /4\/s poisson +100 +25 s/,
  );
  expect(dryRun({ endpoint, levels: [{ rate: 4 }] })).toMatch(/4\/s poisson +by its rate +30 s to 3 min/);
});

test("a dry run of users that stop by time does not guess their requests", () => {
  const text = dryRun({ endpoint, levels: { sweep: { max: 4 } } });
  expect(text).toContain("1 user ");
  expect(text).toContain("as many as it answers");
  expect(text).toContain("depend on how fast the endpoint answers");
});

test("a dry run of a job that is not valid is wrong usage and names the field", () => {
  expect(() => dryRun({ endpoint, levels: [0] })).toThrow(UsageError);
  expect(() => dryRun({ endpoint, levels: [1], stop: { durationS: -1 } })).toThrow(
    "/stop/durationS: must be at least 1",
  );
});
