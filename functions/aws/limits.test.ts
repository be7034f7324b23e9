import { REST_POLL_MS } from "@brimline/core/record/rest";
import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { expect, test } from "vitest";
import { LEAD_MS, LEVEL, PREFLIGHT, refusals, shardsAllowed } from "./limits.ts";

const refused = (more: Partial<JobRequest>): string[] =>
  refusals(
    JobSpec.parse({ endpoint: { url: "https://llm.example.com/v1", model: "m" }, levels: [10], ...more }),
    15,
  ).map((error) => `${"pointer" in error ? error.pointer : ""} ${error.detail}`);

test("a resting agent asks again before a job that was taken up just after its last request can send load", () => {
  expect(REST_POLL_MS).toBeLessThan(LEAD_MS);
});

test("a function's 15 min hold the longest level with its lead, 90 s for its drain and 15 s for its records", () => {
  expect(LEVEL).toEqual({ loadS: 780, endS: 870 });
  expect(900 - LEAD_MS / 1000 - LEVEL.endS).toBe(15);
});

test("a function's 15 min hold a whole turn of preflight's wait, all its requests and 30 s for its verdict", () => {
  expect(PREFLIGHT).toEqual({ turnS: 120, askS: 750 });
  expect(900 - PREFLIGHT.turnS - PREFLIGHT.askS).toBe(30);
});

test("a job may ask for as many users as all shards carry", () =>
  expect(refused({ levels: [3750] })).toEqual([]));

test.each<[string, Partial<JobRequest>, string]>([
  [
    "more users than all shards carry",
    { levels: [10, 3751, 4000] },
    "/levels asks for more users at once than this account's Lambda quota for concurrent executions carries: at most 3750. Raise",
  ],
  [
    "a warm-up of more users",
    { warmup: { users: 4000, requests: 4000 } },
    "/warmup/users asks for more users",
  ],
])("a job must not ask %s", (_, more, says) =>
  expect(refused(more)).toEqual([expect.stringContaining(says)]),
);

test("a level has at most as many shards as the account runs functions at once minus five, and at most 200", () =>
  expect([10, 205, 1000, 3].map(shardsAllowed)).toEqual([5, 200, 200, 1]));
