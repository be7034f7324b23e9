import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startEndpoint, type Endpoint } from "./endpoint.ts";
import { aloneTtftMs, tokensPerS } from "./formula.ts";
import type { ModelParams } from "./model.ts";
import { PRESETS } from "./presets.ts";

/**
 * Iterations take 20 ms, so that a loopback client loses none of them, and requests are short enough for many
 * to fit into two seconds.
 */
const params: ModelParams = {
  iterationMs: 20,
  iterationPerRequestMs: 0.25,
  prefillTokensPerS: 4000,
  slots: 64,
  kvTokens: 100_000,
};
const preset = { ...PRESETS.quick, params };
const LENGTHS = { promptTokens: 8, outputTokens: 10 };
const RUN_MS = 2500;
const WARM_MS = 500;
const BODY = JSON.stringify({
  model: preset.model,
  messages: [{ role: "user", content: "one two three" }],
  max_tokens: LENGTHS.outputTokens,
  stream: true,
});

let endpoint: Endpoint;
const agent = new Agent({ keepAlive: true });
beforeAll(async () => {
  endpoint = await startEndpoint({ preset });
});
afterAll(async () => {
  agent.destroy();
  await endpoint.close();
});

const ask = ({ url }: Endpoint): Promise<void> =>
  new Promise((resolve, reject) => {
    request(`${url}/chat/completions`, { method: "POST", agent }, (response) =>
      response.resume().once("end", resolve),
    )
      .once("error", reject)
      .end(BODY);
  });

describe("over real HTTP", () => {
  // They mostly wait, so they run side by side.
  test.concurrent.each([1, 32])("%i users get what the closed form says, within 3 %", async (users) => {
    const own = await startEndpoint({ preset });
    const startMs = performance.timeOrigin + performance.now();
    const user = async (index: number): Promise<void> => {
      await sleep(index * 7);
      while (performance.timeOrigin + performance.now() < startMs + RUN_MS) await ask(own);
    };
    await Promise.all(Array.from({ length: users }, (_, index) => user(index)));
    await own.close();
    const counted = own.log
      .flatMap((entry) => entry.chunkWrittenMs)
      .filter((ms) => ms >= startMs + WARM_MS && ms < startMs + RUN_MS).length;
    const measured = (1000 * counted) / (RUN_MS - WARM_MS);
    expect(Math.abs(measured / tokensPerS(params, LENGTHS, users) - 1)).toBeLessThan(0.03);
  });

  test("alone, the first token is written a + b + P/R after the request came, and never before", async () => {
    const before = endpoint.log.length;
    for (let index = 0; index < 5; index++) await ask(endpoint);
    const ttfts = endpoint.log
      .slice(before)
      .map((entry) => (entry.chunkWrittenMs[0] ?? 0) - entry.receivedMs);
    const expected = aloneTtftMs(params, LENGTHS.promptTokens);
    expect(Math.min(...ttfts)).toBeGreaterThanOrEqual(expected);
    expect(ttfts.toSorted((a, b) => a - b)[2]).toBeLessThan(expected + 3);
  });
});
