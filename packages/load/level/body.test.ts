import { type JobRequest, JobSpec } from "@brimline/core/job/spec/spec";
import { describe, expect, test } from "vitest";
import { shardOf } from "@brimline/testkit/load/level";
import { quick, scriptedEndpoint, type Seen } from "@brimline/testkit/load/scripted";

describe("the body of a request", () => {
  async function sent(job: Partial<JobRequest>, without: string[] = []): Promise<Seen> {
    const endpoint = await scriptedEndpoint(quick);
    await shardOf(endpoint.url, { users: 1, requests: 1, job, without });
    await endpoint.close();
    const [seen] = endpoint.seen;
    if (seen === undefined) throw new Error("nothing was sent");
    return seen;
  }

  test("is a streamed chat completion of the asked length, and nothing else", async () => {
    const { method, path, headers, body } = await sent({
      workload: { inputTokens: 20, outputTokens: 9, prompts: ["hi"], salt: false },
    });
    expect([method, path]).toEqual(["POST", "/v1/chat/completions"]);
    expect(body).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      temperature: 0,
      ignore_eos: true,
      min_tokens: 9,
    });
    expect(Object.keys(headers).sort()).toEqual([
      "accept",
      "accept-encoding",
      "connection",
      "content-length",
      "content-type",
      "host",
      "user-agent",
    ]);
    expect(headers).toMatchObject({
      accept: "text/event-stream",
      "accept-encoding": "identity",
      "content-type": "application/json",
    });
  });

  test("leaves out what the endpoint does not take", async () => {
    const { body } = await sent({ workload: { outputTokens: 9, temperature: 0.7 } }, [
      "max_tokens",
      "stream_options",
      "temperature",
      "ignore_eos",
    ]);
    expect(Object.keys(body)).toEqual(["model", "messages", "stream", "max_completion_tokens"]);
    expect(body["max_completion_tokens"]).toBe(9);
  });

  test("carries the caller's own fields and headers, and the key where one is given", async () => {
    const { headers, body } = await sent({
      endpoint: {
        url: "",
        model: "m",
        apiKey: "test-key-1",
        headers: { "X-Tenant": "t1", Accept: "text/html" },
        body: { top_p: 0.5 },
      },
      workload: { temperature: 0.7 },
    });
    expect(body).toMatchObject({ top_p: 0.5, temperature: 0.7, model: "m" });
    expect(headers).toMatchObject({
      "x-tenant": "t1",
      authorization: "Bearer test-key-1",
      accept: "text/event-stream",
    });
  });

  test.each([
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "n",
    "ignore_eos",
    "min_tokens",
  ])("may not name %s itself", (name) => {
    const job = { endpoint: { url: "http://127.0.0.1:1/v1", model: "m", body: { [name]: 1 } }, levels: [1] };
    expect(JobSpec.safeParse(job).error?.issues[0]?.path).toEqual(["endpoint", "body"]);
  });

  test.each([
    "Host",
    "Authorization",
    "Accept-Encoding",
    "Content-Length",
    "X-Forwarded-For",
    "Transfer-Encoding",
    "Metadata-Flavor",
  ])("nor the header %s", (name) => {
    const job = {
      endpoint: { url: "http://127.0.0.1:1/v1", model: "m", headers: { [name]: "1" } },
      levels: [1],
    };
    expect(JobSpec.safeParse(job).error?.issues[0]?.path).toEqual(["endpoint", "headers"]);
  });
});
