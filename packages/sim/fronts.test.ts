import { afterAll, describe, expect, test } from "vitest";
import { startEndpoint } from "./endpoint.ts";
import { PRESETS } from "./presets.ts";

describe("OpenAI's reasoning model", async () => {
  const preset = PRESETS["openai-reasoning"];
  const endpoint = await startEndpoint({ preset });
  afterAll(() => endpoint.close());
  const ask = (fields: object): Promise<Response> =>
    fetch(`${endpoint.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        model: preset.model,
        messages: [{ role: "user", content: "one two three" }],
        ...fields,
      }),
    });

  test.each([
    [
      "unknown fields",
      { ignore_eos: true, min_tokens: 8 },
      "Unrecognized request arguments supplied: ignore_eos, min_tokens",
    ],
    ["max_tokens", { max_tokens: 8 }, "Use 'max_completion_tokens' instead"],
    ["a temperature but 1", { temperature: 0 }, "'temperature' does not support 0 with this model"],
  ])("refuses %s", async (_what, fields, message) => {
    const answer = await ask(fields);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(message);
  });

  const usage = (completion_tokens: number, reasoning_tokens: number) => ({
    prompt_tokens: 8,
    completion_tokens,
    total_tokens: 8 + completion_tokens,
    completion_tokens_details: { reasoning_tokens },
  });

  test.each([
    ["ends by itself", 500, 30, "stop", usage(70, 40)],
    ["is cut", 45, 5, "length", usage(45, 40)],
    ["is used up by reasoning", 24, 0, "length", usage(24, 24)],
  ])("reasons unseen before an answer that %s", async (_how, max, seen, finish, used) => {
    const stream = { stream: true, stream_options: { include_usage: true }, temperature: 1 };
    const text = await (await ask({ ...stream, max_completion_tokens: max })).text();
    expect(text.match(/"content":"[^"]/g) ?? []).toHaveLength(seen);
    expect(text).toContain(`"finish_reason":"${finish}"`);
    expect(text).toContain(`"usage":${JSON.stringify(used)}`);
    const whole = (await (await ask({ max_completion_tokens: max })).json()) as { usage: object };
    expect(whole.usage).toEqual(used);
  });
});

describe("a deployment of Azure", async () => {
  const endpoint = await startEndpoint({ preset: PRESETS.azure, faults: { apiKey: "k" } });
  afterAll(() => endpoint.close());
  const ask = (prompt: string, fields: object = {}, query = "?api-version=2024-10-21"): Promise<Response> =>
    fetch(`${endpoint.url}/chat/completions${query}`, {
      method: "POST",
      headers: { "api-key": "k" },
      body: JSON.stringify({
        messages: [{ role: "user", content: prompt }],
        stream: true,
        stream_options: { include_usage: true },
        ...fields,
      }),
    });

  test("is reached below its name, with a version of the API", async () => {
    expect(new URL(endpoint.url).pathname).toBe("/openai/deployments/sim-azure");
    const answer = await ask("9 hello", {}, "");
    expect([answer.status, await answer.json()]).toEqual([
      404,
      { error: { message: "Resource not found", type: "invalid_request_error", param: null, code: "404" } },
    ]);
    expect((await ask("9 hello", { ignore_eos: true })).status).toBe(400);
  });

  test.each([
    ["whole", "9 hello", 30, "stop"],
    ["cut by the content filter", "1 hello", 4, "content_filter"],
  ])("judges the prompt first and every chunk; an answer may be %s", async (_how, prompt, tokens, finish) => {
    const events = (await (await ask(prompt)).text()).split("\n\n").filter((line) => line !== "");
    expect(events.at(-1)).toBe("data: [DONE]");
    const chunks = events.slice(0, -1).map((line) => JSON.parse(line.slice("data: ".length)));
    expect(chunks[0]).toMatchObject({ id: "", choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    const choices = chunks.flatMap((chunk) => chunk.choices);
    expect(choices.every((choice) => "content_filter_results" in choice)).toBe(true);
    expect(choices.filter((choice) => choice.delta?.content)).toHaveLength(tokens);
    expect(choices.map((choice) => choice.finish_reason).filter((reason) => reason !== null)).toEqual([
      finish,
    ]);
    expect(chunks.at(-1).usage).toMatchObject({ prompt_tokens: 7, completion_tokens: tokens });
  });
});
