import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { startEndpoint, type Endpoint } from "./endpoint.ts";
import { PRESETS } from "./presets.ts";

const preset = PRESETS.quick;
const MESSAGES = [{ role: "user", content: "deadbeef two words" }];
const ASK = {
  model: preset.model,
  messages: MESSAGES,
  max_tokens: 5,
  stream: true,
  stream_options: { include_usage: true },
};

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({ preset });
});
afterAll(() => endpoint.close());

const ask = (body: unknown, to = endpoint.url): Promise<Response> =>
  fetch(`${to}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

interface Chunk {
  id: string;
  choices: { delta: { role?: string; content?: string }; finish_reason: string | null }[];
  usage?: object;
}
const dataOf = (text: string): string[] =>
  text.split("\n\n").flatMap((event) => (event === "" ? [] : event.replace(/^data: /, "")));
const chunksOf = (text: string): Chunk[] =>
  dataOf(text)
    .slice(0, -1)
    .map((data) => JSON.parse(data) as Chunk);

describe("the simulated endpoint", () => {
  test("a stream is an empty role chunk, a chunk a token, the finish reason, the usage and [DONE]", async () => {
    const response = await ask(ASK);
    const text = await response.text();
    const chunks = chunksOf(text);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-brimline-sim")).toBe("1");
    expect(dataOf(text).at(-1)).toBe("[DONE]");
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "" });
    expect(chunks.slice(1, 6).map((chunk) => chunk.choices[0]?.delta.content)).toEqual([
      "every",
      " number",
      " here",
      " is",
      " known",
    ]);
    expect(chunks[6]?.choices[0]).toEqual({ index: 0, delta: {}, finish_reason: "length" });
    expect(chunks[7]).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3 + preset.templateTokens, completion_tokens: 5, total_tokens: 13 },
    });
    expect(chunks).toHaveLength(8);
  });

  test("the role chunk comes at once, the first token only when it is computed", async () => {
    const beginMs = performance.now();
    const response = await ask({ ...ASK, messages: [{ role: "user", content: "word ".repeat(10_000) }] });
    const reader = response.body?.getReader();
    await reader?.read();
    const roleMs = performance.now() - beginMs;
    await reader?.read();
    expect(performance.now() - beginMs).toBeGreaterThan(200);
    expect(roleMs).toBeLessThan(150);
    await reader?.cancel();
  });

  test("without stream_options there is no usage chunk", async () => {
    const text = await (await ask({ ...ASK, stream_options: undefined })).text();
    expect(text).not.toContain("usage");
  });

  test("without streaming the whole answer comes as one JSON with its usage", async () => {
    const response = await ask({ model: preset.model, messages: MESSAGES, max_completion_tokens: 3 });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { role: "assistant", content: "every number here" }, finish_reason: "length" }],
      usage: { prompt_tokens: 8, completion_tokens: 3, total_tokens: 11 },
    });
  });

  test.each([
    ["it ends by itself where nothing else is said", {}, 7, "stop"],
    ["max_tokens cuts it shorter", { max_tokens: 4 }, 4, "length"],
    [
      "max_completion_tokens counts before max_tokens",
      { max_tokens: 4, max_completion_tokens: 2 },
      2,
      "length",
    ],
    ["a higher max_tokens does not lengthen it", { max_tokens: 9 }, 7, "stop"],
    ["ignore_eos fills max_tokens", { max_tokens: 9, ignore_eos: true }, 9, "length"],
    ["min_tokens holds it open", { min_tokens: 8 }, 8, "stop"],
  ])("the length of an answer: %s", async (_, fields, tokens, reason) => {
    const short = await startEndpoint({ preset: { ...preset, naturalTokens: 7 } });
    const answer = (await (
      await ask({ model: preset.model, messages: MESSAGES, ...fields }, short.url)
    ).json()) as object;
    expect(answer).toMatchObject({
      choices: [{ finish_reason: reason }],
      usage: { completion_tokens: tokens },
    });
    await short.close();
  });

  test.each([
    ["not JSON", "{", 400, null],
    ["not an object", [], 400, null],
    ["no model", { messages: MESSAGES }, 400, "model"],
    ["another model", { ...ASK, model: "x" }, 404, "model"],
    ["no messages", { ...ASK, messages: [] }, 400, "messages"],
    ["a message without text", { ...ASK, messages: [{ role: "user" }] }, 400, "messages"],
    ["0 tokens", { ...ASK, max_tokens: 0 }, 400, "max_tokens"],
    ["half a token", { ...ASK, max_tokens: 1.5 }, 400, "max_tokens"],
    ["more least than most tokens", { ...ASK, min_tokens: 6 }, 400, "min_tokens"],
    ["stream as a string", { ...ASK, stream: "yes" }, 400, "stream"],
    ["stream_options without stream", { ...ASK, stream: false }, 400, "stream_options"],
    ["two answers", { ...ASK, n: 2 }, 400, "n"],
    ["more than the KV cache holds", { ...ASK, max_tokens: 30_000, ignore_eos: true }, 400, "messages"],
  ])("a bad request (%s) is refused as OpenAI does", async (_, body, status, param) => {
    const response = await ask(body);
    expect(response.status).toBe(status);
    expect(response.headers.get("x-brimline-sim")).toBe("1");
    expect(await response.json()).toMatchObject({
      error: { message: expect.any(String) as string, type: "invalid_request_error", param },
    });
  });

  test("parts of a message count as one text, over all messages", async () => {
    const content = [
      { type: "text", text: "one two" },
      { type: "text", text: "three" },
    ];
    const answer = await ask({
      model: preset.model,
      messages: [
        { role: "system", content: "four  five\n" },
        { role: "user", content },
      ],
      max_tokens: 1,
    });
    expect(await answer.json()).toMatchObject({ usage: { prompt_tokens: 5 + preset.templateTokens } });
  });

  test("a URL without its /v1 is 404, and the answer says where the API is", async () => {
    const response = await fetch(`${endpoint.url.replace("/v1", "")}/chat/completions`, {
      method: "POST",
      body: "{}",
    });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("below /v1");
  });

  test("GET on the chat path is 405", async () =>
    expect((await fetch(`${endpoint.url}/chat/completions`)).status).toBe(405));

  test("the model is listed and the endpoint is healthy", async () => {
    expect(await (await fetch(`${endpoint.url}/models`)).json()).toMatchObject({
      data: [{ id: preset.model }],
    });
    expect((await fetch(new URL("/health", endpoint.url))).status).toBe(200);
  });

  test("the log has every token's time of writing, in process and over HTTP", async () => {
    const fresh = await startEndpoint({ preset });
    await (await ask({ ...ASK, max_tokens: 20 }, fresh.url)).text();
    const [entry] = fresh.log;
    expect(entry?.chunkWrittenMs).toHaveLength(20);
    expect(entry?.promptTokens).toBe(8);
    expect(Math.abs((entry?.receivedMs ?? 0) - Date.now())).toBeLessThan(5000);
    const times = [entry?.receivedMs ?? 0, ...(entry?.chunkWrittenMs ?? []), entry?.doneMs ?? 0];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const lines = (await (await fetch(new URL("/sim/log", fresh.url))).text()).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(fresh.log);
    await fresh.close();
  });

  test("a client that leaves frees its slot within the moment, and nothing more is written", async () => {
    const fresh = await startEndpoint({ preset });
    const response = await ask({ ...ASK, max_tokens: 5000, ignore_eos: true }, fresh.url);
    const reader = response.body?.getReader();
    await reader?.read();
    await sleep(50);
    expect(fresh.state()).toMatchObject({ open: 1, running: 1 });
    expect(fresh.gpu()).toMatchObject({ busy: true });
    await reader?.cancel();
    await expect.poll(() => fresh.state()).toMatchObject({ open: 0, running: 0, cancelled: 1, finished: 0 });
    expect(fresh.log[0]).toMatchObject({ cancelled: true });
    const written = fresh.log[0]?.chunkWrittenMs.length;
    await sleep(50);
    expect(fresh.log[0]?.chunkWrittenMs).toHaveLength(written ?? -1);
    expect(fresh.gpu()).toEqual({ busy: false, running: 0, utilisation: 0, powerW: preset.gpu.idleW });
    await fresh.close();
  });

  test("its sums and its Prometheus text agree with what was answered", async () => {
    const fresh = await startEndpoint({ preset });
    await Promise.all(Array.from({ length: 10 }, async () => (await ask(ASK, fresh.url)).text()));
    expect(await (await fetch(new URL("/sim/state", fresh.url))).json()).toMatchObject({
      requests: 10,
      finished: 10,
      promptTokens: 80,
      outputTokens: 50,
      open: 0,
    });
    const text = await (await fetch(new URL("/metrics", fresh.url))).text();
    expect(text).toContain('vllm:generation_tokens_total{model_name="sim-quick"} 50\n');
    expect(text).toContain('vllm:time_to_first_token_seconds_bucket{model_name="sim-quick",le="+Inf"} 10\n');
    expect(text).toContain('vllm:time_to_first_token_seconds_count{model_name="sim-quick"} 10\n');
    expect(text).toContain('vllm:request_success_total{model_name="sim-quick"} 10\n');
    await fresh.close();
  });
});
