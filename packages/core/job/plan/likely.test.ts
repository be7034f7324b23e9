import { expect, test } from "vitest";
import { likelySearch } from "./likely.ts";
import { type JobRequest, JobSpec } from "../spec/spec.ts";

const likely = (request: Partial<JobRequest> = {}) =>
  likelySearch(JobSpec.parse({ endpoint: { url: "http://h/v1", model: "m" }, slo: "chat", ...request }));

test.each<[string, Partial<JobRequest>]>([
  ["of users", {}],
  ["of users without an objective", { slo: undefined }],
  ["of rates", { levels: { search: { of: "rate" } } }],
  ["of long answers", { workload: { outputTokens: 1000 } }],
])("a search %s likely takes some levels, and no more than its time", (_, request) => {
  const { levels, seconds, requests } = likely(request);
  expect(levels.least).toBeGreaterThanOrEqual(1);
  expect(levels.most).toBeLessThan(40);
  expect(seconds.least).toBeGreaterThan(30);
  expect(seconds.most).toBeLessThanOrEqual(300);
  expect(requests.most).toBeGreaterThan(requests.least);
});

test("it likely takes no more than the job's limits", () => {
  const limits = { maxRequests: 300, maxDurationS: 100 };
  expect(likely({ limits }).requests.most).toBeLessThanOrEqual(300);
  expect(likely({ limits }).seconds.most).toBeLessThanOrEqual(100);
});
