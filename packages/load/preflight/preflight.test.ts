import { calibrate } from "@brimline/core/job/request/calibration";
import type { JobRequest } from "@brimline/core/job/spec/spec";
import { parted } from "@brimline/testkit/load/level";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { preflight, type Preflight } from "./preflight.ts";
import {
  chunk,
  CUT,
  DONE,
  play,
  type Scripted,
  scriptedEndpoint,
  type Seen,
  STOP,
  type AnswerPart,
  word,
} from "@brimline/testkit/load/scripted";

const KEY = "test-key-0123456789";

async function examined(
  url: string,
  job: Partial<JobRequest["endpoint"]> & Pick<JobRequest, "workload" | "limits"> = {},
): Promise<Preflight & { tookMs: number }> {
  const { workload, limits, ...endpoint } = job;
  const beganMs = performance.now();
  const result = await preflight({
    ...parted({
      endpoint: { url, model: "llama", ...endpoint },
      levels: [1],
      ...(workload && { workload }),
      ...(limits && { limits }),
    }),
    guard: createGuard({ profile: "local" }),
  });
  if (result === null) throw new Error("preflight answered nothing, though its turn has no end");
  return { ...result, tookMs: performance.now() - beganMs };
}

type Answer = (response: ServerResponse, seen: Seen, nth: number) => unknown;

async function against(
  answer: Answer,
  { path = "/v1", ...options }: Parameters<typeof examined>[1] & { path?: string } = {},
): Promise<Preflight & { endpoint: Scripted }> {
  const endpoint = await scriptedEndpoint(answer);
  try {
    const result = await examined(endpoint.url.replace("/v1", path), options);
    expect(result.requests).toBe(endpoint.seen.length);
    expect(result.requests).toBeLessThanOrEqual(3);
    expect(result.tookMs).toBeLessThan(10_000);
    return { ...result, endpoint };
  } finally {
    await endpoint.close();
  }
}

const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};
const usageOf = (tokens: number): string =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 12, completion_tokens: tokens } })}\n\n`;
/** An endpoint that honours ignore_eos: it sends as many words as asked. */
const full: Answer = (response, { body }) => {
  const asked = Number(body["max_tokens"] ?? body["max_completion_tokens"]);
  return play(response, [
    word("w").repeat(asked),
    chunk({}, { finish_reason: "length" }),
    usageOf(asked),
    DONE,
  ]);
};
const brief =
  (parts: AnswerPart[] = [word("ready"), STOP, usageOf(1), DONE]): Answer =>
  (response) =>
    play(response, parts);

describe.concurrent("an LLM's stream is accepted", () => {
  test("with all that the endpoint honours", async () => {
    const { endpoint, ...result } = await against((response, seen) => {
      response.setHeader("server", "uvicorn");
      return full(response, seen, 0);
    });
    expect(result).toMatchObject({
      verdict: "accepted",
      problem: null,
      requests: 2,
      server: "uvicorn",
      simulated: false,
      usage: true,
      ignoreEosHonoured: true,
      traits: { without: [] },
    });
    expect(endpoint.seen[0]?.body).toMatchObject({
      model: "llama",
      stream: true,
      max_tokens: 16,
      ignore_eos: true,
      min_tokens: 16,
    });
  });

  test.each([
    [
      "an answer that ends by itself did not honour ignore_eos, so it is not sent again",
      {},
      brief(),
      { usage: true, ignoreEosHonoured: false, traits: { without: ["ignore_eos"] } },
    ],
    [
      "unless the job insists",
      { ignoreEos: true },
      brief(),
      { ignoreEosHonoured: false, traits: { without: [] } },
    ],
    [
      "what is not asked cannot be told",
      { ignoreEos: false },
      brief(),
      { ignoreEosHonoured: null, traits: { without: ["ignore_eos"] } },
    ],
    [
      "without usage the finish reason tells",
      {},
      brief([word("ready"), chunk({}, { finish_reason: "length" }), DONE]),
      { usage: false, ignoreEosHonoured: true, traits: { without: [] } },
    ],
    [
      "an answer of nothing but reasoning tells nothing",
      {},
      brief([chunk({ reasoning: "hm" }), chunk({}, { finish_reason: "length" }), usageOf(16), DONE]),
      { usage: true, ignoreEosHonoured: null, traits: { without: [] } },
    ],
    [
      "an output count that cannot be true is none, though the input count is one",
      {},
      brief([word("ready"), STOP, usageOf(-1), DONE]),
      { usage: false, requests: 2 },
    ],
  ] satisfies [string, JobRequest["workload"], Answer, object][])(
    "%s",
    async (_fact, workload, answer, expected) => {
      const result = await against(answer, { workload });
      expect(result).toMatchObject({ verdict: "accepted", requests: result.usage ? 2 : 1, ...expected });
    },
  );

  test("one whose streams do not say that they have ended, as its trait", async () => {
    const transformers = await against(brief([word("ready"), STOP, usageOf(1)]));
    expect(transformers).toMatchObject({ verdict: "accepted", saysEnd: false });
    expect(await against(brief())).toMatchObject({ verdict: "accepted", saysEnd: true });
  });

  test("a simulated endpoint says so", async () => {
    const result = await against((response, seen) => {
      response.setHeader("x-brimline-sim", "1");
      return full(response, seen, 0);
    });
    expect(result.simulated).toBe(true);
  });

  const refusing =
    (field: string, message: string): Answer =>
    (response, seen) => {
      if (field in seen.body) return json(response, 400, { error: { message } });
      return full(response, seen, 0);
    };
  test.each([
    [
      "max_tokens",
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ["max_tokens", "temperature"],
    ],
    ["stream_options", "Unrecognized request argument supplied: stream_options", ["stream_options"]],
    [
      "temperature",
      "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
      ["temperature"],
    ],
    ["ignore_eos", "Unrecognized request arguments supplied: ignore_eos, min_tokens", ["ignore_eos"]],
    ["min_tokens", "unexpected fields in the request", ["stream_options", "temperature", "ignore_eos"]],
  ])("after it refused %s", async (field, message, without) => {
    const result = await against(refusing(field, message));
    expect(result).toMatchObject({ verdict: "accepted", requests: 3, traits: { without } });
  });

  test("after two refusals, with the third request", async () => {
    const strict: Answer = (response, seen) => {
      if ("stream_options" in seen.body)
        return json(response, 400, { error: { message: "stream_options is not supported" } });
      if ("temperature" in seen.body)
        return json(response, 400, { error: { message: "temperature is not supported" } });
      return full(response, seen, 0);
    };
    expect(await against(strict)).toMatchObject({
      verdict: "accepted",
      requests: 3,
      traits: { without: ["stream_options", "temperature", "ignore_eos"] },
    });
  });

  test("after complaints that come one by one and would be three, from a model that thinks unseen", async () => {
    const reasoning: Answer = (response, { body }) => {
      const no = (message: string): void => json(response, 400, { error: { message } });
      if ("ignore_eos" in body) return no("Unrecognized request arguments supplied: ignore_eos, min_tokens");
      if ("max_tokens" in body)
        return no(
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        );
      if ("temperature" in body)
        return no("Unsupported value: 'temperature' does not support 0 with this model.");
      const isThought = Number(body["max_completion_tokens"]) >= 200;
      return play(response, [
        ...(isThought ? [word("ready"), STOP] : [chunk({}, { finish_reason: "length" })]),
        DONE,
      ]);
    };
    expect(await against(reasoning)).toMatchObject({
      verdict: "accepted",
      requests: 3,
      traits: { without: ["ignore_eos", "max_tokens", "temperature"], roomTokens: 1024 },
    });
  });

  test("after it failed over a field that it does not know", async () => {
    const failing: Answer = (response, seen) =>
      "ignore_eos" in seen.body
        ? json(response, 500, {
            error: "TypeError: generate() got an unexpected keyword argument 'ignore_eos'",
          })
        : full(response, seen, 0);
    expect(await against(failing)).toMatchObject({
      verdict: "accepted",
      requests: 3,
      traits: { without: ["ignore_eos"] },
    });
  });

  test.each<[string, (response: ServerResponse, seen: Seen, nth: number) => unknown]>([
    ["reset", (response) => response.socket?.resetAndDestroy()],
    ["closed", (response) => response.socket?.destroy()],
    ["cut in the middle of its stream", (response) => play(response, [word("a"), 20, CUT])],
    ["ended by an error in its stream", brief([word("a"), 'data: {"error":{"message":"overloaded"}}\n\n'])],
    ["answered 500", (response) => json(response, 500, "out of luck")],
    [
      "answered 429, at the time that it asks for",
      (response) => {
        response.setHeader("retry-after", "1");
        json(response, 429, {});
      },
    ],
  ])("after one request was %s", async (_fact, fault) => {
    const unlucky: Answer = (response, seen, nth) =>
      nth === 0 ? fault(response, seen, nth) : full(response, seen, nth);
    expect(await against(unlucky)).toMatchObject({ verdict: "accepted", requests: 3 });
  });

  test("once it has loaded its model", async () => {
    const loading: Answer = (response, seen, nth) =>
      nth === 0 ? json(response, 503, { error: { message: "Loading model" } }) : full(response, seen, nth);
    expect(await against(loading)).toMatchObject({ verdict: "accepted", requests: 3 });
  });

  const llamaCpp = (stop_reason: string, output_tokens: number, text = ""): string =>
    [
      ...(text === ""
        ? []
        : [{ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }]),
      { type: "message_delta", delta: { stop_reason }, usage: { input_tokens: 30, output_tokens } },
      { type: "message_stop" },
    ]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join("");
  test.each<[string, JobRequest["endpoint"]["api"], AnswerPart[], Answer, object]>([
    [
      "and knows that ignore_eos was of no use",
      "chat",
      [STOP, usageOf(1), DONE],
      full,
      { without: ["ignore_eos"] },
    ],
    [
      "as llama.cpp does without a word of a message",
      "messages",
      [llamaCpp("end_turn", 1)],
      brief([llamaCpp("max_tokens", 16, "w")]),
      { without: [] },
    ],
  ])(
    "when the model ended its answer to one prompt at once, %s",
    async (_how, api, atOnce, answer, traits) => {
      const result = await against(
        (response, seen, nth) => (nth === 0 ? play(response, atOnce) : answer(response, seen, nth)),
        { api },
      );
      expect(result).toMatchObject({ verdict: "accepted", requests: 3, traits });
      const [short, longer] = result.promptCounts;
      expect(short?.words).toBeLessThan(longer?.words ?? 0);
    },
  );

  test("when hidden reasoning had used up a short answer", async () => {
    const thinking: Answer = (response, seen, nth) =>
      nth === 0
        ? play(response, [chunk({}, { finish_reason: "length" }), usageOf(16), DONE])
        : brief()(response, seen, nth);
    const { endpoint, ...result } = await against(thinking);
    expect(result).toMatchObject({
      verdict: "accepted",
      requests: 3,
      ignoreEosHonoured: null,
      traits: { without: ["ignore_eos"], roomTokens: 1024 },
    });
    // The last prompt is only counted, so its answer may lack every token.
    expect(endpoint.seen.map(({ body }) => body["max_tokens"])).toEqual([16, 1040, 1]);
  });
});

/** An answer of one word, with this usage and this before the word. */
const counted = (completion_tokens: number, reasoning_tokens: number, before: AnswerPart[] = []): Answer =>
  brief([
    ...before,
    word("ready"),
    STOP,
    `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 12, completion_tokens, completion_tokens_details: { reasoning_tokens } } })}\n\n`,
    DONE,
  ]);

test.each<[string, Answer, number | undefined]>([
  ["usage counts reasoning that no chunk carried", counted(9, 8), 1024],
  ["the reasoning was streamed", counted(9, 8, [chunk({ reasoning: "hm" }), 20]), undefined],
  ["there is no reasoning", counted(1, 0), undefined],
])("answers get room for unseen reasoning: %s", async (_fact, answer, roomTokens) => {
  expect((await against(answer)).traits.roomTokens).toBe(roomTokens);
});

describe.concurrent("how an endpoint counts prompts", () => {
  const contentOf = ({ body }: Seen): string => (body["messages"] as { content: string }[])[0]?.content ?? "";
  /** An endpoint that counts three tokens for each word, the salt's too, and ten for its template. */
  const counting: Answer = (response, seen) => {
    const prompt_tokens = 10 + 3 * contentOf(seen).split(" ").length;
    return play(response, [
      word("ready"),
      STOP,
      `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens: 1 } })}\n\n`,
      DONE,
    ]);
  };

  test("is learnt from a short and a longer prompt, of which the second asks for one token", async () => {
    const { endpoint, ...result } = await against(counting);
    expect(result).toMatchObject({ verdict: "accepted", requests: 2 });
    expect(endpoint.seen.map(({ body }) => body["max_tokens"])).toEqual([16, 1]);
    const [short, longer] = result.promptCounts;
    expect([short?.tokens, longer?.tokens]).toEqual(
      endpoint.seen.map((seen) => 10 + 3 * contentOf(seen).split(" ").length),
    );
    expect(calibrate(result.promptCounts)).toEqual({ tokensPerWord: 3, overheadTokens: 13, source: "usage" });
  });

  test("is learnt with a salt before each prompt if the job's prompts have one", async () => {
    const salted = await against(counting);
    const plain = await against(counting, { workload: { salt: false } });
    expect(salted.endpoint.seen.map((seen) => /^[0-9a-f]{8} /.test(contentOf(seen)))).toEqual([true, true]);
    expect(plain.endpoint.seen.map((seen) => /^[0-9a-f]{8} /.test(contentOf(seen)))).toEqual([false, false]);
    expect(calibrate(plain.promptCounts).overheadTokens).toBe(10);
  });

  test.each<[string, Answer, JobRequest["workload"], number]>([
    ["is not asked where the job brings its own prompts", counting, { prompts: ["hello"] }, 1],
    ["stays unknown without usage", brief([word("ready"), STOP, DONE]), {}, 1],
    [
      "stays unknown where the longer prompt is refused",
      (response, seen, nth) => (nth === 1 ? json(response, 400, "no") : counting(response, seen, nth)),
      {},
      2,
    ],
    [
      "stays unknown where refusals took the requests",
      (response, seen, nth) => (nth < 2 ? json(response, 503, "no") : counting(response, seen, nth)),
      {},
      3,
    ],
  ])("%s", async (_fact, answer, workload, requests) =>
    expect(await against(answer, { workload })).toMatchObject({
      verdict: "accepted",
      requests,
      promptCounts: [],
    }),
  );
});

const always =
  (status: number, body: unknown): Answer =>
  (response) =>
    json(response, status, body);

describe.concurrent("anything else is rejected, with the fix", () => {
  test.each([
    [
      "401 without a key",
      always(401, { detail: "no token" }),
      {},
      "unauthorized",
      /no token.*endpoint\.apiKey/,
      1,
    ],
    [
      "403 with a key",
      always(403, { error: `bad key ${KEY}` }),
      { apiKey: KEY },
      "unauthorized",
      /endpoint\.apiKey: “.*Check that this is right.*endpoint\.apiKeyHeader/,
      1,
    ],
    [
      "404 below a URL without /v1",
      always(404, { detail: "Not Found" }),
      { path: "" },
      "not_found",
      /did you mean http:\/\/127\.0\.0\.1:\d+\/v1\?/,
      1,
    ],
    [
      "404 below a URL with another path pasted",
      always(404, {}),
      { path: "/v1/completions", api: "chat" },
      "not_found",
      /did you mean http:\/\/127\.0\.0\.1:\d+\/v1\?/,
      1,
    ],
    [
      "404 below /v1",
      always(404, { detail: "Not Found" }),
      { api: "chat" },
      "not_found",
      /“Not Found”\. Check the path/,
      1,
    ],
    [
      "HTML",
      (response: ServerResponse) =>
        response.writeHead(200, { "content-type": "text/html" }).end("<html></html>"),
      {},
      "not_an_llm",
      /base URL/,
      1,
    ],
    ["JSON of something else", always(200, { hello: 1 }), {}, "not_an_llm", /hello/, 1],
    [
      "a completion in one piece",
      always(200, { choices: [{ message: { content: "ready" } }] }),
      {},
      "not_streaming",
      /text\/event-stream/,
      1,
    ],
    ["a stream that never says [DONE]", brief([word("ready"), STOP]), {}, "not_streaming", /proxy/, 2],
    [
      "a stream that calls itself JSON",
      (response: ServerResponse) =>
        response.writeHead(200, { "content-type": "application/json" }).end(`${word("ready")}${STOP}${DONE}`),
      {},
      "not_streaming",
      /content-type must be text\/event-stream/,
      1,
    ],
    [
      "a stream of something else",
      brief(['data: {"content": "hi", "stop": false}\n\n', DONE]),
      {},
      "not_an_llm",
      /ended with \[DONE\], but had no content.*with events such as \{"content": "hi"/,
      1,
    ],
    [
      "a stream of tokens that are counted and not seen",
      brief([STOP, usageOf(12), DONE]),
      {},
      "not_an_llm",
      /and the finish reason stop, but had no content/,
      1,
    ],
    [
      "a stream that is compressed",
      (response: ServerResponse) =>
        response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }).end("x"),
      {},
      "not_streaming",
      /content-encoding: gzip.*turn compression off/,
      1,
    ],
    [
      "a model that ends every answer at once",
      brief([STOP, usageOf(1), DONE]),
      {},
      "not_an_llm",
      /the finish reason stop and 1 output token, but had no .*, for each of two prompts\. Check/,
      2,
    ],
    [
      "an error inside the stream",
      brief(['data: {"error": {"message": "CUDA out of memory"}}\n\n']),
      {},
      "endpoint_down",
      /CUDA out of memory/,
      2,
    ],
    ["events that are no JSON", brief(["data: hello\n\n", DONE]), {}, "not_an_llm", /hello/, 1],
    [
      "500, three times",
      always(500, "boom"),
      {},
      "endpoint_down",
      /^It answered 500: “"boom"”\. Check that its model is loaded and see the server's log\.$/,
      3,
    ],
    ["429, three times", always(429, { error: "slow down" }), {}, "rate_limited", /slow down.*Wait/, 3],
    [
      "429 that asks for more patience than preflight has",
      (response: ServerResponse) => {
        response.setHeader("retry-after", "3600");
        json(response, 429, {});
      },
      {},
      "rate_limited",
      /asks to come again after 3600 s/,
      1,
    ],
    [
      "connections that are closed before an answer",
      (response: ServerResponse) => response.socket?.destroy(),
      {},
      "unreachable",
      /other side closed.*--wait 10m/,
      2,
    ],
    [
      "503, three times",
      always(503, { error: "Loading model" }),
      {},
      "endpoint_down",
      /503: .*Loading model.*If it is still starting, --wait 10m waits for it/,
      3,
    ],
    [
      "reasoning that leaves no token for the answer",
      brief([chunk({}, { finish_reason: "length" }), usageOf(1024), DONE]),
      {},
      "not_an_llm",
      /the finish reason length.*All 1040 tokens.*reasoning_effort/,
      2,
    ],
    [
      "400 for whatever is sent",
      always(400, { error: { message: "the moon is full" } }),
      {},
      "not_an_llm",
      /the moon is full/,
      2,
    ],
    [
      "a redirect",
      (response: ServerResponse) => response.writeHead(308, { location: "http://127.0.0.1:9/v1" }).end(),
      {},
      "not_found",
      /http:\/\/127\.0\.0\.1:9\/v1/,
      1,
    ],
  ] as [string, Answer, Parameters<typeof against>[1], string, RegExp, number][])(
    "%s",
    async (_fact, answer, options, code, detail, requests) => {
      const result = await against(answer, options);
      expect(result).toMatchObject({ verdict: "rejected", problem: { code }, requests });
      expect(result.problem?.detail).toMatch(detail);
      expect(JSON.stringify(result.problem)).not.toContain(KEY);
    },
  );

  test.each([
    [
      "vLLM's words",
      404,
      { object: "error", message: "The model `llama` does not exist.", type: "NotFoundError", code: 404 },
    ],
    [
      "OpenAI's",
      404,
      {
        error: {
          message: "The model `llama` does not exist or you do not have access to it.",
          code: "model_not_found",
        },
      },
    ],
    ["Ollama's", 404, { error: { message: 'model "llama" not found, try pulling it first' } }],
    ["LM Studio's", 400, { error: "Invalid model identifier: no such model is available" }],
    [
      "LM Studio's, without a model",
      404,
      { error: { message: "No models loaded. Please load a model first." } },
    ],
    ["OpenRouter's", 400, { error: { message: "llama is not a valid model ID", code: 400 } }],
    ["a router's", 404, { error: { message: "No endpoints found for llama.", code: 404 } }],
    ["a model switcher's", 404, { error: "could not find a handler for llama" }],
    [
      "a proxy's",
      400,
      { error: { message: "Invalid model name passed in model=llama. Call `/v1/models` to view them." } },
    ],
    ["a gateway's", 400, { detail: "Unsupported model llama, please use models API to get a list" }],
    ["a cloud's", 404, { error: { message: "Unable to access model llama.", code: "model_not_available" } }],
    [
      "Azure's",
      404,
      {
        error: {
          code: "DeploymentNotFound",
          message: "The API deployment for this resource does not exist.",
        },
      },
    ],
  ])("an unknown model, in %s, with the models that there are", async (_fact, status, body) => {
    const { endpoint, ...result } = await against((response, seen) =>
      seen.path === "/v1/models"
        ? json(response, 200, { data: [{ id: "qwen" }, { id: "mistral" }] })
        : json(response, status, body),
    );
    expect(result).toMatchObject({ verdict: "rejected", problem: { code: "model_unknown" }, requests: 2 });
    expect(result.problem?.detail).toContain("qwen, mistral");
    expect(result.problem?.detail).toContain(
      /"(?:message|error|detail)":"([^"\\]{4,8})/.exec(JSON.stringify(body))?.[1],
    );
    expect(endpoint.seen.map((seen) => seen.method)).toEqual(["POST", "GET"]);
  });

  test("a dead endpoint, at once", async () => {
    const endpoint = await scriptedEndpoint(() => {});
    await endpoint.close();
    const result = await examined(endpoint.url);
    expect(result).toMatchObject({ verdict: "rejected", problem: { code: "unreachable" }, requests: 1 });
    expect(result.tookMs).toBeLessThan(1000);
  });

  test.each<[string, Answer, RegExp]>([
    [
      "never answers",
      () => {},
      /nothing came for 0\.3 s” \(limits\.timeouts\.headersMs\).*--wait 10m waits for it/,
    ],
    [
      "falls silent in its stream",
      (response) => play(response, [word("a"), 2000]),
      /nothing came for 0\.6 s” \(limits\.timeouts\.idleMs\), after 1 output chunk\. .* raise the limit/,
    ],
    [
      "streams without end",
      (response) => play(response, Array.from({ length: 40 }, () => [word("a"), 100]).flat()),
      /not done after 0\.9 s” \(limits\.timeouts\.totalMs\), after \d output chunks\./,
    ],
  ])("one that %s, when the job's own limits say so", async (_fact, answer, detail) => {
    const timeouts = { headersMs: 300, idleMs: 600, totalMs: 900 };
    const result = await against(answer, { limits: { timeouts } });
    expect(result).toMatchObject({ verdict: "rejected", problem: { code: "unreachable" }, requests: 1 });
    expect(result.problem?.detail).toMatch(detail);
  });

  test("an address that is shut, before any request", async () => {
    expect(await examined("http://169.254.169.254/v1")).toMatchObject({
      verdict: "rejected",
      problem: { code: "address_refused" },
      requests: 0,
    });
  });
});
