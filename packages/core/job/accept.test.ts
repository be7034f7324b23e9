import { describe, expect, test } from "vitest";
import { accept } from "./accept.ts";
import { JobSpec, type JobRequest } from "./spec/spec.ts";

const RULES = { jobId: "job0", maxUsers: 100, maxLevelS: null, defaultVisibility: "unlisted" as const };
const SMALLEST: JobRequest = { endpoint: { url: "http://host:8000/v1", model: "m" }, levels: [1, 10] };

const judge = (more: Partial<JobRequest>): ReturnType<typeof accept> =>
  accept(JobSpec.parse({ ...SMALLEST, ...more }), RULES);
const pointers = (more: Partial<JobRequest>): string[] => {
  const judged = judge(more);
  return "errors" in judged ? judged.errors.map((error) => error.pointer) : [];
};
const specOf = (more: Partial<JobRequest>): JobSpec => {
  const judged = judge(more);
  if ("errors" in judged) throw new Error(JSON.stringify(judged.errors));
  return judged.spec;
};
const endpoint = (more: Partial<JobRequest["endpoint"]>): Partial<JobRequest> => ({
  endpoint: { ...SMALLEST.endpoint, ...more },
});

describe("a job is refused", () => {
  test.each<[string, Partial<JobRequest>, string[]]>([
    [
      "for objectives on tokens where the endpoint's answers have none",
      { ...endpoint({ api: "embeddings" }), slo: { ttftMs: 100, tpotMs: 10, e2eMs: 500 } },
      ["/slo/ttftMs", "/slo/tpotMs"],
    ],
    [
      "for such an objective where the URL's end names the kind",
      { ...endpoint({ url: "http://host/v1/embeddings" }), slo: { ttftMs: 100 } },
      ["/slo/ttftMs"],
    ],
    ["for a search of more users than the cap", { levels: { search: { max: 101 } } }, ["/levels/search/max"]],
    [
      "for a search of rates beyond the cap",
      { levels: { search: { of: "rate", max: 10_001, burstiness: 1 } } },
      ["/levels/search/burstiness", "/levels/search/max"],
    ],
    [
      "for a search of users that come at a rate, or in part",
      { levels: { search: { max: 1.5, include: [2, 101], arrival: "constant" } } },
      ["/levels/search/arrival", "/levels/search/max", "/levels/search/include/1"],
    ],
    [
      "for a search that is told how long its levels last",
      { levels: { search: {} }, stop: { durationS: 9 } },
      ["/stop"],
    ],
    [
      "for a burstiness beside arrivals that take none",
      { levels: [1, { rate: 2, burstiness: 0.5 }] },
      ["/levels/1/burstiness"],
    ],
    [
      "for requests that take longer at their rate than its time limit",
      { levels: [{ rate: 2 }], stop: { requests: 200 }, limits: { maxDurationS: 60 } },
      ["/limits/maxDurationS"],
    ],
    [
      "for a level above the cap",
      { levels: [100, 101, { concurrency: 102 }] },
      ["/levels/1", "/levels/2/concurrency"],
    ],
    ["for a sweep above the cap", { levels: { sweep: { max: 101 } } }, ["/levels/sweep/max"]],
    ["for a warm-up above the cap", { warmup: { users: 101, requests: 500 } }, ["/warmup/users"]],
    [
      "for a warm-up with fewer requests than users",
      { warmup: { users: 5, requests: 4 } },
      ["/warmup/requests"],
    ],
    ["for fewer requests than a level has users", { stop: { requests: 9 } }, ["/stop/requests"]],
    [
      "for fewer requests than a sweep has users",
      { levels: { sweep: { max: 64 } }, stop: { requests: 63 } },
      ["/stop/requests"],
    ],
    [
      "for an input length whose min is above its max",
      { workload: { inputTokens: { mean: 10, stdev: 1, min: 9, max: 8 } } },
      ["/workload/inputTokens/min"],
    ],
    [
      "for an output length whose min is above its max",
      { workload: { outputTokens: { mean: 10, stdev: 1, min: 9, max: 8 } } },
      ["/workload/outputTokens/min"],
    ],
    ["for a spending limit without a price", { limits: { maxUsd: 1 } }, ["/limits/maxUsd"]],
    [
      "for levels longer than its time limit",
      { stop: { durationS: 31 }, limits: { maxDurationS: 60 } },
      ["/limits/maxDurationS"],
    ],
    [
      "for repeats longer than its time limit",
      { stop: { durationS: 10 }, repeats: 4, limits: { maxDurationS: 60 } },
      ["/limits/maxDurationS"],
    ],
    [
      "for idle and ramp time beyond its time limit",
      { stop: { durationS: 20 }, idleS: 10, rampS: 6, limits: { maxDurationS: 60 } },
      ["/limits/maxDurationS"],
    ],
    ["for fewer requests than it has levels", { limits: { maxRequests: 5 } }, ["/limits/maxRequests"]],
    [
      "for a credential among its headers",
      endpoint({ headers: { "X-Api-Key": "a", Cookie: "b", "x-trace": "c" } }),
      ["/endpoint/headers/X-Api-Key", "/endpoint/headers/Cookie"],
    ],
    [
      "for the key's own header among its headers",
      endpoint({ apiKeyHeader: "X-Tenant", headers: { "x-tenant": "a" } }),
      ["/endpoint/headers/x-tenant"],
    ],
    [
      "for images that its kind of endpoint does not take",
      { ...endpoint({ api: "completions" }), workload: { images: { count: 1, width: 64, height: 64 } } },
      ["/workload/images"],
    ],
    ["for an agent named twice", { agents: ["a".repeat(20), "b".repeat(20), "a".repeat(20)] }, ["/agents/2"]],
    [
      "for a secret in the address of the metrics",
      endpoint({ metricsUrl: "http://host:9000/metrics?token=abcdef0123456789" }),
      ["/endpoint/metricsUrl"],
    ],
    ["for metrics at no address", endpoint({ metricsUrl: "/metrics" }), ["/endpoint/metricsUrl"]],
    ["for another scheme", endpoint({ url: "ftp://host:8000/v1" }), ["/endpoint/url"]],
    ["for an address of mail", endpoint({ url: "mailto:me@host.example" }), ["/endpoint/url"]],
    ["for a relative URL", endpoint({ url: "/v1" }), ["/endpoint/url"]],
    ["for a fragment in its URL", endpoint({ url: "http://host/v1#x" }), ["/endpoint/url"]],
    [
      "for a password in its webhook's URL",
      { webhook: { url: "http://u@host/hook", secret: `whsec_${"A".repeat(32)}` } },
      ["/webhook/url"],
    ],
    ["for a second @ before its host", endpoint({ url: "http://u:p@x@host/v1" }), ["/endpoint/url"]],
    ["for a stray % in a password", endpoint({ url: "http://u:10%@host/v1" }), ["/endpoint/url"]],
    [
      "for a key, a user name and a password that want the same header",
      endpoint({
        url: "http://u:p@host/v1",
        apiKey: "k",
        basic: "u:p",
        secretHeaders: { Authorization: "x" },
      }),
      ["/endpoint/basic", "/endpoint/url", "/endpoint/secretHeaders/Authorization"],
    ],
    [
      "for a header that is given twice",
      endpoint({ headers: { "x-tenant": "a" }, secretHeaders: { "X-Tenant": "b" } }),
      ["/endpoint/headers/x-tenant"],
    ],
    [
      "for more secrets than are sealed",
      endpoint({
        secretHeaders: Object.fromEntries(
          Array.from({ length: 17 }, (_, index) => [`x-key-${index}`, "s".repeat(4096)]),
        ),
      }),
      ["/endpoint/secretHeaders"],
    ],
    [
      "for a webhook that is no URL",
      { webhook: { url: "mailto:a@b.example", secret: `whsec_${"A".repeat(32)}` } },
      ["/webhook/url"],
    ],
    [
      "for a search that is to be precise",
      { levels: { search: {} }, precision: { percent: 3 } },
      ["/precision"],
    ],
    [
      "for precision beside what it sets itself",
      { precision: { percent: 3 }, repeats: 2, stop: { requests: 200 } },
      ["/repeats", "/stop/requests"],
    ],
    [
      "for all that is wrong, at once",
      { levels: [101], stop: { requests: 100 } },
      ["/levels/0", "/stop/requests"],
    ],
  ])("%s", (_, more, wanted) => expect(pointers(more)).toEqual(wanted));

  test("and told what to do instead", () => {
    expect(judge({ levels: { search: {} }, repeats: 2 })).toEqual({
      errors: [
        {
          pointer: "/repeats",
          detail:
            "is set by the search itself: name the levels, or leave it out and bound the search with levels.search.withinS",
        },
      ],
    });
  });
});

describe("a job is taken", () => {
  test.each<[string, Partial<JobRequest>]>([
    [
      "with a search that has time for one level",
      { levels: { search: { max: 64 } }, rampS: 20, limits: { maxDurationS: 60 } },
    ],
    ["with the same level twice, which shows drift", { levels: [1, 10, 1] }],
    ["with a level of exactly the cap", { levels: [100] }],
    ["with as many requests as users", { stop: { requests: 10 } }],
    ["with a header of its own for the key", endpoint({ apiKeyHeader: "api-key", apiKey: "k" })],
    [
      "with a key in its own header beside a user name and password",
      endpoint({ apiKeyHeader: "api-key", apiKey: "k", basic: "u:p" }),
    ],
    ["with a bearer token of another kind", endpoint({ secretHeaders: { authorization: "Api-Key k" } })],
    ["without a warm-up", { warmup: false }],
    [
      "at a rate",
      {
        levels: [
          { rate: 0.5 },
          { rate: 10_000, arrival: "constant" },
          { rate: 2, arrival: "gamma", burstiness: 0.5 },
        ],
      },
    ],
    [
      "at a rate whose requests fit its time limit",
      { levels: [{ rate: 4 }], stop: { requests: 200 }, limits: { maxDurationS: 60 } },
    ],
    ["with a spending limit and a price", { limits: { maxUsd: 1 }, gpu: { usdPerHour: 0.4 } }],
    ["with levels that just fit its time limit", { stop: { durationS: 30 }, limits: { maxDurationS: 60 } }],
    [
      "with levels that may end by their requests long before its time limit",
      { stop: { durationS: 600, requests: 10 }, limits: { maxDurationS: 60 } },
    ],
    [
      "with headers that only sound a little like a credential",
      endpoint({ headers: { "x-monkey": "a", "x-keyboard": "b", authority: "c" } }),
    ],
  ])("%s", (_, more) => expect(pointers(more)).toEqual([]));
});

describe("a job as it is stored", () => {
  test("has its seed, visibility and name filled in", () => {
    expect(specOf({})).toMatchObject({ seed: "job0", visibility: "unlisted", name: "m" });
    expect(specOf({ seed: "s", visibility: "public", name: "n" })).toMatchObject({
      seed: "s",
      visibility: "public",
      name: "n",
    });
  });

  test("names its host only where the caller lets it be seen", () => {
    expect(specOf(endpoint({ showHost: true })).name).toBe("m on host:8000");
    expect(specOf(endpoint({ showHost: false })).name).not.toContain("host");
  });

  test("has a name that its own schema takes, however long the model's name is", () => {
    for (const model of ["m".repeat(200), `${"m".repeat(118)}😀${"m".repeat(50)}`])
      expect(() => JobSpec.parse(specOf(endpoint({ model })))).not.toThrow();
  });

  test("has no secrets", () => {
    const spec = specOf({
      ...endpoint({
        url: "https://us3r:passw0rd@host/v1?api-version=1&code=c0de",
        apiKey: "sk-1",
        apiKeyHeader: "x-key",
        secretHeaders: { "x-tenant": "t3nant" },
      }),
      webhook: { url: "https://hook.example/", secret: `whsec_${"A".repeat(32)}` },
    });
    expect(JSON.stringify(spec)).not.toMatch(/us3r|passw0rd|c0de|sk-1|t3nant|whsec_/);
    expect(JobSpec.parse(spec)).toEqual(spec);
  });

  test("tells its webhook of every kind of end, unless the caller chose events", () => {
    const webhook = { url: "https://hook.example/", secret: `whsec_${"A".repeat(32)}` };
    expect(specOf({ webhook }).webhook?.events).toEqual([
      "job.completed",
      "job.partial",
      "job.failed",
      "job.cancelled",
      "job.rejected",
    ]);
    expect(specOf({ webhook: { ...webhook, events: ["level.completed"] } }).webhook?.events).toEqual([
      "level.completed",
    ]);
  });

  test.each([
    ["http://host:8000/v1", "http://host:8000/v1"],
    ["http://host:8000/v1/", "http://host:8000/v1"],
    ["http://host:8000/v1///", "http://host:8000/v1"],
    ["http://host:8000", "http://host:8000"],
    ["https://host:443/v1", "https://host/v1"],
    ["http://host:8000/v1/chat/completions", "http://host:8000/v1"],
    ["http://host:8000/v1/chat/completions/", "http://host:8000/v1"],
    ["http://host:8000/chat/completions", "http://host:8000"],
    ["http://host:8000/openai/deployments/a/", "http://host:8000/openai/deployments/a"],
    [
      "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
      "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
    ],
    ["http://host?a=1&b=%20", "http://host/?a=1&b=%20"],
    ["http://host/v1?a=1&key=s3cret&sv=2&sig=ab%2Fc", "http://host/v1?a=1&sv=2"],
    ["http://u:p%40ss@host/v1", "http://host/v1"],
    ["localhost:8000/v1", "http://localhost:8000/v1"],
    ["127.0.0.1:8000", "http://127.0.0.1:8000"],
    ["192.168.1.20:8000/v1", "http://192.168.1.20:8000/v1"],
    ["[::1]:8000/v1", "http://[::1]:8000/v1"],
    ["api.example.com/v1", "https://api.example.com/v1"],
    ["10.example.com:8443/v1?a=1", "https://10.example.com:8443/v1?a=1"],
    ["8.8.8.8/v1", "https://8.8.8.8/v1"],
  ])("writes %s as %s", (written, stored) =>
    expect(specOf(endpoint({ url: written })).endpoint.url).toBe(stored),
  );

  test.each<[string, Partial<JobRequest["endpoint"]>, string, string]>([
    ["http://host/v1", {}, "auto", "http://host/v1"],
    ["http://host/v1/chat/completions", {}, "chat", "http://host/v1"],
    ["http://host/v1/completions/", {}, "completions", "http://host/v1"],
    ["http://host/v1/responses", {}, "responses", "http://host/v1"],
    ["host.example/v1/messages?a=1", {}, "messages", "https://host.example/v1?a=1"],
    ["http://host/v1/embeddings", {}, "embeddings", "http://host/v1"],
    ["http://host/v1/messages", { api: "messages" }, "messages", "http://host/v1"],
    ["http://host/v1/messages", { api: "chat" }, "chat", "http://host/v1/messages"],
    [
      "http://host/v1/chat/completions",
      { api: "completions" },
      "completions",
      "http://host/v1/chat/completions",
    ],
  ])("knows the kind of %s %j as %s", (written, more, api, url) =>
    expect(specOf(endpoint({ url: written, ...more })).endpoint).toMatchObject({ api, url }),
  );
});
