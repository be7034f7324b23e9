import { createHash } from "node:crypto";
import { printed } from "@brimline/testkit/cli/printed";
import { served } from "@brimline/testkit/functions/served";
import { testbed } from "@brimline/testkit/functions/testbed";
import { expect, onTestFinished, test, vi } from "vitest";
import { benchCommand } from "../arguments/bench.ts";
import { run } from "../commands/bench.ts";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { dryRun, dryRunText } from "./dry-run.ts";
import { UsageError } from "../error.ts";

const textOf = (request: JobRequest, columns = 200): string => dryRunText(dryRun(request), columns);
const flagsOf = (...args: string[]) => benchCommand().parse(args, { from: "user" }).opts();
const endpoint = { url: "http://127.0.0.1:8000/v1", model: "llama" };

test.each([60, 80])("a dry run fits a terminal of %d columns", (columns) => {
  for (const request of [{ endpoint }, { endpoint, levels: [1, 8, 32] }]) {
    const lines = textOf(request, columns).split("\n");
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
  }
});

test("a dry run of levels that stop after a number of requests gives the most requests and tokens", () => {
  const text = textOf({
    endpoint,
    levels: [10, 50],
    stop: { requests: 100 },
    workload: { inputTokens: 500, outputTokens: { min: 100, max: 200 } },
  });
  expect(text).toContain("warm-up, 5 users");
  expect(text).toMatch(/50 users\s+100\s+until done/);
  expect(text).toContain("At most 220 requests, about 110,000 prompt and 33,000 output tokens.");
});

test("a dry run does not guess the tokens of the job's own prompts", () => {
  const text = textOf({
    endpoint,
    levels: [10],
    stop: { requests: 100 },
    workload: { prompts: ["a", "b"], outputTokens: 50 },
  });
  expect(text).toContain("prompts: 2 given with the job, answers: 50 tokens");
  expect(text).toContain("At most 120 requests, about 6,000 output tokens.");
});

test("a dry run of embeddings has no output tokens", () => {
  const request: JobRequest = {
    endpoint: { ...endpoint, api: "embeddings" },
    levels: [10],
    stop: { requests: 100 },
    workload: { inputTokens: 50 },
  };
  expect(dryRun(request).plan.total).toMatchObject({ promptTokens: 6000, outputTokens: null });
  expect(textOf(request)).toContain("prompts: 50 tokens\n");
  expect(textOf(request)).toContain("At most 120 requests, about 6,000 prompt tokens.");
});

test("a dry run of a rate gives the number of its requests and their time", () => {
  const text = textOf({ endpoint, levels: [{ rate: 4 }, { rate: 8 }], stop: { durationS: 60 } });
  expect(text).toMatch(/4\/s poisson +240 +60 s/);
  expect(text).toContain("At most 724 requests");
  expect(textOf({ endpoint, levels: [{ rate: 4 }], stop: { requests: 100 } })).toMatch(
    /4\/s poisson +100 +25 s/,
  );
  expect(textOf({ endpoint, levels: [{ rate: 4 }] })).toMatch(/4\/s poisson +by its rate +30 s to 3 min/);
});

test("a dry run of users that stop by time does not guess their requests", () => {
  const text = textOf({ endpoint, levels: { sweep: { max: 4 } } });
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

test("a dry run says in all how many requests, tokens and how much time the job takes", () => {
  const request: JobRequest = {
    endpoint,
    levels: [{ rate: 4 }, { rate: 8 }],
    stop: { durationS: 60 },
    repeats: 2,
    idleS: 10,
    workload: { inputTokens: 100, outputTokens: 50 },
  };
  expect(dryRun(request).plan.total).toEqual({
    requests: 1444,
    usd: null,
    promptTokens: 144_400,
    outputTokens: 72_200,
    time: { minS: 250, maxS: 250 },
  });
  expect(textOf(request)).toMatch(/in all +at most 1,444 +4 min 10 s/);
  expect(textOf({ ...request, gpu: { usdPerHour: 3.6, count: 2 } })).toContain(
    "about 144,400 prompt and 72,200 output tokens. Its GPUs cost at most $0.50.\n",
  );
  expect(textOf({ endpoint, levels: [1, 8], warmup: false })).toMatch(/in all +unknown +60 s to 6 min 0 s/);
  expect(textOf({ endpoint, levels: [8], rampS: 5, stop: { requests: 9 } })).toMatch(
    /in all +at most 29 +at least 5 s/,
  );
});

test("a dry run of levels that are to be precise says how long each may take", () => {
  const request: JobRequest = {
    endpoint,
    levels: [{ rate: 4 }],
    precision: { percent: 3 },
    stop: { durationS: 60 },
  };
  expect(dryRun(request).plan.levels[0]).toMatchObject({ requests: 2400, sends: { minS: 60, maxS: 600 } });
  expect(textOf(request)).toContain("until ±3 %, 60 s to 10 min 0 s");
});

test("a dry run goes no further than the job's limits", () => {
  const limits = { maxRequests: 50, maxOutputTokens: 1000 };
  expect(dryRun({ endpoint, levels: [8], limits }).plan.total).toMatchObject({
    requests: 50,
    outputTokens: 1000,
  });
});

test("a dry run judges and spells the URL as the run does", () => {
  const at = (url: string) => () => dryRun({ endpoint: { ...endpoint, url }, levels: [1] });
  expect(at("http://127.0.0.1:8000/v1/chat/completions/")().plan.endpoint.url).toBe(endpoint.url);
  expect(at("127.0.0.1:8000/v1")().plan.endpoint.url).toBe(endpoint.url);
  expect(at("http://me:s3cret@127.0.0.1:8000/v1?a=1&key=s3cret")().plan.endpoint.url).toBe(
    `${endpoint.url}?a=1`,
  );
  expect(at("http://me:s3cret@127.0.0.1:8000/v1#x")).toThrow("/endpoint/url: the URL has a fragment");
  expect(at("http://169.254.169.254/v1")).toThrow("/endpoint/url");
});

test("a dry run of prompts of 1 MB names the field and the limit", () => {
  const prompts = Array.from({ length: 10 }, () => "x".repeat(100_000));
  expect(() => dryRun({ endpoint, levels: [1], workload: { prompts } })).toThrow(
    /job: A job may have at most 262,144 bytes of JSON\. workload\.prompts is the field/,
  );
});

test("a dry run of a search says what it looks for, what it likely takes, and what at most", () => {
  const text = textOf({
    endpoint,
    slo: { ttftMs: 500 },
    levels: { search: { withinS: 120 } },
    gpu: { usdPerHour: 3, count: 2 },
    limits: { maxRequests: 5000 },
  });
  expect(text).toContain("Searches for the most users that meet TTFT p95 ≤ 500 ms.\n");
  expect(text).toMatch(
    /It likely takes [\d,]+ s(?: to [\d,]+ (?:s|min \d+ s))? of load, [\d,]+ to [\d,]+ requests, [\d,]+ to [\d,]+ output tokens, if a token takes 10 to 50 ms\./,
  );
  expect(text).toContain("It takes at most 2 min 0 s, 5,000 requests, $0.20.\n");
  expect(textOf({ endpoint, levels: { search: { of: "rate", max: 50 } } })).toContain(
    "Searches for the most requests/s that are sustained, up to 50.\n",
  );
});

test("a dry run of a named service says how to show that the endpoint is the caller's", async () => {
  const bed = await testbed({ adminKeySha256: createHash("sha256").update("root").digest("hex") });
  const server = await served(bed);
  const made = await bed.send(
    "POST",
    "/v1/keys",
    { name: "ci", scopes: ["submit"] },
    { authorization: "Bearer root" },
  );
  vi.stubEnv("CI_KEY", String(made.json?.["key"]));
  onTestFinished(() => void vi.unstubAllEnvs());
  const bench = async (...more: string[]): Promise<string> =>
    (
      await printed(
        run("https://llm.example/v1", flagsOf("--model", "m", "--dry-run", "--duration", "30", ...more)),
      )
    ).out;
  const there = ["--server", server, "--key-env", "CI_KEY"];
  const said = (await bench("--levels", "9", ...there)).replace(/\s+/g, " ");
  expect(said).toMatch(
    /more than a trial \(8 users, 60 s\).*put brimline-[0-9a-f]{32} on a line of its own at https:\/\/llm\.example\/\.well-known\/brimline, or in a TXT record of _brimline\.llm\.example\./,
  );
  expect(await bench("--levels", "8", ...there)).not.toContain("proof");
  expect(JSON.parse(await bench("--levels", "9", "--json", ...there))).toMatchObject({
    proof: { txt: "_brimline.llm.example" },
  });
});
