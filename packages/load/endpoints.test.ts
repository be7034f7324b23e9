import type { Level, Report } from "@brimline/core/report/schema";
import { bench, type Benched } from "@brimline/testkit/load/bench";
import {
  type AnswerPart,
  chunk,
  DONE,
  play,
  scriptedEndpoint,
  STOP,
  word,
} from "@brimline/testkit/load/scripted";
import { describe, expect, test } from "vitest";

/**
 * What endpoints, gateways and proxies are known to do, from the socket to the report. Each row is a server that
 * does it in every answer.
 */

const GAP = 4;
const WORDS = 12;
const words = (count = WORDS): AnswerPart[] => Array.from({ length: count }, () => [word(" w"), GAP]).flat();
const total = (completion: number, more: object = {}): object => ({
  prompt_tokens: 20,
  completion_tokens: completion,
  total_tokens: 20 + completion,
  ...more,
});
const alone = (usage: object): string => `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
const END = [STOP, alone(total(WORDS)), DONE].join("");
/** A whole answer of 12 words, in one piece. */
const AT_ONCE = Array.from({ length: WORDS }, () => word(" w")).join("");

async function benched(parts: AnswerPart[], headers: Record<string, string> = {}): Promise<Benched> {
  const endpoint = await scriptedEndpoint((response) => play(response, parts, { headers }));
  try {
    return await bench(endpoint.url, { job: { slo: { tpotMs: 1000 } } });
  } finally {
    await endpoint.close();
  }
}
async function reported(...of: Parameters<typeof benched>): Promise<{ level: Level; report: Report }> {
  const { preflight, level, report } = await benched(...of);
  if (level === null || report === null) throw new Error(JSON.stringify(preflight.problem));
  return { level, report };
}

const COALESCED = {
  validity: expect.not.stringMatching(/^valid/) as string,
  reasons: expect.arrayContaining(["coalesced"]) as string[],
  sloMet: null,
  goodPercent: { value: null },
};
/** A level without a time per token. */
const ONE_ARRIVAL = {
  ...COALESCED,
  tpotMs: { p50: { value: null } },
  userSpeedTokensPerS: { p50: { value: null } },
};
/** Tokens of one answer, and that their count was not doubted. */
const tokens = (output: number, source: string): object => ({
  outputTokensPerRequest: { p50: { value: output, reasons: [] } },
  tokens: { source },
});
const LATE_MS = 60;

describe.concurrent("a level says of", () => {
  test.for<[does: string, parts: AnswerPart[], says: object]>([
    ["a stream that comes token by token what it measured", [30, ...words(), END], tokens(WORDS, "usage")],
    [
      "a stream without blank lines the same",
      [30, ...words(), END].map((part) => (typeof part === "string" ? part.replaceAll("\n\n", "\n") : part)),
      { ...tokens(WORDS, "usage"), reasons: expect.not.arrayContaining(["coalesced"]) as string[] },
    ],
    ["an answer in one read that it has no time per token", [40, AT_ONCE + END], ONE_ARRIVAL],
    [
      "an answer of reasoning and text in one read the same",
      [40, chunk({ reasoning_content: "hm" }).repeat(4) + AT_ONCE + STOP + alone(total(16)) + DONE],
      ONE_ARRIVAL,
    ],
    [
      "an answer in two bursts that its times per token are not valid",
      [30, AT_ONCE, 30, AT_ONCE, STOP, alone(total(24)), DONE],
      COALESCED,
    ],
    [
      "tokens that a proxy lets go by ten the same",
      [
        20,
        ...Array.from({ length: 4 }, () => [word(" w").repeat(10), 15]).flat(),
        STOP,
        alone(total(40)),
        DONE,
      ],
      COALESCED,
    ],
    [
      "an answer in one chunk that it has no time per token",
      [chunk({ role: "assistant", content: "" }), 40, word(" w".repeat(WORDS)), END],
      ONE_ARRIVAL,
    ],
    [
      "an answer in one chunk with its finish the same",
      [40, word(" w".repeat(WORDS), { finish_reason: "stop", usage: total(WORDS) }), DONE],
      ONE_ARRIVAL,
    ],
    [
      "a usage beside an empty delta after the finish what it counts",
      [20, ...words(4), STOP, chunk({ role: "assistant", content: "" }, { usage: total(WORDS) }), DONE],
      tokens(WORDS, "usage"),
    ],
    [
      "usage in every chunk, with zeros at the end, what the last good one counts",
      [
        20,
        ...Array.from({ length: 4 }, (_, at) => [word(" w", { usage: total(3 * (at + 1)) }), GAP]).flat(),
        STOP,
        alone({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }),
        DONE,
      ],
      tokens(WORDS, "chunk_usage"),
    ],
    [
      "usage in a gateway's own part what it counts",
      [20, ...words(4), chunk({}, { finish_reason: "stop", x_groq: { usage: total(WORDS) } }), DONE],
      tokens(WORDS, "usage"),
    ],
    [
      "reasoning beside the completion the sum of both",
      [
        20,
        ...Array.from({ length: 10 }, () => [chunk({ reasoning_content: "hm" }), GAP]).flat(),
        ...words(4),
        STOP,
        alone({ ...total(4), total_tokens: 34, completion_tokens_details: { reasoning_tokens: 10 } }),
        DONE,
      ],
      tokens(14, "usage"),
    ],
    [
      "a completion of nothing but reasoning its tokens",
      [
        20,
        ...Array.from({ length: 10 }, () => [chunk({ reasoning: "hm" }), GAP]).flat(),
        STOP,
        alone({ ...total(0), total_tokens: 30, completion_tokens_details: { reasoning_tokens: 10 } }),
        DONE,
      ],
      tokens(10, "usage"),
    ],
    [
      "counts that contradict one another that they are doubtful",
      [20, ...words(), STOP, alone({ ...total(WORDS), total_tokens: 90 }), DONE],
      { outputTokensPerRequest: { p50: { validity: "indicative", reasons: ["usage_invalid"] } } },
    ],
  ])("%s", async ([, parts, says], { expect }) => {
    const { level } = await reported(parts);
    expect(level).toMatchObject({ requests: { ok: 16 } });
    expect(level).toMatchObject(says);
  });

  test.for<[fact: string, end: string, headers?: Record<string, string>]>([
    ["an end without its blank line", END.trimEnd()],
    [
      "an end by CR LF and without a space",
      END.replaceAll("\n", "\r\n").replace("data: [DONE]", "data:[DONE]"),
    ],
    ["an end that stands under the chunk before it", END.replace("\n\ndata: [DONE]", "\ndata: [DONE]")],
    ["no end beyond a finish and a usage", STOP + alone(total(WORDS))],
    ...["none", "Identity", "UTF-8", ""].map((coding): [string, string, Record<string, string>] => [
      `a content-encoding of “${coding}”`,
      END,
      { "content-encoding": coding },
    ]),
  ])("%s that all is well", async ([, end, headers], { expect }) => {
    const { level } = await reported([20, ...words(), end], headers);
    expect(level).toMatchObject({ requests: { ok: 16 }, ...tokens(WORDS, "usage") });
  });

  test.for<[fact: string, before: AnswerPart[]]>([
    ["content in empty parts", [chunk({ role: "assistant", content: [{ type: "text", text: "" }] })]],
    ["thinking that has not begun", [chunk({ content: [{ type: "thinking", thinking: [] }] })]],
    ["an empty text of each kind", [chunk({ content: "", reasoning: "", refusal: null, tool_calls: [] })]],
    ["heartbeats", [": PROCESSING\n\n", "data: ping\n\n", 'data: {"type":"keepalive"}\n\n']],
  ])("%s before an answer that they were no first token", async ([, before], { expect }) => {
    const { records } = await benched([...before, LATE_MS, ...words(), END]);
    const ttftsMs = records.flatMap(({ outcome, firstMs, sentMs }) =>
      outcome === "ok" && firstMs !== null ? firstMs - sentMs : [],
    );
    expect(ttftsMs).toHaveLength(16);
    expect(Math.min(...ttftsMs)).toBeGreaterThan(LATE_MS - 5);
  });

  test.for<[gives: string, last: AnswerPart[], text: string]>([
    [
      "gives up by its finish reason",
      [chunk({}, { finish_reason: "abort" }), DONE],
      "the finish reason is abort",
    ],
    [
      "has no resources left",
      [chunk({}, { finish_reason: "insufficient_system_resource" }), DONE],
      "the finish reason is insufficient_system_resource",
    ],
    [
      "reports an error beside a finish",
      [chunk({}, { finish_reason: "error", error: { message: "no backend" } }), DONE],
      "no backend",
    ],
    ["reports a detail", ['data: {"detail": "no backend"}\n\n', DONE], "no backend"],
  ])("an answer that %s that it failed, in the server's words", async ([, last, text], { expect }) => {
    let asked = 0;
    const endpoint = await scriptedEndpoint((response) =>
      play(response, asked++ < 4 || asked % 2 === 0 ? [20, ...words(), END] : [20, word(" w"), ...last]),
    );
    const { level } = await bench(endpoint.url);
    await endpoint.close();
    expect(level?.requests.errors).toEqual({ stream_error: level?.requests.failed });
    expect(level?.requests.failed).toBeGreaterThan(2);
    expect(JSON.stringify(level?.errorSamples)).toContain(text);
  });
});

describe.concurrent("preflight names what it saw of", () => {
  test.for(["application/json", "text/plain; charset=utf-8", "application/octet-stream"])(
    "stream events as %s",
    async (type, { expect }) => {
      const { preflight } = await benched([20, ...words(), END], { "content-type": type });
      expect(preflight.verdict).toBe("rejected");
      expect(preflight.problem?.title).toMatch(/streams events, but does not say so/);
    },
  );

  test.for<[status: number, text: string]>([
    [400, '{"error": {"message": "m is not a multimodal model"}}'],
    [500, '{"error": {"message": "image input is not supported - hint: provide the mmproj"}}'],
    [413, "<html>413 Request Entity Too Large</html>"],
  ])("a refusal of images with %i", async ([status, text], { expect }) => {
    const endpoint = await scriptedEndpoint((response) => response.writeHead(status).end(text));
    const images = { count: 1, width: 64, height: 64 };
    const { preflight } = await bench(endpoint.url, { job: { workload: { images } } });
    await endpoint.close();
    expect(preflight).toMatchObject({ requests: 1, problem: { title: "The endpoint refuses the images" } });
    expect(endpoint.seen[0]?.body["messages"]).toMatchObject([
      {
        content: [
          { type: "text" },
          { type: "image_url", image_url: { url: expect.stringMatching(/^data:/) } },
        ],
      },
    ]);
  });

  const WHOLE = `{"id": "1", "choices": [{"message": {"content": "hi"}}]}`;
  test.for<[fact: string, body: string, type: string, title: RegExp, detail: RegExp]>([
    ["an answer in one piece", WHOLE, "application/json", /in one piece/, /Enable streaming/],
    ["one that is called a stream", WHOLE, "text/event-stream", /in one piece/, /Enable streaming/],
    [
      "an error that is answered with 200",
      '{"error": {"message": "insufficient balance"}}',
      "application/json",
      /answers 200 with an error/,
      /insufficient balance/,
    ],
    [
      "an error in place of a stream that is called one",
      '{"error": {"message": "insufficient balance"}}',
      "text/event-stream",
      /ends without \[DONE\]/,
      /insufficient balance/,
    ],
    [
      "a model that is not there, answered with 200",
      '{"detail": "model m does not exist"}',
      "application/json",
      /does not serve the model m/,
      /model m does not exist/,
    ],
    ["a page", "<html>hello</html>", "text/html", /no OpenAI-compatible LLM server/, /<html>hello/],
  ])("%s", async ([, body, type, title, detail], { expect }) => {
    const { preflight } = await benched([body], { "content-type": type });
    expect(preflight.problem).toMatchObject({
      title: expect.stringMatching(title) as string,
      detail: expect.stringMatching(detail) as string,
    });
  });
});
