import { Api, DIALECTS } from "@brimline/core/dialect/dialects";
import { fieldsOf, newAnswer, outcomeOf } from "@brimline/core/record/answer/answer";
import { SSE_LIMITS } from "@brimline/core/record/answer/sse";
import { type Endpoint, startEndpoint } from "@brimline/sim/endpoint";
import { KINDS } from "@brimline/sim/kinds";
import { PRESETS } from "@brimline/sim/presets";
import { parted, shardOf } from "@brimline/testkit/load/level";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { preflight } from "../preflight/preflight.ts";
import { LearningReader } from "./learning.ts";

/** The same simulated answer, as each kind of endpoint that streams writes it. */
const STREAMING = Api.options.filter((api) => DIALECTS[api].streams);
const TOKENS = 1000;
const kindOf = (api: Api) => {
  const kind = KINDS[`/v1/${DIALECTS[api].path}`];
  if (kind === undefined) throw new Error(`the simulated endpoint does not speak ${api}`);
  return kind;
};

afterEach(() => void vi.restoreAllMocks());

/** Reads an answer of 1,000 tokens, of which the nth comes at 100 + 7 n ms. */
function read(api: Api) {
  const frames = kindOf(api).frames?.(
    { id: "id-1", created: 1, model: "m" },
    {
      opening: "",
      promptTokens: 12,
      words: [],
      outputTokens: TOKENS,
      hiddenTokens: 0,
      finishReason: "length",
      stream: true,
      includeUsage: true,
    },
    8,
  );
  if (frames === undefined) throw new Error(`the simulated endpoint does not stream ${api}`);
  const reader = new LearningReader(DIALECTS[api], SSE_LIMITS);
  const answer = newAnswer(0);
  const take = (text: string, atMs: number): void =>
    reader.take(answer, Buffer.from(text), 0, Buffer.byteLength(text), atMs);
  take(frames.begin, 1);
  for (let index = 0; index < TOKENS; index++) take(frames.token(index), 100 + 7 * index);
  for (const frame of frames.end) take(frame, 101 + 7 * TOKENS);
  return { ...fieldsOf(answer), outcome: outcomeOf(answer, false) };
}

describe("the same answer is the same record in every kind of stream", () => {
  test.each(STREAMING)("%s", (api) => {
    expect(read(api)).toEqual(read("chat"));
    expect(read(api)).toMatchObject({
      outcome: "ok",
      firstVisibleMs: 100,
      tokens: { input: 12, output: TOKENS, cached: 8, source: "usage" },
      finishReason: "length",
    });
  });

  test.each(STREAMING)("%s: events that differ in their text alone are not parsed one by one", (api) => {
    const parse = vi.spyOn(JSON, "parse");
    read(api);
    expect(parse.mock.calls.length).toBeLessThan(20);
  });
});

describe("over HTTP", () => {
  let endpoint: Endpoint;
  const key = "a-key-of-the-endpoint";
  beforeAll(async () => {
    endpoint = await startEndpoint({ preset: PRESETS.quick, faults: { apiKey: key } });
  });
  afterAll(() => endpoint.close());

  test.each(STREAMING)("%s is preflighted and measured, token by token", async (api) => {
    const job = {
      endpoint: { url: endpoint.url, model: PRESETS.quick.model, api, apiKey: key },
      levels: [2],
      workload: { inputTokens: 20, outputTokens: 12 },
    };
    const preflighted = await preflight({ ...parted(job), guard: createGuard({ profile: "local" }) });
    expect(preflighted).toMatchObject({ verdict: "accepted", requests: 2, usage: true, saysEnd: true });
    expect(preflighted?.promptCounts).toHaveLength(2);
    const asked = endpoint.log.length;
    const { records } = await shardOf(endpoint.url, { users: 2, requests: 4, job });
    expect(records.map(({ outcome }) => outcome)).toEqual(["ok", "ok", "ok", "ok"]);
    expect(records.map(({ tokens, gapsUs }) => ({ ...tokens, chunks: gapsUs.length }))).toEqual(
      endpoint.log.slice(asked).map(({ promptTokens, chunkWrittenMs }) => ({
        input: promptTokens,
        output: chunkWrittenMs.length,
        reasoning: null,
        cached: null,
        source: "usage",
        chunks: 12,
      })),
    );
  });

  test("embeddings are measured by their prompts and the time of the whole answer", async () => {
    const job = {
      endpoint: { url: endpoint.url, model: PRESETS.quick.model, api: "embeddings" as const, apiKey: key },
      workload: { inputTokens: 20 },
    };
    const { records } = await shardOf(endpoint.url, { users: 2, requests: 4, job });
    for (const [nth, record] of records.entries()) {
      const { promptTokens, doneMs, receivedMs } = endpoint.log.at(nth - 4) ?? {};
      expect(record).toMatchObject({
        outcome: "ok",
        tokens: { input: promptTokens, output: null, source: "usage" },
        usageInvalid: false,
      });
      expect(record.gapsUs).toHaveLength(1);
      expect(Number(record.lastMs) - record.sentMs).toBeGreaterThan(Number(doneMs) - Number(receivedMs) - 1);
    }
    expect(endpoint.state().promptTokens).toBe(
      endpoint.log.reduce((sum, entry) => sum + entry.promptTokens, 0),
    );
  });
});
