import { describe, expect, test } from "vitest";
import { JobSpec } from "./spec.ts";

const least = { endpoint: { url: "http://host:8000/v1", model: "llama" }, levels: [10, 50, 100] };
const pointers = (body: unknown): string[] => {
  const result = JobSpec.safeParse(body);
  return result.success ? [] : result.error.issues.map((issue) => `/${issue.path.join("/")}`);
};

describe("a job as small as it can be", () => {
  test("is accepted and gets its defaults", () => {
    const spec = JobSpec.parse(least);
    expect(spec.workload).toEqual({
      inputTokens: 256,
      outputTokens: 128,
      ignoreEos: "auto",
      temperature: 0,
      salt: true,
      thinkTimeMs: 0,
    });
    expect(spec).toMatchObject({
      repeats: 1,
      tags: [],
      agents: [],
      limits: { maxDurationS: 7200 },
      endpoint: { api: "auto", showHost: false },
    });
  });
  test("waits as long as a saturated endpoint may need", () =>
    expect(JobSpec.parse(least).limits.timeouts).toEqual({
      connectMs: 10_000,
      headersMs: 120_000,
      idleMs: 120_000,
      totalMs: 900_000,
    }));
  test("has objectives at the 95th percentile unless it says otherwise", () =>
    expect(JobSpec.parse({ ...least, slo: { ttftMs: 500 } }).slo).toEqual({ ttftMs: 500, percentile: 95 }));
  test("may call an objective by its name, and is stored with the bounds of MLPerf's table", () =>
    expect(JobSpec.parse({ ...least, slo: "mlperf-llama2-70b-interactive" }).slo).toEqual({
      ttftMs: 450,
      tpotMs: 40,
      percentile: 99,
    }));
  test("does not change if it is accepted twice", () =>
    expect(JobSpec.parse(JobSpec.parse(least))).toEqual(JobSpec.parse(least)));
});

const endpoint = least.endpoint;
test.each([
  ["an unknown field", { ...least, levles: [1] }, "/"],
  ["an unknown field inside", { ...least, endpoint: { ...endpoint, key: "x" } }, "/endpoint"],
  ["no model", { ...least, endpoint: { url: endpoint.url } }, "/endpoint/model"],
  ["no endpoint", { levels: [1] }, "/endpoint"],
  ["levels of no kind", { endpoint, levels: {} }, "/levels"],
  ["an empty list of levels", { ...least, levels: [] }, "/levels"],
  ["65 levels", { ...least, levels: Array.from({ length: 65 }, () => 1) }, "/levels"],
  ["level 0", { ...least, levels: [0] }, "/levels/0"],
  ["half a user", { ...least, levels: [1.5] }, "/levels"],
  ["too many users", { ...least, levels: [100_001] }, "/levels/0"],
  ["a number as text", { ...least, repeats: "2" }, "/repeats"],
  ["a stop that never stops", { ...least, stop: {} }, "/stop"],
  ["an objective that nobody named so", { ...least, slo: "fast" }, "/slo"],
  ["an objective without a figure", { ...least, slo: { percentile: 99 } }, "/slo"],
  ["a name with a bidirectional override", { ...least, name: "a\u202eb" }, "/name"],
  ["a name with NUL", { ...least, name: "a\u0000b" }, "/name"],
  ["a name with a code point that is no character", { ...least, name: "a\uffff" }, "/name"],
  ["a tag with one", { ...least, tags: ["a\ufffe"] }, "/tags/0"],
  [
    "a model with one beyond the first plane",
    { ...least, endpoint: { ...endpoint, model: "m\u{1fffe}" } },
    "/endpoint/model",
  ],
  ["a name with a lone surrogate", { ...least, name: "a\ud800" }, "/name"],
  [
    "a header that speaks for another host",
    { ...least, endpoint: { ...endpoint, headers: { Host: "x" } } },
    "/endpoint/headers",
  ],
  [
    "a metadata token header",
    { ...least, endpoint: { ...endpoint, headers: { "X-aws-ec2-metadata-token": "x" } } },
    "/endpoint/headers",
  ],
  [
    "a header with a line break",
    { ...least, endpoint: { ...endpoint, headers: { "x-a": "b\r\nHost: c" } } },
    "/endpoint/headers/x-a",
  ],
  [
    "a body field that the load generator sets",
    { ...least, endpoint: { ...endpoint, body: { stream: false } } },
    "/endpoint/body",
  ],
  ["a key with a space", { ...least, endpoint: { ...endpoint, apiKey: "a b" } }, "/endpoint/apiKey"],
  [
    "a key's header that speaks for another host",
    { ...least, endpoint: { ...endpoint, apiKeyHeader: "Host" } },
    "/endpoint/apiKeyHeader",
  ],
  [
    "a key's header that forwards",
    { ...least, endpoint: { ...endpoint, apiKeyHeader: "x-forwarded-for" } },
    "/endpoint/apiKeyHeader",
  ],
  [
    "a key's header that every request has",
    { ...least, endpoint: { ...endpoint, apiKeyHeader: "Accept" } },
    "/endpoint/apiKeyHeader",
  ],
  [
    "a key's header with a line break",
    { ...least, endpoint: { ...endpoint, apiKeyHeader: "a\r\nb" } },
    "/endpoint/apiKeyHeader",
  ],
  [
    "arrivals that all come at once",
    { ...least, levels: [{ rate: 2, arrival: "gamma", burstiness: 0.01 }] },
    "/levels/0/burstiness",
  ],
  [
    "a timeout that never ends",
    { ...least, limits: { timeouts: { totalMs: 3_600_001 } } },
    "/limits/timeouts/totalMs",
  ],
  [
    "a timeout too short for any endpoint",
    { ...least, limits: { timeouts: { connectMs: 99 } } },
    "/limits/timeouts/connectMs",
  ],
  [
    "a timeout of a phase that does not exist",
    { ...least, limits: { timeouts: { sendMs: 1000 } } },
    "/limits/timeouts",
  ],
  [
    "a shape of lengths that does not exist",
    { ...least, workload: { inputTokens: { shape: "pareto", mean: 1, stdev: 1 } } },
    "/workload/inputTokens",
  ],
  [
    "a webhook secret that is not one",
    { ...least, webhook: { url: "http://h/", secret: "hunter2" } },
    "/webhook/secret",
  ],
])("%s is refused at its place", (_, body, pointer) => expect(pointers(body)).toContain(pointer));
