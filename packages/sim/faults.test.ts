import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { startEndpoint, type Endpoint } from "./endpoint.ts";
import type { Faults } from "./faults.ts";
import { PRESETS } from "./presets.ts";

const preset = PRESETS.quick;
const BODY = JSON.stringify({
  model: preset.model,
  messages: [{ role: "user", content: "hi" }],
  max_tokens: 10,
  stream: true,
});

async function withFaults(faults: Faults, run: (endpoint: Endpoint) => Promise<void>): Promise<void> {
  const endpoint = await startEndpoint({ preset, faults });
  try {
    await run(endpoint);
  } finally {
    await endpoint.close();
  }
}
const ask = (endpoint: Endpoint, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${endpoint.url}/chat/completions`, { method: "POST", headers, body: BODY });
const statusOf = async (endpoint: Endpoint, headers?: Record<string, string>): Promise<number> => {
  const response = await ask(endpoint, headers);
  await response.text();
  return response.status;
};

describe("planned faults", () => {
  test("with a key asked for, none and a wrong one are 401 and say which", () =>
    withFaults({ apiKey: "sk-right" }, async (endpoint) => {
      expect(await statusOf(endpoint)).toBe(401);
      const wrong = await ask(endpoint, { authorization: "Bearer sk-wrong" });
      expect(wrong.status).toBe(401);
      expect(await wrong.json()).toMatchObject({
        error: { message: "The API key is wrong.", code: "invalid_api_key" },
      });
      expect(await statusOf(endpoint, { authorization: "Bearer sk-right" })).toBe(200);
      expect((await fetch(`${endpoint.url}/models`)).status).toBe(401);
    }));

  test("a share of 0.25 makes every fourth request a 429 with retry-after", () =>
    withFaults({ rateLimitShare: 0.25 }, async (endpoint) => {
      const statuses: number[] = [];
      for (let index = 0; index < 8; index++) statuses.push(await statusOf(endpoint));
      expect(statuses).toEqual([200, 200, 200, 429, 200, 200, 200, 429]);
      for (let index = 0; index < 3; index++) await statusOf(endpoint);
      expect((await ask(endpoint)).headers.get("retry-after")).toBe("1");
    }));

  test("a share of 1 makes every request a 500", () =>
    withFaults({ errorShare: 1 }, async (endpoint) => {
      expect([await statusOf(endpoint), await statusOf(endpoint)]).toEqual([500, 500]);
      expect(endpoint.state().requests).toBe(0);
    }));

  test("html answers a web page to everything but the simulator's own paths", () =>
    withFaults({ html: true }, async (endpoint) => {
      const response = await ask(endpoint);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toContain("text/html");
      await response.text();
      expect(await (await fetch(new URL("/sim/state", endpoint.url))).json()).toMatchObject({ requests: 0 });
    }));

  test("a delay holds the answer back from the headers on", () =>
    withFaults({ delayMs: 150 }, async (endpoint) => {
      const beginMs = performance.now();
      await (await ask(endpoint)).text();
      expect(performance.now() - beginMs).toBeGreaterThan(150);
    }));

  test("a stall of 200 ms lies between the third token and the fourth, and the answer is whole", () =>
    withFaults({ stall: { afterTokens: 3, forMs: 200 } }, async (endpoint) => {
      const text = await (await ask(endpoint)).text();
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
      const written = endpoint.log[0]?.chunkWrittenMs ?? [];
      expect(written).toHaveLength(10);
      expect((written[3] ?? 0) - (written[2] ?? 0)).toBeGreaterThan(190);
    }));

  test("a stall for ever leaves the stream open and silent", () =>
    withFaults({ stall: { afterTokens: 3, forMs: null } }, async (endpoint) => {
      await ask(endpoint);
      await sleep(150);
      expect(endpoint.log[0]).toMatchObject({ doneMs: null });
      expect(endpoint.log[0]?.chunkWrittenMs).toHaveLength(3);
      expect(endpoint.state().open).toBe(1);
    }));

  test("an endpoint that dies cuts its streams and refuses connections from then on", () =>
    withFaults({ dieAtMs: 200, stall: { afterTokens: 1, forMs: null } }, async (endpoint) => {
      await expect((await ask(endpoint)).text()).rejects.toThrow();
      await expect(ask(endpoint)).rejects.toThrow();
    }));
});
