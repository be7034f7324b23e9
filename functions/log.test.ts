import { BrimlineError } from "@brimline/core/error";
import { startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { workshop } from "@brimline/testkit/functions/workshop";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLog, errorsTo } from "./log.ts";

interface Line {
  level: string;
  time: string;
  msg: string;
  task?: string;
  [field: string]: unknown;
}

describe("a line of the log", () => {
  const written: string[] = [];
  const log = createLog("info", { write: (line) => void written.push(line) });
  const last = (): Line => JSON.parse(written.at(-1) ?? "");

  test("is one JSON object with its time, what happened and what it is about", () => {
    log.info({ jobId: "j1" }, "job taken up");
    expect(last()).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      jobId: "j1",
      msg: "job taken up",
    });
  });

  test("has an error's stack, but nothing in it that looks like a credential", () => {
    errorsTo(log)(new Error("it said: Bearer abcdefgh12345678"), { jobId: "j1" });
    expect(last()).toMatchObject({
      jobId: "j1",
      err: { message: "it said: Bearer [secret]" },
      msg: "failed",
    });
    expect(JSON.stringify(last())).not.toContain("abcdefgh12345678");
    errorsTo(log)("api_key=abcdefgh12345678");
    expect(last()["err"]).toEqual({ message: "api_key=[secret]" });
  });

  test("does not show the value of a field that would hold a secret", () => {
    const endpoint = { apiKey: "plain-words", basic: "plain-words", secretHeaders: { a: "plain-words" } };
    log.info({ endpoint, authorization: "plain-words" }, "never");
    expect(written.at(-1)).not.toContain("plain-words");
  });

  test("is not written below the chosen level, and an unknown level is refused", () => {
    const count = written.length;
    log.debug("nobody asked");
    expect(written).toHaveLength(count);
    expect(() => createLog("loud")).toThrow(BrimlineError);
  });
});

describe("the log of a job through the whole service", () => {
  const SECRETS = {
    adminKey: "an-admin-key-that-has-no-known-shape-0123456789",
    apiKey: "an-endpoint-key-that-has-no-known-shape",
    webhook: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  };
  /** An endpoint that repeats the headers that it received, as a debugging proxy would. */
  const receiver = createServer((request, response) =>
    response.writeHead(500).end(JSON.stringify(request.headers)),
  );
  const shop = workshop();
  let endpoint: Awaited<ReturnType<typeof startEndpoint>>;
  beforeAll(async () => {
    endpoint = await startEndpoint({ preset: PRESETS.quick });
    await once(receiver.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(async () => {
    await shop.close();
    await endpoint.close();
    receiver.close();
  });

  test("names the job in every line, and no secret in any", { timeout: 180_000 }, async () => {
    const service = await shop.service(await shop.folder(), {
      adminKey: SECRETS.adminKey,
      logLevel: "debug",
    });
    const call = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(new URL(path, service.url), {
        ...init,
        headers: { "content-type": "application/json", authorization: `Bearer ${SECRETS.adminKey}` },
      });
    const accepted = await call("/v1/jobs", {
      method: "POST",
      body: JSON.stringify({
        endpoint: { url: endpoint.url, model: "sim-quick", apiKey: SECRETS.apiKey },
        workload: { inputTokens: 16, outputTokens: 8 },
        levels: [2],
        stop: { durationS: 1 },
        webhook: {
          url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
          secret: SECRETS.webhook,
        },
      }),
    });
    const { id } = (await accepted.json()) as { id: string };
    const linesOf = (): Line[] => service.log.slice(1).map((line) => JSON.parse(line) as Line);
    const happened = (): string[] =>
      linesOf().map(({ msg, task }) => `${msg}${task === undefined ? "" : ` ${task}`}`);
    await expect
      .poll(
        async () => {
          await call(`/v1/jobs/${id}`);
          return happened();
        },
        { timeout: 120_000, interval: 500 },
      )
      .toEqual(
        expect.arrayContaining([
          "request",
          "job taken up",
          "task done preflight",
          "task done shard",
          "task done aggregate",
          "task done publish",
          "delivery",
          "job left",
        ]),
      );
    expect(linesOf().filter(({ jobId }) => jobId !== id)).toEqual([]);
    const request = linesOf().find(({ method }) => method === "POST");
    expect(request?.["requestId"]).toBe(accepted.headers.get("x-request-id"));
    for (const secret of Object.values(SECRETS)) expect(service.log.join("\n")).not.toContain(secret);
  });
});
