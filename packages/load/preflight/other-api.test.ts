import { type Api, DIALECTS } from "@brimline/core/dialect/dialects";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { startEndpoint } from "@brimline/sim/endpoint";
import { frontOf } from "@brimline/sim/fronts";
import { PRESETS } from "@brimline/sim/presets";
import { parted } from "@brimline/testkit/load/level";
import { scriptedEndpoint } from "@brimline/testkit/load/scripted";
import { describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import type { Step } from "./ask.ts";
import { preflight } from "./preflight.ts";

async function examined(url: string, endpoint: Partial<JobRequest["endpoint"]> = {}) {
  const steps: Step[] = [];
  const job = { endpoint: { url, model: PRESETS.quick.model, ...endpoint }, levels: [1] };
  const found = await preflight({
    ...parted(job),
    guard: createGuard({ profile: "local" }),
    onStep: async (step) => void steps.push(step),
  });
  if (found === null) throw new Error("preflight answered nothing, though its turn has no end");
  return { found, uncounted: steps.filter(({ isUncounted }) => isUncounted === true).length };
}

/** Refuses the first request so and all others with 404, and says which paths were asked. */
async function pathsAfter(
  status: number,
  refusal: unknown,
  { base = "/v1", ...endpoint }: Partial<JobRequest["endpoint"]> & { base?: string } = {},
) {
  const server = await scriptedEndpoint((response, _seen, nth) =>
    response
      .writeHead(nth === 0 ? status : 404, { "content-type": "application/json" })
      .end(nth === 0 ? JSON.stringify(refusal) : "{}"),
  );
  const { found, uncounted } = await examined(server.url.replace("/v1", base), endpoint);
  await server.close();
  return { found, uncounted, paths: server.seen.map(({ path }) => path) };
}

describe("the kind of an endpoint", () => {
  test.each<[Api, number]>([
    ["chat", 0],
    ["completions", 1],
    ["responses", 2],
    ["messages", 3],
    ["embeddings", 4],
  ])("%s is found after %i others, and what they were asked does not count", async (api, others) => {
    const front = frontOf(`/v1/${DIALECTS[api].path}`);
    const server = await startEndpoint({ preset: { ...PRESETS.quick, front } });
    const { found, uncounted } = await examined(server.url);
    await server.close();
    expect(found).toMatchObject({ verdict: "accepted", api, requests: 2, usage: true });
    expect(found.promptCounts).toHaveLength(2);
    expect(uncounted).toBe(others);
  });

  test.each<[fact: string, status: number, words: string, next: string | undefined]>([
    [
      "that it names is asked next (OpenAI)",
      404,
      "This model is only supported in v1/responses and not in v1/chat/completions.",
      "responses",
    ],
    [
      "that it proposes is asked next (OpenAI)",
      404,
      "This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?",
      "completions",
    ],
    [
      "of a model without a template is another (vLLM)",
      400,
      "default chat template is no longer allowed, so you must provide a chat template",
      "completions",
    ],
    [
      "of a model that does not chat is another (vLLM)",
      400,
      "The model does not support Chat Completions API",
      "completions",
    ],
    [
      "is told by the flag of its server (llama.cpp)",
      501,
      "This server does not support completions. Start it without `--embeddings`",
      "embeddings",
    ],
    ["is another where the method is refused", 405, "Method Not Allowed", "completions"],
    ["is not sought for an unknown model", 404, "The model `x` does not exist.", "models"],
    [
      "is not sought for a complaint about fields",
      400,
      "Unsupported parameter: 'max_tokens' is not supported with this model in v1/chat/completions.",
      "chat/completions",
    ],
    ["is not sought for a key", 401, "Use a key for v1/responses", undefined],
  ])("%s", async (_fact, status, message, next) => {
    const { paths } = await pathsAfter(status, { error: { message } });
    expect(paths.slice(0, 2)).toEqual(
      ["chat/completions", ...(next === undefined ? [] : [next])].map((path) => `/v1/${path}`),
    );
  });

  test("that nobody speaks is not found, after one request of each", async () => {
    const { found, uncounted, paths } = await pathsAfter(404, { detail: "Not Found" });
    expect(paths).toEqual(
      ["chat/completions", "completions", "responses", "messages", "embeddings"].map((path) => `/v1/${path}`),
    );
    expect(uncounted).toBe(4);
    expect(found).toMatchObject({ verdict: "rejected", requests: 1, problem: { code: "not_found" } });
    expect(found.problem?.title).toMatch(/no known kind of endpoint at http:\/\/127\.0\.0\.1:\d+\/v1$/);
    expect(found.problem?.detail).toContain(
      "/chat/completions, /completions, /responses, /messages, /embeddings",
    );
  });

  test("that the job names is the only one that is asked", async () => {
    const { found, paths } = await pathsAfter(404, {}, { api: "messages" });
    expect(paths).toEqual(["/v1/messages"]);
    expect(found).toMatchObject({ verdict: "rejected", api: "messages", problem: { code: "not_found" } });
  });

  test("is not sought below a URL without a version, which may be another program's", async () => {
    const { paths } = await pathsAfter(404, {}, { base: "/api" });
    expect(paths).toEqual(["/api/chat/completions"]);
  });
});
