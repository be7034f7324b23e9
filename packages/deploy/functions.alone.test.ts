import { CREATED_UNIX_MS, syntheticLevel } from "@brimline/testkit/synthetic";
import { ShardSummary } from "@brimline/core/record/record";
import { Report } from "@brimline/core/report/schema";
import { Secret } from "@brimline/core/secret";
import { WHY_NO_KERNEL } from "@brimline/load/transport/load-transport";
import { type Endpoint, startEndpoint } from "@brimline/sim/endpoint";
import { PRESETS } from "@brimline/sim/presets";
import { keys } from "@brimline/store/keys";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createObject, putObject, readObject } from "@brimline/functions/objects/object";
import { DeliveryObject } from "@brimline/functions/objects/delivery";
import { PreflightObject } from "@brimline/functions/objects/preflight";
import { loadRenderer } from "@brimline/functions/renderer";
import { createSealer } from "@brimline/functions/sealer";
import { ask, type Deployment, deploymentParts, MASTER_KEY, startDeployment } from "./lambda/deployment.ts";
import type { LambdaHost } from "./lambda/host.ts";
import { accepted, begun, examined, finished } from "./lambda/job.ts";

/**
 * The functions that the workflow of a job invokes, in AWS's own runtime as Lambda runs them, with objects in
 * a real S3 server.
 */

const START_MS = 120_000;
/** Every task of a job behind one handler. */
const TASKS = join(import.meta.dirname, "lambda/tasks.ts");
const SLOW = { timeout: 60_000 };
/** The guard takes this for one's own machine, because in Lambda nothing opens loopback. */
const LOOPBACK = { env: { BRIMLINE_ALLOW: "127.0.0.0/8" }, isOutside: true };
const IN_LAMBDA = { env: { BRIMLINE_ALLOW: "127.0.0.0/8" } };

const parts = await deploymentParts();

describe.skipIf(parts === null)("in AWS's runtime (skipped where it or VersityGW cannot be had)", () => {
  let on: Deployment;
  let endpoint: Endpoint;
  let outside: LambdaHost;
  let inLambda: LambdaHost;
  beforeAll(async () => {
    [on, endpoint] = await Promise.all([
      startDeployment(parts ?? { runtime: "", gateway: "" }),
      startEndpoint({ preset: PRESETS.quick }),
    ]);
    [outside, inLambda] = await Promise.all([on.start(TASKS, LOOPBACK), on.start(TASKS, IN_LAMBDA)]);
  }, START_MS);
  afterAll(() => Promise.all([on.stop(), endpoint.close()]));
  const call = (host: LambdaHost, task: string, event: unknown): Promise<unknown> =>
    ask(host, { task, event });
  const job = (more: object = {}) => ({
    endpoint: { url: endpoint.url, model: "sim-quick" },
    levels: [2],
    ...more,
  });

  describe("preflight", () => {
    test(
      "asks an endpoint at most three times and writes what it learnt; called again it asks nothing",
      SLOW,
      async () => {
        await accepted(on.data, "a".repeat(20), job());
        const first = await call(outside, "preflight", { jobId: "a".repeat(20) });
        expect(first).toEqual({ value: { verdict: "accepted", problem: null } });
        const { requests } = endpoint.state();
        expect(requests).toBeLessThanOrEqual(3);
        expect(await readObject(on.data, keys.preflight("a".repeat(20)), PreflightObject)).toMatchObject({
          verdict: "accepted",
          simulated: true,
          requests,
        });
        expect(await call(outside, "preflight", { jobId: "a".repeat(20) })).toEqual(first);
        expect(endpoint.state().requests).toBe(requests);
      },
    );

    test("rejects what answers a web page", SLOW, async () => {
      const page = await startEndpoint({ preset: PRESETS.quick, faults: { html: true } });
      onTestFinished(() => page.close());
      await accepted(on.data, "b".repeat(20), job({ endpoint: { url: page.url, model: "sim-quick" } }));
      expect(await call(outside, "preflight", { jobId: "b".repeat(20) })).toMatchObject({
        value: { verdict: "rejected", problem: { code: "not_an_llm" } },
      });
    });
  });

  describe("a shard", () => {
    test("loads the endpoint and leaves its records, once", SLOW, async () => {
      const jobId = "c".repeat(20);
      await examined(on.data, jobId, job());
      const attemptKey = await begun(on.data, jobId, { users: 2, durationS: 2, leadMs: 3000 });
      const first = await call(outside, "shard", { jobId, attemptKey, shard: 0 });
      expect(first).toMatchObject({ value: { shard: 0, failed: 0, ok: expect.any(Number) } });
      const summary = await readObject(on.data, keys.shardSummary(attemptKey, 0), ShardSummary);
      expect(summary?.requests.ok).toBeGreaterThan(2);
      expect(summary?.arrivals.clock).toBe(WHY_NO_KERNEL === null ? "kernel" : "process");
      expect(summary?.uncertified).toMatch(/^its function was there .* the load/);
      expect(await on.data.get(keys.records(attemptKey, 0))).not.toBeNull();
      const { requests } = endpoint.state();
      expect(await call(outside, "shard", { jobId, attemptKey, shard: 0 })).toEqual(first);
      expect(endpoint.state().requests).toBe(requests);
    });

    test(
      "that is stopped during its level has no request open 3 s later, and leaves what it measured",
      SLOW,
      async () => {
        const jobId = "d".repeat(20);
        await examined(on.data, jobId, job({ workload: { inputTokens: 16, outputTokens: 400 } }));
        const attemptKey = await begun(on.data, jobId, { users: 4, durationS: 60, leadMs: 500 });
        const answered = call(outside, "shard", { jobId, attemptKey, shard: 0 });
        await expect.poll(() => endpoint.state().open, { timeout: 30_000, interval: 20 }).toBe(4);
        await putObject(on.data, keys.control(jobId), { schema: "brimline.control/1", action: "cancel" });
        const askedMs = performance.now();
        await expect.poll(() => endpoint.state().open, { timeout: 10_000, interval: 20 }).toBe(0);
        expect(performance.now() - askedMs).toBeLessThan(3000);
        expect(await answered).toMatchObject({ value: { ended: "cancelled" } });
        expect(
          (await readObject(on.data, keys.shardSummary(attemptKey, 0), ShardSummary))?.requests.censored,
        ).toBe(4);
      },
    );

    test("in Lambda never reaches loopback, not even where the operator allows it", SLOW, async () => {
      const jobId = "e".repeat(20);
      const { requests } = endpoint.state();
      await examined(on.data, jobId, job());
      const attemptKey = await begun(on.data, jobId, { users: 2, durationS: 1, leadMs: 500 });
      const answer = (await call(inLambda, "shard", { jobId, attemptKey, shard: 0 })) as object;
      expect("fault" in answer || ("value" in answer && (answer.value as { ok: number }).ok === 0)).toBe(
        true,
      );
      expect(endpoint.state().requests).toBe(requests);
    });

    test("answers a fault by its code, and rejects an input that is none", SLOW, async () => {
      const jobId = "f".repeat(20);
      await examined(on.data, jobId, job());
      const attemptKey = await begun(on.data, jobId, { users: 2, durationS: 1, leadMs: 500 });
      await on.data.put(keys.secret(jobId), Buffer.from("damaged"));
      expect(await call(outside, "shard", { jobId, attemptKey, shard: 0 })).toMatchObject({
        fault: { name: "BrimlineError.secret_unavailable" },
      });
      await expect(call(outside, "shard", { jobId: 1 })).rejects.toThrow("ZodError");
    });
  });

  describe("after the last level", () => {
    const jobId = "g".repeat(20);
    const task = { jobId, state: "completed", problem: null, finishedAt: "2026-01-02T03:14:05.000Z" };
    const level = (id: string, users: number) =>
      syntheticLevel({
        id,
        users,
        ttftMs: 50,
        gapMs: 10,
        outputTokens: 20,
        durationS: 20,
        t0UnixMs: CREATED_UNIX_MS,
      });
    let other: LambdaHost;
    beforeAll(async () => {
      await examined(on.data, jobId, job({ levels: [2, 4], visibility: "public" }));
      for (const ran of [level("l01", 2), level("l02", 4)]) await finished(on.data, jobId, ran);
      await loadRenderer();
      other = await on.start("aggregate");
    }, START_MS);

    test(
      "two aggregators at once make one report, and one that comes later changes nothing",
      SLOW,
      async () => {
        const made = (await Promise.all([call(inLambda, "aggregate", task), ask(other, task)])) as {
          value: { isNew: boolean };
        }[];
        expect(made.filter(({ value }) => value.isNew)).toHaveLength(1);
        const report = (await on.data.get(keys.report(jobId)))?.body;
        expect(
          Report.parse(JSON.parse(String(report))).levels.map(({ id, requests }) => [id, requests.failed]),
        ).toEqual([
          ["l01", 0],
          ["l02", 0],
        ]);
        await finished(on.data, jobId, level("l03", 8));
        expect(await call(inLambda, "aggregate", task)).toEqual({
          value: { report: keys.report(jobId), isNew: false },
        });
        // The answer was lost after the report was written, or the function was lost before.
        await on.data.remove(keys.report(jobId));
        expect(await ask(other, task)).toMatchObject({ value: { isNew: true } });
        expect((await on.data.get(keys.report(jobId)))?.body).toEqual(report);
      },
    );

    test(
      "the page is published with its files and listed; published again nothing but HTML is written anew",
      SLOW,
      async () => {
        expect(await call(inLambda, "publish", { jobId })).toEqual({
          value: { hasPage: true, hasComparison: false },
        });
        const page = await on.site.get(keys.page(jobId, "index.html"));
        expect([page?.contentType, page?.body.toString("utf8")]).toEqual([
          "text/html; charset=utf-8",
          expect.stringContaining("sim-quick"),
        ]);
        const { keys: files } = await on.site.list(keys.pagePrefix(jobId), { limit: 100 });
        expect(files.map((file) => file.split("/")[2])).toEqual(
          expect.arrayContaining(["index.html", "levels.csv", "report.json"]),
        );
        expect((await on.site.get("index.html"))?.body.toString("utf8")).toContain(jobId);
        expect(await call(inLambda, "publish", { jobId })).toEqual({
          value: { hasPage: true, hasComparison: false },
        });
        expect((await on.site.list(keys.pagePrefix(jobId), { limit: 100 })).keys).toEqual(files);
      },
    );
  });

  describe("notify", () => {
    const jobId = "h".repeat(20);
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const links = { self: "/", events: "/", cancel: "/", report: null, page: null, comparison: null };
    const data = {
      jobId,
      state: "completed",
      verdict: null,
      level: null,
      comparison: null,
      headline: {},
      links,
    };
    const body = { type: "job.completed", timestamp: "2026-01-02T03:14:05.000Z", data };
    const got: { headers: IncomingHttpHeaders; text: string }[] = [];
    const receiver = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      request.on("end", () => {
        got.push({ headers: request.headers, text });
        response.end();
      });
    });
    beforeAll(async () => {
      receiver.listen(0, "127.0.0.1");
      await once(receiver, "listening");
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
      await accepted(on.data, jobId, job({ webhook: { url, secret } }));
      await on.data.put(
        keys.webhookSecret(jobId),
        createSealer(Buffer.from(MASTER_KEY, "hex")).seal(jobId, "webhook", new Secret(secret)),
      );
      for (const sequence of [1, 2]) {
        const event = {
          schema: "brimline.event/1",
          id: `${jobId}-000${sequence}`,
          sequence,
          type: body.type,
          body,
        };
        await createObject(on.data, keys.event(jobId, sequence, body.type), event);
        await createObject(on.data, keys.outbox(jobId, sequence), { jobId, sequence });
      }
    }, START_MS);
    afterAll(() => receiver.close());

    test("in Lambda sends nothing to loopback, and logs that it was refused", SLOW, async () => {
      expect(await call(inLambda, "notify", { jobId, sequence: 2 })).toMatchObject({
        value: { outcome: "refused", tries: 1 },
      });
      expect(await readObject(on.data, keys.delivery(jobId, 2, 1), DeliveryObject)).toMatchObject({
        outcome: "refused",
        status: null,
      });
      expect(got).toEqual([]);
    });

    test(
      "tells the receiver once, signed, and takes the marker away; called again it tells nobody",
      SLOW,
      async () => {
        const told = { value: { outcome: "delivered", tries: 1, nextAtMs: null } };
        expect(await call(outside, "notify", { jobId, sequence: 1 })).toEqual(told);
        expect(await on.data.get(keys.outbox(jobId, 1))).toBeNull();
        expect(await call(outside, "notify", { jobId, sequence: 1 })).toEqual(told);
        expect(got).toHaveLength(1);
        const [{ headers, text } = { headers: {}, text: "" }] = got;
        expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body);
      },
    );
  });
});
