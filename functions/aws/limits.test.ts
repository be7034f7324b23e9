import { type JobRequest, JobSpec } from "@brimline/core/job/spec";
import { describe, expect, test } from "vitest";
import { refusals, shardsAllowed } from "./limits.ts";

const refused = (more: Partial<JobRequest>, maxShards = 15): string[] =>
  refusals(
    JobSpec.parse({ endpoint: { url: "https://llm.example.com/v1", model: "m" }, levels: [10], ...more }),
    maxShards,
  ).map((error) => `${"pointer" in error ? error.pointer : ""} ${error.detail}`);

describe("a job on AWS", () => {
  test.each<[string, Partial<JobRequest>]>([
    ["a level of 13 minutes", { stop: { durationS: 780 } }],
    ["a level of four hours, which is handed over", { stop: { durationS: 14_400 }, rampS: 600 }],
    [
      "requests with a time that one invocation carries",
      { stop: { requests: 1000, durationS: 700 }, rampS: 80 },
    ],
    [
      "a rate that ends by its requests, for its time is known",
      { levels: [{ rate: 2 }], stop: { requests: 20_000 } },
    ],
    ["as many users as all shards carry", { levels: [3750] }],
    ["half as many in a level that is handed over", { levels: [1750], stop: { durationS: 1000 } }],
  ])("may ask %s", (_, more) => expect(refused(more)).toEqual([]));

  test.each<[string, Partial<JobRequest>, string]>([
    [
      "a level that ends by its requests alone",
      { stop: { requests: 1000 } },
      "/stop needs durationS beside requests (at most 780)",
    ],
    [
      "requests that may take longer than one invocation",
      { stop: { requests: 1000, durationS: 800 } },
      "/stop/durationS must, with rampS, be at most 780 beside requests",
    ],
    ["the same among rates", { levels: [{ rate: 2 }, 5], stop: { requests: 1000 } }, "/stop needs durationS"],
    [
      "a rate whose requests take days",
      { levels: [{ rate: 0.01 }], stop: { requests: 20_000 } },
      "/stop/requests takes 2000000 s",
    ],
    [
      "more users than all shards carry",
      { levels: [3751] },
      "/levels asks more users at once than this account's Lambda quota for concurrent executions carries: at most 3750. Raise",
    ],
    [
      "more users than two legs side by side leave",
      { levels: [1751], stop: { durationS: 1000 } },
      "at most 1750 where a level lasts longer than 780 s",
    ],
    ["a warm-up of more users", { warmup: { users: 4000, requests: 4000 } }, "/warmup/users asks more users"],
  ])("must not ask %s", (_, more, says) => expect(refused(more)).toEqual([expect.stringContaining(says)]));

  test("must not ask more legs of more shards than one workflow holds", () => {
    const asked = (durationS: number): string[] => refused({ levels: [25_000], stop: { durationS } }, 200);
    expect(asked(10_140)).toEqual([]);
    expect(asked(10_141)).toEqual([
      expect.stringContaining("/stop/durationS must, with rampS, be at most 10140 for 25000 users"),
    ]);
  });

  test("has as many shards as the account runs functions at once, but for five, at most 200", () =>
    expect([10, 205, 1000, 3].map(shardsAllowed)).toEqual([5, 200, 200, 1]));
});
