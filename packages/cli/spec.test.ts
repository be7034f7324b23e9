import { JobSpec } from "@brimline/core/job/spec/spec";
import { describe, expect, test } from "vitest";
import { UsageError } from "./error.ts";
import { benchCommand } from "./arguments/bench.ts";
import { jobRequest, type JobFiles } from "./spec.ts";

const NO_FILES: JobFiles = {
  base: {},
  secrets: {},
  secretHeaders: {},
  tls: {},
  prompts: null,
  modelConfig: null,
  prices: null,
};
const URL = "http://127.0.0.1:8000/v1";
/** The job that a command line makes. */
const request = (line: string, files: Partial<JobFiles> = {}) => {
  const { model = "m", ...flags } = benchCommand()
    .parse(line === "" ? [] : line.split(" "), { from: "user" })
    .opts();
  return jobRequest({ url: URL, model }, flags, { ...NO_FILES, ...files });
};

describe("flags become a job", () => {
  test("a URL and a model alone make a job that searches for the capacity within five minutes", () =>
    expect(JobSpec.parse(request("")).levels).toEqual({
      search: { of: "users", include: [], withinS: 300 },
    }));
  test("rates without a list are searched for", () => {
    expect(request("--rates").levels).toEqual({ search: { of: "rate" } });
    expect(request("--rates --search 2.5 --arrival constant --within 60").levels).toEqual({
      search: { of: "rate", max: 2.5, arrival: "constant", withinS: 60 },
    });
  });
  test("a search may be bounded, and one that is asked for overrides the levels of the job file", () => {
    expect(request("--within 90s").levels).toEqual({ search: { withinS: 90 } });
    expect(request("--search 64", { base: { levels: [1] } }).levels).toEqual({ search: { max: 64 } });
    expect(request("", { base: { levels: [1] } }).levels).toEqual([1]);
  });
  test("levels that run until they are precise may be bounded, each of them", () => {
    expect(request("--levels 1 --precision 3%").precision).toEqual({ percent: 3 });
    expect(request("--levels 1 --precision 2.5 --within 15m")).toMatchObject({
      levels: [1],
      precision: { percent: 2.5, withinS: 900 },
    });
    expect(request("--within 60", { base: { levels: [1], precision: { percent: 3 } } })).toMatchObject({
      levels: [1],
      precision: { percent: 3, withinS: 60 },
    });
  });
  test("a price counts before a list of them, and both beside what the job file says of its GPU", () =>
    expect(
      request("--price 0.5", { base: { gpu: { count: 2 } }, prices: { "NVIDIA A40": 0.39 } }).gpu,
    ).toEqual({ count: 2, usdPerHour: 0.5, prices: { "NVIDIA A40": 0.39 } }));
  test("levels are read in their order", () =>
    expect(request("--levels 10,50,100").levels).toEqual([10, 50, 100]));
  test("rates are levels of an open loop", () => {
    expect(request("--rates 1,2.5").levels).toEqual([{ rate: 1 }, { rate: 2.5 }]);
    expect(request("--rates 4 --arrival gamma --burstiness 0.5").levels).toEqual([
      { rate: 4, arrival: "gamma", burstiness: 0.5 },
    ]);
  });
  test("a sweep is a sweep", () => expect(request("--sweep 128").levels).toEqual({ sweep: { max: 128 } }));
  test("a level may stop by time or after a number of requests", () =>
    expect(request("--levels 8 --duration 20.5 --requests 100").stop).toEqual({
      durationS: 20.5,
      requests: 100,
    }));
  test("a temperature is the workload's", () =>
    expect(request("--temperature 0.7").workload).toEqual({ temperature: 0.7 }));
  test("objectives are named", () =>
    expect(request("--slo ttft=500,tpot=50,percentile=99").slo).toEqual({
      ttftMs: 500,
      tpotMs: 50,
      percentile: 99,
    }));
  test("objectives may be called by name", () => expect(request("--slo chat").slo).toBe("chat"));
  test("flags override the job file, and the rest of the file stays", () => {
    const base = {
      endpoint: { url: "http://other/v1", model: "old", headers: { "x-team": "a" } },
      levels: [1],
      tags: ["nightly"],
    };
    expect(request("--levels 2", { base })).toMatchObject({
      endpoint: { url: URL, model: "m", headers: { "x-team": "a" } },
      levels: [2],
      tags: ["nightly"],
    });
  });
  test.each([
    ["256", 256],
    ["100-400", { min: 100, max: 400 }],
    ["normal:256,64.5", { shape: "normal", mean: 256, stdev: 64.5 }],
    ["lognormal:256,128,16,2048", { shape: "lognormal", mean: 256, stdev: 128, min: 16, max: 2048 }],
  ] as const)("a length may be %s", (text, length) => {
    const { workload } = request(`--input-tokens ${text} --output-tokens ${text}`);
    expect(workload).toEqual({ inputTokens: length, outputTokens: length });
    expect(JobSpec.safeParse(request(`--input-tokens ${text}`)).success).toBe(true);
  });
  test.each([
    ["", undefined],
    ["--metrics http://127.0.0.1:9000/metrics", "http://127.0.0.1:9000/metrics"],
    ["--no-metrics", null],
  ])("with %j the server's own metrics are asked for at %j", (line, url) =>
    expect(request(line).endpoint.metricsUrl).toBe(url),
  );
  test.each([
    ["", undefined],
    ["--wait", 600],
    ["--wait 90", 90],
    ["--wait 90s", 90],
    ["--wait=1.5h", 5400],
  ])("an endpoint is waited for with %s", (line, waitS) => expect(request(line).waitS).toBe(waitS));
  test("images have a number and a size", () =>
    expect(request("--images 2x640x480").workload?.images).toEqual({ count: 2, width: 640, height: 480 }));
  test("the salt is on unless it is switched off", () => {
    expect(request("").workload?.salt).toBeUndefined();
    expect(request("--no-salt").workload?.salt).toBe(false);
  });
  test("the key may go into another header", () =>
    expect(request("--api-key-header api-key").endpoint.apiKeyHeader).toBe("api-key"));
  test("the kind of the API overrides the job file's", () => {
    expect(
      request("--api messages", { base: { endpoint: { url: "u", model: "m", api: "chat" } } }).endpoint.api,
    ).toBe("messages");
    expect(request("").endpoint.api).toBeUndefined();
  });
  test("the key comes from the environment, not from a flag", () =>
    expect(request("", { secrets: { apiKey: "k" } }).endpoint.apiKey).toBe("k"));
  test("secret headers and PEM files add to those of the job file", () => {
    const endpoint = { url: URL, model: "m", secretHeaders: { "x-a": "1", "x-b": "2" }, tls: { ca: "old" } };
    const files = { base: { endpoint }, secretHeaders: { "x-b": "3" }, tls: { cert: "c", key: "k" } };
    expect(request("", files).endpoint).toMatchObject({
      secretHeaders: { "x-a": "1", "x-b": "3" },
      tls: { ca: "old", cert: "c", key: "k" },
    });
  });
  test("a header may come from the environment several times", () => {
    const { headerEnv } = benchCommand()
      .parse(["--header-env", "x-a=A_KEY", "--header-env", "x-b=B_KEY"], { from: "user" })
      .opts();
    expect(headerEnv).toEqual([
      { header: "x-a", variable: "A_KEY" },
      { header: "x-b", variable: "B_KEY" },
    ]);
  });
});

test.each([
  ["--header-env x-api-key", "--header-env takes a header and the name of the environment variable"],
  ["--header-env x-api-key=sk-pasted", "such as x-api-key=MY_KEY"],
  ["--levels ten", "--levels takes a whole number"],
  ["--levels 1,,2", "--levels takes a whole number"],
  ["--levels 1 --sweep 8", "give one of"],
  ["--levels 1 --rates 8", "give one of"],
  ["--api gopher", "--api takes chat, completions, responses, messages, embeddings, auto"],
  ["--rates fast", "--rates takes a number"],
  ["--rates 1 --arrival random", "--arrival takes poisson, constant, gamma"],
  ["--levels 1 --arrival constant", "need --rates"],
  ["--levels 1 --search", "give one of"],
  ["--levels 1 --rates", "--rates without a list searches"],
  ["--levels 1 --within 5m", "--within bounds a search"],
  ["--precision 3%", "--precision is of levels that you name"],
  ["--levels 1 --precision 3ms", "--precision takes a percentage such as 3%"],
  ["--duration 20", "--duration is of levels that you name"],
  ["--duration 1e3", "--duration takes a number"],
  ["--input-tokens pareto:1,2", "--input-tokens takes <n>, <min>-<max>"],
  ["--output-tokens normal:256", "--output-tokens takes <n>, <min>-<max>"],
  ["--images 512x512", "--images takes <count>x<width>x<height>"],
  ["--input-tokens many", "--input-tokens takes a whole number"],
  ["--slo p99=5", "--slo takes ttft=<ms>"],
  ["--slo fast", 'or a name of `brimline objectives`, not "fast"'],
  ["--slo ttft=fast", "--slo ttft takes a number"],
  ["--wait http://127.0.0.1:8000/v1", "--wait takes a time such as 90s, 10m or 1h"],
  ["--visibility all", "--visibility takes public, unlisted, private"],
  ["--warmup 3", "--warmup takes only 0"],
  ["--name --levels 1", '--name needs a value, and "--levels" is a flag'],
])("%s is wrong usage: %s", (line, message) => {
  expect(() => request(line)).toThrow(UsageError);
  expect(() => request(line)).toThrow(message);
});
