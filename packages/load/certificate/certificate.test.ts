import type { RequestRecord } from "@brimline/core/record/record";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certify } from "./certificate.ts";
import { readingError, withHandover } from "./reading-error.ts";
import { streamPath } from "./stream.ts";
import { answeredRequest } from "@brimline/testkit/synthetic";

/**
 * The request is sent at 100 ms, and its chunks come at 150, 170 and 190 ms, on a clock whose 0 lies at 1,000
 * ms of the server's.
 */
const record = answeredRequest({ index: 7, sentMs: 100, ttftMs: 50, gapMs: 20, outputTokens: 3 });
const ORIGIN_MS = 1000;
const errorsOf = (read: RequestRecord, receivedMs: number, writtenMs: number[]) => {
  const { ttftMs, lagMs, gapMs } = readingError([read], [{ index: 7, receivedMs, writtenMs }], ORIGIN_MS);
  const rounded = (values: Float64Array): number[] =>
    [...values].map((value) => Math.round(1e6 * value) / 1e6);
  return { ttftMs: rounded(ttftMs), lagMs: rounded(lagMs), gapMs: rounded(gapMs) };
};
const errors = (receivedMs: number, ...writtenMs: number[]) => errorsOf(record, receivedMs, writtenMs);

describe("a record's error, judged by the server's log", () => {
  test.each([
    [
      "all at once: no error",
      errors(1100, 1150, 1170, 1190),
      { ttftMs: [0], lagMs: [0, 0, 0], gapMs: [0, 0] },
    ],
    [
      "every chunk seen 2 ms late: gaps are right",
      errors(1100, 1148, 1168, 1188),
      { ttftMs: [2], lagMs: [2, 2, 2], gapMs: [0, 0] },
    ],
    [
      "the way to the server took 3 ms: TTFT holds it",
      errors(1103, 1150, 1170, 1190),
      { ttftMs: [3], lagMs: [0, 0, 0], gapMs: [0, 0] },
    ],
    [
      "one chunk seen 5 ms late: both gaps beside it are wrong",
      errors(1100, 1150, 1165, 1190),
      { ttftMs: [0], lagMs: [0, 0, 5], gapMs: [5, 5] },
    ],
    [
      "a stamp before the write is an error too",
      errors(1100, 1150, 1170, 1191),
      { ttftMs: [0], lagMs: [0, 0, 1], gapMs: [0, 1] },
    ],
  ])("%s", (_, found, expected) => expect(found).toEqual(expected));

  test.each([
    ["the second chunk", 1, [1150, 1120, 1189], { ttftMs: [0], lagMs: [0, 1], gapMs: [] }],
    ["the first chunk", 0, [1120, 1170, 1189], { ttftMs: [], lagMs: [0, 1], gapMs: [1] }],
  ])(
    "%s is merged: its time is not known, so it and its gaps do not count",
    (_, chunk, writtenMs, expected) =>
      expect(
        errorsOf({ ...record, merged: [{ chunk, chunks: 1, earlierUs: 50_000 }] }, 1100, writtenMs),
      ).toEqual(expected),
  );

  test.each([
    ["read later than we had written it", 1108, 1101],
    ["read before our write returned", 1100.5, 1100.5],
  ])("a request that the server %s was there at the earlier of the two times", (_, receivedMs, expected) => {
    const [truth] = withHandover(
      [{ index: 7, receivedMs, writtenMs: [] }],
      [{ record, handedMs: 101 }],
      ORIGIN_MS,
    );
    expect(truth?.receivedMs).toBe(expected);
  });

  test("a chunk that was not seen leaves no certificate", () =>
    expect(() => errors(1100, 1150, 1170)).toThrow("3 of 2 chunks were seen"));
});

describe("the endpoint that a process measures itself against", () => {
  const TOKEN = "b5c1";
  let server: Worker;
  let origin: string;
  beforeAll(async () => {
    server = new Worker(new URL("certificate-server.ts", import.meta.url), {
      workerData: { token: TOKEN },
      execArgv: [],
    });
    const [port] = (await once(server, "message")) as [number];
    origin = `http://127.0.0.1:${port}`;
  });
  afterAll(() => server.terminate());
  const ask = (path: string, method = "POST"): Promise<Response> =>
    fetch(`${origin}${path}`, { method, ...(method === "POST" && { body: "{}" }) });

  test("streams what it was asked to a caller who knows its token, and logs when", async () => {
    const answer = await (await ask(streamPath({ token: TOKEN }, { index: 3, chunks: 2, gapMs: 5 }))).text();
    expect(answer.match(/"content":/g)).toHaveLength(2);
    expect(answer).toMatch(/"completion_tokens":2.*\n\ndata: \[DONE\]\n\n$/s);
    server.postMessage("log", []);
    const [[truth]] = (await once(server, "message")) as [
      [{ index: number; receivedMs: number; writtenMs: number[] }],
    ];
    expect(truth.index).toBe(3);
    expect([truth.receivedMs, ...truth.writtenMs]).toEqual(
      [truth.receivedMs, ...truth.writtenMs].toSorted((a, b) => a - b),
    );
  });

  test.each(["/v1/chat/completions", "/v1/models", "/b5c/0/1/1", "/b5c12/0/1/1"])(
    "cuts who asks for %s",
    async (path) => {
      await expect(ask(path)).rejects.toThrow();
      await expect(ask(path, "GET")).rejects.toThrow();
    },
  );
});

test("a process too slow to measure itself in time has no certificate, and says so", async () => {
  expect(await certify({ timeMaxMs: 1 })).toEqual({
    certificate: null,
    uncertified: "it took longer than 0.001 s",
  });
});
