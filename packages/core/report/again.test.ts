import { JobSpec } from "../job/spec/spec.ts";
import { fixtures } from "@brimline/testkit/site/reports";
import { expect, test } from "vitest";
import { jobAgain, waysAgain } from "./again.ts";

test.each(["three", "sweep"] as const)("the job of %s again asks the same of another endpoint", (name) => {
  const report = fixtures[name];
  const { endpoint, seed, ...again } = JobSpec.parse(jobAgain(report));
  const { endpoint: _, seed: __, ...job } = report.job;
  expect(again).toEqual(job);
  expect([endpoint.url, endpoint.model, endpoint.api, seed]).toEqual([
    "http://127.0.0.1:8000/v1",
    report.endpoint.model,
    "chat",
    report.provenance.seed,
  ]);
});

test("a field that has its default is left out, and so is what belongs to the caller", () => {
  const { job } = fixtures.three;
  const report = {
    ...fixtures.three,
    job: { ...job, tags: ["mine"], baseline: "last:mine", agents: ["a".repeat(20)] },
  };
  expect(Object.keys(jobAgain(report))).toEqual(["endpoint", "workload", "levels", "stop", "model", "seed"]);
  expect(jobAgain(report)).toMatchObject({ workload: { inputTokens: 16, outputTokens: 40 } });
});

test("a model's name is one word of a shell, whatever is in it", () => {
  const [cli] = waysAgain({ endpoint: { ...fixtures.three.endpoint, model: "a'; rm -rf ~ #" } });
  expect(cli?.command).toContain(String.raw`--model 'a'\''; rm -rf ~ #' --job`);
});
