import { expect, test } from "vitest";
import { dryRun } from "./dry-run.ts";
import { UsageError } from "./error.ts";

const endpoint = { url: "http://127.0.0.1:8000/v1", model: "llama" };

test("a plan by count says how many requests and tokens at most", () => {
  const text = dryRun({ endpoint, levels: [10, 50], stop: { requests: 100 }, workload: { inputTokens: 500, outputTokens: { min: 100, max: 200 } } });
  expect(text).toContain("warm-up, 5 users");
  expect(text).toMatch(/50 users\s+100\s+until done/);
  expect(text).toContain("At most 200 measured requests, about 100,000 prompt and 30,000 output tokens.");
});

test("a plan by time does not guess the requests", () => {
  const text = dryRun({ endpoint, levels: { sweep: { max: 4 } } });
  expect(text).toContain("1 user ");
  expect(text).toContain("as many as it answers");
  expect(text).toContain("depend on how fast the endpoint answers");
});

test("a job that cannot be right is wrong usage, by field", () => {
  expect(() => dryRun({ endpoint, levels: [0] })).toThrow(UsageError);
  expect(() => dryRun({ endpoint, levels: [1], stop: { durationS: -1 } })).toThrow("stop.durationS");
});
