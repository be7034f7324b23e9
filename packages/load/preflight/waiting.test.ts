import type { JobRequest } from "@brimline/core/job/spec/spec";
import { parted } from "@brimline/testkit/load/level";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { DONE, play, quick, scriptedEndpoint, type Seen, STOP, word } from "@brimline/testkit/load/scripted";
import type { Step } from "./ask.ts";
import { preflight, type Preflight, type PreflightOptions } from "./preflight.ts";

type Answer = (response: ServerResponse, seen: Seen, nth: number) => unknown;

interface Waited {
  result: Preflight | null;
  steps: Step[];
}

/** Preflight of a job at this URL that waits as long as it says. */
async function waited(
  url: string,
  job: Partial<JobRequest> = {},
  more: Partial<PreflightOptions> = {},
): Promise<Waited> {
  const { spec, secrets } = parted({ endpoint: { url, model: "m" }, levels: [1], ...job });
  const steps: Step[] = [];
  const result = await preflight({
    spec,
    secrets,
    guard: createGuard({ profile: "local" }),
    waitMs: 1000 * spec.waitS,
    onStep: async (step) => void steps.push(step),
    ...more,
  });
  return { result, steps };
}

async function against(
  answer: Answer,
  job: Partial<JobRequest> = {},
  more: Partial<PreflightOptions> = {},
): Promise<Waited & { asked: number }> {
  const endpoint = await scriptedEndpoint(answer);
  try {
    const { result, steps } = await waited(endpoint.url, job, more);
    return { result, steps, asked: endpoint.seen.length };
  } finally {
    await endpoint.close();
  }
}

const refuse = (response: ServerResponse, status: number, text: string): unknown =>
  response.writeHead(status, { "content-type": "application/json" }).end(text);
/** The first two answers are these, then the endpoint is up. */
const late =
  (notUp: (response: ServerResponse) => unknown): Answer =>
  (response, _seen, nth) =>
    nth < 2 ? notUp(response) : quick(response);
const waitsFor = ({ steps }: Waited): string[] => steps.map((step) => step.waitsFor);

describe.concurrent("an endpoint that is not up yet", () => {
  test.each<[string, (response: ServerResponse) => unknown, string]>([
    ["resets connections", (response) => response.socket?.resetAndDestroy(), "read ECONNRESET"],
    [
      "closes connections, as a container's port does",
      (response) => response.socket?.destroy(),
      "other side",
    ],
    [
      "has a proxy with nobody behind it",
      (response) => refuse(response, 502, "<h1>Bad Gateway</h1>"),
      "502: <h1>",
    ],
    ["says that it loads", (response) => refuse(response, 503, '{"message":"Loading model"}'), "503: {"],
    ["times out at its gateway", (response) => refuse(response, 504, ""), "504"],
    [
      "says that it loads in a failure",
      (response) => refuse(response, 500, '{"error":"Model m is currently loading"}'),
      '500: {"error":"Model m is currently loading"}',
    ],
    [
      "says that it is not ready in a refusal",
      (response) => refuse(response, 409, "the model is not ready"),
      "409: the model is not ready",
    ],
  ])("that %s is waited for, and what it was asked does not count", async (_fact, notUp, said) => {
    const found = await against(late(notUp), { waitS: 20 });
    expect(found).toMatchObject({ asked: 3, result: { verdict: "accepted", requests: 1 } });
    expect(waitsFor(found)).toEqual(["answer", "endpoint", "answer", "endpoint", "answer"]);
    expect(found.steps[1]?.said).toContain(said);
    expect(found.steps[1]?.atMostMs).toBeGreaterThan(10_000);
  });

  test("whose port opens later is waited for", async () => {
    const server = createServer((_request, response) => void quick(response)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const begins = sleep(400).then(() => server.listen(port, "127.0.0.1"));
    const found = await waited(`http://127.0.0.1:${port}/v1`, { waitS: 20 });
    await begins;
    server.close();
    server.closeAllConnections();
    expect(found.result).toMatchObject({ verdict: "accepted", requests: 1 });
    expect(found.steps[1]).toMatchObject({
      waitsFor: "endpoint",
      said: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("is given as long as it asks, and no longer than the job waits", async () => {
    const found = await against(
      (response) => {
        response.setHeader("retry-after", "3600");
        refuse(response, 503, "starting up");
      },
      { waitS: 0.4 },
    );
    // A timer may fire a moment before the wait is over; then it is asked once more at its end.
    expect([2, 3]).toContain(found.asked);
    expect(found.result).toMatchObject({
      verdict: "rejected",
      problem: { code: "endpoint_down" },
      requests: 1,
    });
    expect(found.result?.problem?.detail).toMatch(
      /503: “starting up”.*It was not up after 0\.4 s of waiting/,
    );
  });

  test("is no failure of its model to load: that is no reason to wait", async () => {
    const failing: Answer = (response) => refuse(response, 500, "error loading model: no such file");
    expect(await against(failing, { waitS: 20 })).toMatchObject({ asked: 3, result: { requests: 3 } });
  });

  test("may load its model for as long as the job waits, before the first byte", async () => {
    const job = { waitS: 20, limits: { timeouts: { headersMs: 100, totalMs: 200 } } };
    const cold: Answer = async (response) => {
      await sleep(400);
      return quick(response);
    };
    const found = await against(cold, job);
    expect(found.result).toMatchObject({ verdict: "accepted", requests: 1 });
    expect(await against(cold, { ...job, waitS: 0 })).toMatchObject({ result: { verdict: "rejected" } });
  });

  test("is left to another call when the turn of this one is over", async () => {
    const found = await against(
      (response) => refuse(response, 503, "loading"),
      { waitS: 20 },
      { turnMs: 200 },
    );
    expect(found).toMatchObject({ result: null, asked: 2 });
    expect(waitsFor(found)).toEqual(["answer", "endpoint", "answer", "endpoint"]);
  });
});

describe.concurrent("an answer that takes its time", () => {
  const hours = { headersMs: 3_600_000, idleMs: 3_600_000, totalMs: 3_600_000 };

  test("may take what the job's own limits give, and less where the call ends sooner", async () => {
    const bounds = async (more: Partial<PreflightOptions>): Promise<number | undefined> =>
      (await against((response) => quick(response), { limits: { timeouts: hours } }, more)).steps[0]
        ?.atMostMs;
    expect(await bounds({})).toBe(3_600_000);
    expect(await bounds({ askMs: 750_000 })).toBe(750_000);
    expect(await bounds({ leftMs: 60_000 })).toBeCloseTo(60_000, -2);
  });

  const timeouts = { headersMs: 400, idleMs: 400, totalMs: 20_000 };
  test.each<[string, Answer]>([
    [
      "before its first byte",
      async (response) => {
        await sleep(250);
        return quick(response);
      },
    ],
    ["behind its headers", (response) => play(response, [250, word("a"), STOP, DONE])],
    [
      "and keeps the connection alive with comments",
      (response) =>
        play(response, [
          ...Array.from({ length: 5 }, () => [150, ": loading\n\n"]).flat(),
          word("a"),
          STOP,
          DONE,
        ]),
    ],
    [
      "from token to token",
      (response) => play(response, [...Array.from({ length: 5 }, () => [word("a"), 250]).flat(), STOP, DONE]),
    ],
  ])("is an LLM's where its model loads or computes %s", async (_where, answer) => {
    const found = await against(answer, { limits: { timeouts } });
    expect(found.result).toMatchObject({ verdict: "accepted", requests: 1 });
  });

  test("is told once its first output has come", async () => {
    const slow: Answer = (response) => play(response, [word("a"), 1100, word("b"), STOP, DONE]);
    expect(waitsFor(await against(slow))).toEqual(["answer", "stream"]);
  });

  test("is told while the endpoint asks for a pause", async () => {
    const busy: Answer = (response, _seen, nth) => {
      if (nth > 0) return quick(response);
      response.setHeader("retry-after", "1");
      return refuse(response, 429, "slow down");
    };
    const found = await against(busy);
    expect(found.steps[1]).toEqual({ waitsFor: "again", atMostMs: 1000, said: "429: slow down" });
  });
});

test.each<[string, Answer, Partial<JobRequest>]>([
  ["a request that is held", () => {}, {}],
  ["the wait for an endpoint", (response) => refuse(response, 503, "loading"), { waitS: 60 }],
])("an abort ends %s at once, and nothing more is sent", async (_fact, answer, job) => {
  const endpoint = await scriptedEndpoint(answer);
  const stop = new AbortController();
  const ended = waited(endpoint.url, job, { signal: stop.signal });
  await expect.poll(() => endpoint.seen.length).toBeGreaterThan(0);
  const seen = endpoint.seen.length;
  const abortedMs = performance.now();
  stop.abort(new Error("cancelled"));
  await expect(ended).rejects.toThrow();
  expect(performance.now() - abortedMs).toBeLessThan(500);
  await expect.poll(() => endpoint.open()).toBe(0);
  expect(endpoint.seen.length - seen).toBeLessThanOrEqual(1);
  await endpoint.close();
});
