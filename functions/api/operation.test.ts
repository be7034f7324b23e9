import { acceptJob } from "@brimline/testkit/functions/home";
import { JOB, portsOf, setState, testbed, type Testbed, typeOf } from "@brimline/testkit/functions/testbed";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createMetrics } from "../local/metrics.ts";
import { setStatus } from "../objects/status.ts";
import { sha256Hex } from "../sha256.ts";
import { createApp } from "./app.ts";
import type { Ports } from "./ports.ts";
import { randomId } from "./id.ts";

const KEY = "bl_admin_key";
const withKey = { authorization: `Bearer ${KEY}` };

async function appOf(
  bed: Testbed,
  ports: Partial<Ports>,
): Promise<(method: string, path: string, init?: RequestInit) => Promise<Response>> {
  const app = createApp(bed.service, { ...portsOf(bed.service), ...ports });
  return async (method, path, init = {}) => app.request(path, { method, ...init });
}

describe("the id of a request", () => {
  test.each<[string, string, string, unknown]>([
    ["an answer", "GET", "/health", undefined],
    ["a problem", "GET", "/v1/jobs/none", undefined],
    ["an address without a route", "GET", "/nowhere", undefined],
    ["a method that is not taken", "PUT", "/health", "x"],
    ["a body that is no JSON", "POST", "/v1/jobs", "{"],
  ])("is in %s, as the caller gave it", async (_, method, path, body) => {
    const { send } = await testbed();
    const sent = await send(method, path, body, { "x-request-id": "build-4711_a=" });
    expect(sent.headers.get("x-request-id")).toBe("build-4711_a=");
  });

  test.each(["two words", "x".repeat(256), "täglich"])(
    "is made anew when it is given as %j",
    async (given) => {
      const { send } = await testbed();
      const { headers } = await send("GET", "/health", undefined, { "x-request-id": encodeURI(given) });
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    },
  );
});

describe("readiness", () => {
  test("is given while the store answers, and not when it fails", async () => {
    const bed = await testbed();
    expect((await bed.send("GET", "/ready")).json).toEqual({ status: "ready" });
    bed.service.data.list = () => Promise.reject(new Error("gone"));
    const sent = await bed.send("GET", "/ready");
    expect([sent.status, typeOf(sent), sent.headers.get("retry-after")]).toEqual([503, "not_ready", "10"]);
    expect((await bed.send("GET", "/health")).status).toBe(200);
  });

  test("is gone while the service stops, which takes no job but answers what it has", async () => {
    const bed = await testbed();
    let stops = false;
    const ask = await appOf(bed, { isStopping: () => stops });
    const job = { body: JSON.stringify(JOB), headers: { "content-type": "application/json" } };
    expect((await ask("POST", "/v1/jobs", job)).status).toBe(202);
    stops = true;
    expect((await ask("GET", "/ready")).status).toBe(503);
    expect((await ask("POST", "/v1/jobs", job)).status).toBe(503);
    expect((await ask("GET", "/v1/jobs")).status).toBe(200);
  });
});

describe("metrics", () => {
  const valueOf = (text: string, name: string): number =>
    Number(new RegExp(`^${name.replaceAll(/[{}]/g, "\\$&")} (.*)$`, "m").exec(text)?.[1]);

  test("count jobs by state, what webhooks wait for, streams, requests and the store's time", async () => {
    const bed = await testbed();
    const metrics = createMetrics();
    bed.service.data = metrics.timed(bed.service.data);
    const ask = await appOf(bed, { metrics });
    for (const state of ["preflight", "running", "running"] as const) {
      const id = randomId();
      await acceptJob(bed.service, id);
      await setState(bed, id, state);
    }
    await bed.service.data.put("outbox/a/0001", "{}");
    metrics.jobEnded("completed");
    const close = metrics.openStream();
    await ask("GET", "/v1/jobs/none");
    const answer = await ask("GET", "/metrics");
    const text = await answer.text();
    expect(answer.headers.get("content-type")).toContain("text/plain");
    expect(valueOf(text, 'brimline_jobs_open{state="running"}')).toBe(2);
    expect(valueOf(text, 'brimline_jobs_open{state="queued"}')).toBe(0);
    expect(valueOf(text, 'brimline_jobs_ended_total{state="completed"}')).toBe(1);
    expect(valueOf(text, "brimline_webhook_backlog")).toBe(1);
    expect(valueOf(text, "brimline_event_streams")).toBe(1);
    expect(valueOf(text, 'brimline_store_seconds_count{operation="list"}')).toBeGreaterThan(0);
    expect(text).toContain(
      'brimline_http_request_seconds_count{method="GET",route="/v1/jobs/:id",status="404"} 1',
    );
    close();
    expect(valueOf(await (await ask("GET", "/metrics")).text(), "brimline_event_streams")).toBe(0);
  });

  test("are those that docs/operating.md lists", async () => {
    const bed = await testbed();
    const { body } = await createMetrics().read(bed.service);
    const docs = await readFile(new URL("../../docs/operating.md", import.meta.url), "utf8");
    const listed = [...docs.matchAll(/`((?:brimline|process)_\w+)/g)].map(([, name]) => name);
    expect(new Set(listed)).toEqual(new Set([...body.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)));
  });

  test("ask the store the same, whatever is stored", async () => {
    const bed = await testbed();
    const metrics = createMetrics();
    bed.service.data = metrics.timed(bed.service.data);
    const asked = async (): Promise<number[]> => {
      const counts = async (): Promise<number[]> => {
        const { body } = await metrics.read(bed.service);
        return ["get", "list"].map(
          (operation) => valueOf(body, `brimline_store_seconds_count{operation="${operation}"}`) || 0,
        );
      };
      const before = await counts();
      return (await counts()).map((count, i) => count - (before[i] ?? 0));
    };
    const empty = await asked();
    for (let i = 0; i < 20; i++) {
      const id = randomId();
      await acceptJob(bed.service, id);
      await setStatus(bed.service, id, { state: "completed" });
      await bed.service.data.remove(`open/${id}`);
    }
    expect(await asked()).toEqual(empty);
  });

  test("need the key, and then come by any name, as a scraper asks", async () => {
    const bed = await testbed({ adminKeySha256: sha256Hex(KEY) });
    const ask = await appOf(bed, { metrics: createMetrics() });
    const headers = { host: "10.0.0.7:4870" };
    expect((await ask("GET", "/metrics", { headers })).status).toBe(401);
    expect((await ask("GET", "/metrics", { headers: { ...headers, ...withKey } })).status).toBe(200);
    expect((await ask("GET", "/ready", { headers })).status).toBe(200);
    expect((await ask("GET", "/v1/jobs", { headers: { ...headers, ...withKey } })).status).toBe(421);
  });

  test("are not there where the platform has its own", async () => {
    expect((await (await testbed()).send("GET", "/metrics")).status).toBe(404);
  });
});

describe("the rate of requests", () => {
  test("is told in every answer of the API, and beyond the limit the answer is 429", async () => {
    const { send } = await testbed({ requestsPerMinute: 3 });
    const first = await send("GET", "/v1/jobs");
    expect(first.headers.get("ratelimit-policy")).toBe('"caller";q=3;w=60');
    expect(first.headers.get("ratelimit")).toBe('"caller";r=2;t=60');
    const problem = await send("GET", "/v1/jobs/none");
    expect([problem.status, problem.headers.get("ratelimit")]).toEqual([404, '"caller";r=1;t=60']);
    await send("GET", "/v1/jobs");
    const over = await send("GET", "/v1/jobs");
    expect([over.status, typeOf(over)]).toEqual([429, "too_many_requests"]);
    expect(over.headers.get("retry-after")).toBe("60");
    expect(over.headers.get("ratelimit")).toBe('"caller";r=0;t=60');
    expect((await send("GET", "/health")).status).toBe(200);
  });

  test("is counted for each caller, and anew each minute", async () => {
    const bed = await testbed({ requestsPerMinute: 1, adminKeySha256: sha256Hex(KEY) });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await bed.send("GET", "/v1/jobs", undefined, headers)).status;
    expect([await status({}), await status({ authorization: "Bearer guess" })]).toEqual([401, 429]);
    expect([await status(withKey), await status(withKey)]).toEqual([200, 429]);
    const nowMs = bed.service.now();
    bed.service.now = () => nowMs + 60_000;
    expect(await status(withKey)).toBe(200);
  });

  test("is not escaped by made-up tokens of agents, which use up no agent's count either", async () => {
    const bed = await testbed({ requestsPerMinute: 2, adminKeySha256: sha256Hex(KEY) });
    const enrolled = await bed.send(
      "POST",
      "/v1/agents",
      { name: "gpu", host: "gpu-1", sources: [] },
      withKey,
    );
    const { id, token } = enrolled.json as { id: string; token: string };
    const status = async (bearer: string): Promise<number> =>
      (await bed.send("GET", `/v1/agents/${id}`, undefined, { authorization: `Bearer ${bearer}` })).status;
    const guess = (agent: string): string => `bla_${agent}_${"x".repeat(43)}`;
    expect([await status(guess(id)), await status(guess("0".repeat(20))), await status(guess(id))]).toEqual([
      401, 401, 429,
    ]);
    expect([await status(token), await status(token), await status(token)]).toEqual([200, 200, 429]);
  });

  test("has no limit and no header unless the service sets one", async () => {
    expect((await (await testbed()).send("GET", "/v1/jobs")).headers.get("ratelimit")).toBeNull();
  });
});
