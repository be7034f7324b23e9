import { calibrate } from "@brimline/core/job/request/calibration";
import { JobSpec, type JobRequest } from "@brimline/core/job/spec/spec";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS, type Preset } from "@brimline/sim/presets";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { requestLimits } from "../request/endpoint.ts";
import { createGuard } from "../guard/guard.ts";
import { preflight } from "../preflight/preflight.ts";
import { REQUEST_LIMITS } from "../request/request.ts";
import { parted, shardOf } from "@brimline/testkit/load/level";
import { chunk, DONE, play, scriptedEndpoint, type Seen, word } from "@brimline/testkit/load/scripted";

const KEY = "azure-key-0123456789";

describe("prompts have the asked tokens, as the endpoint counts them", () => {
  const WORLDS: [string, Pick<Preset, "tokensPerWord" | "templateTokens">][] = [
    ["1.3 tokens a word and a template of 20", { tokensPerWord: 1.3, templateTokens: 20 }],
    ["0.8 tokens a word and none", { tokensPerWord: 0.8, templateTokens: 0 }],
    ["5 tokens a word, as bytes would be, and a template of 40", { tokensPerWord: 5, templateTokens: 40 }],
  ];
  test.each(WORLDS)("%s: 64, 256 and 1,000 within two percent", async (_world, counts) => {
    const endpoint = await startEndpoint({ preset: { ...PRESETS.quick, ...counts } });
    const job = (inputTokens: number): JobRequest => ({
      endpoint: { url: endpoint.url, model: "sim-quick" },
      workload: { inputTokens, outputTokens: 1 },
      levels: [5],
    });
    const learnt = await preflight({
      ...parted(job(64)),
      guard: createGuard({ profile: "local" }),
    });
    const calibration = calibrate(learnt?.promptCounts ?? []);
    for (const asked of [64, 256, 1000]) {
      const { records } = await shardOf(endpoint.url, {
        users: 5,
        requests: 40,
        job: job(asked),
        calibration,
      });
      const mean =
        records.reduce((sum, { tokens }) => sum + (tokens.input ?? Number.NaN), 0) / records.length;
      expect(Math.abs(mean / asked - 1), `${asked} asked, ${mean} counted`).toBeLessThan(0.02);
    }
    await endpoint.close();
  });
});

/** All requests that one endpoint gets from preflight and from load. */
async function everythingSent({
  query = "",
  ...job
}: Partial<JobRequest> & { query?: string }): Promise<{ asked: Seen[]; loaded: Seen[] }> {
  const endpoint = await scriptedEndpoint((response) =>
    play(response, [word("a"), chunk({}, { finish_reason: "length" }), DONE]),
  );
  const whole: JobRequest = {
    levels: [1],
    ...job,
    endpoint: { model: "m", ...job.endpoint, url: endpoint.url + query },
  };
  await preflight({ ...parted(whole), guard: createGuard({ profile: "local" }) });
  const asked = endpoint.seen.splice(0);
  await shardOf(whole.endpoint.url, { users: 2, requests: 6, job: whole });
  await endpoint.close();
  return { asked, loaded: endpoint.seen };
}

describe("what the job adds", () => {
  test("its headers and body fields are in every request, of preflight and of load", async () => {
    const { asked, loaded } = await everythingSent({
      endpoint: {
        url: "",
        model: "m",
        headers: { "X-Tenant": "t1", "User-Agent": "mine" },
        body: { top_p: 0.5, chat_template_kwargs: { thinking: false } },
      },
    });
    expect([asked.length, loaded.length]).toEqual([1, 6]);
    for (const { headers, body } of [...asked, ...loaded]) {
      expect(headers).toMatchObject({
        "x-tenant": "t1",
        "user-agent": "mine",
        "content-type": "application/json",
      });
      expect(body).toMatchObject({
        top_p: 0.5,
        chat_template_kwargs: { thinking: false },
        stream: true,
        model: "m",
      });
    }
  });

  test.each([
    ["a bearer token, unless told otherwise", undefined, { authorization: `Bearer ${KEY}` }, "api-key"],
    [
      "a bearer token in any spelling of its header",
      "Authorization",
      { authorization: `Bearer ${KEY}` },
      "api-key",
    ],
    ["as it is in the header that the job names", "Api-Key", { "api-key": KEY }, "authorization"],
  ])("its key is sent as %s", async (_fact, apiKeyHeader, wanted, absent) => {
    const { asked, loaded } = await everythingSent({
      endpoint: { url: "", model: "m", apiKey: KEY, ...(apiKeyHeader !== undefined && { apiKeyHeader }) },
    });
    expect([asked.length, loaded.length]).toEqual([1, 6]);
    for (const { headers } of [...asked, ...loaded]) {
      expect(headers).toMatchObject(wanted);
      expect(headers[absent]).toBeUndefined();
    }
  });

  test("its secrets are sent, and the query behind every path", async () => {
    const { asked, loaded } = await everythingSent({
      endpoint: { url: "", model: "m", basic: "me:pässword", secretHeaders: { "X-Tenant": "t3nant" } },
      query: "?api-version=2024-10-21&sig=a%2Fb",
    });
    for (const { path, headers } of [...asked, ...loaded]) {
      expect(path).toBe("/v1/chat/completions?api-version=2024-10-21&sig=a%2Fb");
      expect(headers).toMatchObject({
        authorization: `Basic ${Buffer.from("me:pässword").toString("base64")}`,
        "x-tenant": "t3nant",
      });
    }
  });

  test("its secrets are in no error text, wherever they travel", async () => {
    const endpoint = await scriptedEndpoint((response, { path, headers }) => {
      const { authorization, "api-key": key, "x-tenant": tenant } = headers;
      response.writeHead(400).end(`bad: ${[key, tenant, authorization, path].map(String).join(", ")}`);
    });
    const job = {
      endpoint: {
        url: `${endpoint.url.replace("//", "//me:p%40ssw0rd@")}?api-version=1&sig=s1gnature`,
        model: "m",
        apiKey: KEY,
        apiKeyHeader: "api-key",
        secretHeaders: { "x-tenant": "t3nant" },
      },
    };
    const { records } = await shardOf(job.endpoint.url, { users: 1, requests: 3, job });
    const rejected = await preflight({
      ...parted({ ...job, levels: [1] }),
      guard: createGuard({ profile: "local" }),
    });
    await endpoint.close();
    expect(records.map(({ errorText }) => errorText)).toContain(
      "bad: [secret], [secret], Basic [secret], /v1/chat/completions?api-version=1&sig=[secret]",
    );
    expect(JSON.stringify([records, rejected])).not.toMatch(/azure-key|ssw0rd|s1gnature|t3nant|bWU6/);
  });
});

describe("timeouts", () => {
  test("are those of the load generator unless the job says otherwise", () => {
    const spec = (limits: JobRequest["limits"]): JobSpec =>
      JobSpec.parse({ endpoint: { url: "u", model: "m" }, levels: [1], ...(limits && { limits }) });
    expect(requestLimits(spec(undefined))).toEqual(REQUEST_LIMITS);
    expect(requestLimits(spec({ timeouts: { idleMs: 5000 } }))).toEqual({ ...REQUEST_LIMITS, idleMs: 5000 });
  });

  test.each<[string, "headersMs" | "idleMs" | "totalMs", Parameters<typeof scriptedEndpoint>[0]]>([
    ["headers_timeout", "headersMs", () => {}],
    ["idle_timeout", "idleMs", (response) => play(response, [word("a"), 5000])],
    [
      "total_timeout",
      "totalMs",
      (response) => play(response, [word("a"), ...Array.from({ length: 50 }, () => [100, word("a")]).flat()]),
    ],
  ])("of the job end a request of load as %s", async (outcome, phase, answer) => {
    const endpoint = await scriptedEndpoint(answer);
    const { records } = await shardOf(endpoint.url, {
      users: 1,
      requests: 1,
      job: { limits: { timeouts: { [phase]: 400 } } },
    });
    await endpoint.close();
    expect(records.map((record) => record.outcome)).toEqual([outcome]);
    const { sentMs, doneMs } = records[0] ?? { sentMs: 0, doneMs: null };
    expect((doneMs ?? 0) - sentMs).toBeGreaterThanOrEqual(390);
    expect((doneMs ?? Infinity) - sentMs).toBeLessThan(3000);
  });
});

test("a connection that does not open is given up after the job's own timeout", async () => {
  // The server accepts the connection and never answers the TLS handshake.
  const mute = createServer().listen(0, "127.0.0.1");
  await once(mute, "listening");
  const url = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/v1`;
  const { records } = await shardOf(url, {
    users: 1,
    requests: 1,
    job: { limits: { timeouts: { connectMs: 300 } } },
  });
  mute.close();
  expect(records.map((record) => record.outcome)).toEqual(["connect"]);
  expect(records[0]?.doneMs).toBeLessThan(3000);
});

test("an answer of one token is a whole answer: one chunk, and no gap to time", async () => {
  const endpoint = await startEndpoint({ preset: PRESETS.quick });
  const { records } = await shardOf(endpoint.url, {
    users: 2,
    requests: 6,
    job: { endpoint: { url: "", model: "sim-quick" }, workload: { outputTokens: 1 } },
  });
  await endpoint.close();
  expect(records).toHaveLength(6);
  for (const record of records) {
    expect(record).toMatchObject({
      outcome: "ok",
      finishReason: "length",
      tokens: { output: 1, source: "usage" },
    });
    expect(record.gapsUs).toHaveLength(1);
    expect(record.lastMs).toBe(record.firstMs);
  }
});
