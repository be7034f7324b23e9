import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPrefixCache } from "./cache.ts";
import { startEndpoint, type Endpoint } from "./endpoint.ts";
import { PRESETS, type Preset } from "./presets.ts";

const preset: Preset = { ...PRESETS.quick, templateTokens: 20, cacheBlockTokens: 16 };
const words = (count: number, word: string): string[] =>
  Array.from({ length: count }, (_, index) => `${word}${index}`);

describe("a prefix cache", () => {
  test.each([
    ["the first prompt finds nothing", [], words(100, "a"), 0],
    ["the same prompt finds its whole blocks", [words(100, "a")], words(100, "a"), 112],
    ["another one finds the template's", [words(100, "a")], words(100, "b"), 16],
    ["a longer one finds all of the shorter", [words(28, "a")], words(100, "a"), 48],
    [
      "one that goes on otherwise finds what is common",
      [words(100, "a")],
      [...words(28, "a"), ...words(72, "b")],
      48,
    ],
    [
      "one that differs in its first word finds the template's alone",
      [words(100, "a")],
      ["salt", ...words(99, "a")],
      16,
    ],
  ])("%s", (_fact, before, prompt, cached) => {
    const cache = createPrefixCache(preset);
    for (const earlier of before) cache?.take(earlier);
    expect(cache?.take(prompt)).toBe(cached);
  });
  test("is not there unless it is asked for", () => expect(createPrefixCache(PRESETS.quick)).toBeNull());
});

describe("the usage of an endpoint", () => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await startEndpoint({ preset: { ...preset, tokensPerWord: 1.3 } });
  });
  afterAll(() => endpoint.close());

  async function usage(content: string): Promise<unknown> {
    const body = { model: preset.model, messages: [{ role: "user", content }], max_tokens: 2 };
    const response = await fetch(`${endpoint.url}/chat/completions`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return ((await response.json()) as { usage: unknown }).usage;
  }
  const content = words(100, "a").join(" ");

  test("counts tokens a word and the template, and what came from its cache", async () => {
    expect(await usage(content)).toMatchObject({
      prompt_tokens: 150,
      prompt_tokens_details: { cached_tokens: 0 },
    });
    expect(await usage(content)).toMatchObject({
      prompt_tokens: 150,
      prompt_tokens_details: { cached_tokens: 144 },
    });
  });
});
