import { unsealed } from "@brimline/core/job/spec/endpoint-secrets";
import { keys } from "@brimline/store/keys";
import { s3Store } from "@brimline/store/s3";
import type { ObjectStore } from "@brimline/store/store";
import { type S3Server, startVersityGw, versityGw } from "@brimline/testkit/store/versitygw";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { createSealer } from "@brimline/functions/sealer";
import { type Cloud, startCloud } from "./lambda/cloud.ts";
import { ADMIN_KEY, MASTER_KEY, ORIGIN_KEY, settingsOf } from "./lambda/deployment.ts";
import { type LambdaHost, startLambda } from "./lambda/host.ts";
import { lambdaRuntime } from "./lambda/ric.ts";
import { knock, throughRouter, type UrlAnswer, type UrlRequest } from "./lambda/url.ts";

/** The API and the timer as Lambda runs them: in AWS's own runtime, with real events of a Function URL. */

const JOB = { endpoint: { url: "https://llm.example.com/v1", model: "llama" }, levels: [10, 50] };
/** The account's concurrency has room for 15 shards. */
const CONCURRENCY = 20;
const START_MS = 60_000;

const [runtime, gateway] = await Promise.all([lambdaRuntime(), versityGw()]);
let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud(CONCURRENCY);
});
afterAll(() => cloud.close());

const environment = (more: Record<string, string> = {}): Record<string, string> => settingsOf(cloud, more);

const problemOf = ({ text }: UrlAnswer): string =>
  (JSON.parse(text) as { type: string }).type.split("/problems/")[1] ?? "";

describe.skipIf(runtime === null)("the API in AWS's runtime (skipped where it cannot be fetched)", () => {
  let api: LambdaHost;
  beforeAll(async () => {
    api = await startLambda(runtime ?? "", "api", environment());
  }, START_MS);
  afterAll(() => api.stop());

  test.each([
    ["BRIMLINE_ADMIN_KEY", "", "is not set"],
    ["BRIMLINE_ADMIN_KEY", "short", "shorter than 32"],
    ["BRIMLINE_ORIGIN_KEY", "", "is not set"],
    [
      "BRIMLINE_MASTER_KEY",
      "not hexadecimal, however long it is, so it seals nothing",
      "64 hexadecimal digits",
    ],
  ])("does not start with %s=%j", { timeout: START_MS }, async (name, value, says) => {
    const refusal = await startLambda(runtime ?? "", "api", environment({ [name]: value })).catch(
      (error: unknown) => String(error),
    );
    expect(refusal).toContain(name);
    expect(refusal).toContain(says);
  });

  test("answers what comes through the Router", async () => {
    const answer = await knock(api, { path: "/health", headers: throughRouter(ORIGIN_KEY) });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      200,
      { status: "ok", generator: "brimline 0.1.0" },
    ]);
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test.each([
    ["without the Router's secret", {}],
    ["with another secret", throughRouter("ffffffffffffffffffffffffffffffff")],
  ])("refuses a request %s, whatever it asks", async (_, headers) => {
    for (const path of ["/health", "/v1/jobs", "/nothing"]) {
      const answer = await knock(api, {
        path,
        headers: { ...headers, authorization: `Bearer ${ADMIN_KEY}` },
      });
      expect([answer.status, problemOf(answer)]).toEqual([403, "forbidden"]);
    }
  });

  test("refuses another host than its own, and a caller without the admin key", async () => {
    const elsewhere = await knock(api, {
      path: "/v1/objectives",
      headers: throughRouter(ORIGIN_KEY, "evil.example"),
    });
    expect([elsewhere.status, problemOf(elsewhere)]).toEqual([421, "misdirected"]);
    const stranger = await knock(api, { path: "/v1/jobs", headers: throughRouter(ORIGIN_KEY) });
    expect([stranger.status, problemOf(stranger)]).toEqual([401, "unauthorized_caller"]);
  });
});

describe.skipIf(runtime === null || gateway === null)(
  "with objects in S3 (skipped where AWS's runtime or VersityGW cannot be had)",
  () => {
    let server: S3Server;
    let bucket: string;
    let store: ObjectStore;
    let api: LambdaHost;
    const inS3 = (): Record<string, string> => ({
      BRIMLINE_DATA_BUCKET: bucket,
      AWS_ENDPOINT_URL_S3: server.endpoint,
      ...server.credentials,
    });
    const ask = (request: UrlRequest, onPiece?: (piece: Buffer) => void): Promise<UrlAnswer> =>
      knock(
        api,
        {
          ...request,
          headers: { ...throughRouter(ORIGIN_KEY), authorization: `Bearer ${ADMIN_KEY}`, ...request.headers },
        },
        onPiece,
      );
    const submit = async (body: object): Promise<{ answer: UrlAnswer; id: string }> => {
      const answer = await ask({ method: "POST", path: "/v1/jobs", body });
      return { answer, id: (JSON.parse(answer.text) as { id: string }).id };
    };

    beforeAll(async () => {
      server = await startVersityGw(gateway ?? "");
      for (const [name, value] of Object.entries(server.credentials)) vi.stubEnv(name, value);
      bucket = await server.newBucket();
      store = s3Store({ bucket, prefix: "", endpoint: server.endpoint });
      api = await startLambda(runtime ?? "", "api", environment(inS3()));
    }, START_MS);
    afterAll(async () => {
      await api.stop();
      await server.stop();
      vi.unstubAllEnvs();
    });

    test("a job is accepted, its workflow started under its id, and its key sealed", async () => {
      const { answer, id } = await submit({
        ...JOB,
        endpoint: { ...JOB.endpoint, apiKey: "sk-very-secret" },
      });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
        202,
        { state: "queued", links: { self: `https://bench.example/v1/jobs/${id}` } },
      ]);
      expect(cloud.invoked.at(-1)).toEqual({
        name: "job",
        qualifier: "7",
        execution: `${id}-1`,
        input: { jobId: id },
      });
      expect(JSON.stringify(cloud.invoked)).not.toContain("sk-very-secret");
      const sealed = (await store.get(keys.secret(id)))?.body ?? Buffer.of();
      expect(sealed.includes("sk-very-secret")).toBe(false);
      const opened = createSealer(Buffer.from(MASTER_KEY, "hex")).open(id, "endpoint", sealed);
      expect(unsealed(opened).apiKey?.reveal()).toBe("sk-very-secret");
      const read = await ask({ path: `/v1/jobs/${id}` });
      expect([read.status, JSON.parse(read.text)]).toMatchObject([200, { id, state: "queued" }]);
      const stored = JSON.parse((await store.get(keys.spec(id)))?.body.toString("utf8") ?? "{}") as {
        spec: { visibility: string };
      };
      expect(stored.spec.visibility).toBe("private");
    });

    test("a second job at the same host waits for the first one's end; a job at another host does not", async () => {
      const at = (host: string) => ({ ...JOB, endpoint: { ...JOB.endpoint, url: `https://${host}/v1` } });
      const first = await submit(at("one.example.com"));
      const second = await submit(at("one.example.com"));
      const third = await submit(at("two.example.com"));
      expect(second.answer.status).toBe(202);
      const started = (): (string | null)[] => cloud.invoked.map(({ execution }) => execution);
      expect(started()).toEqual(expect.arrayContaining([`${first.id}-1`, `${third.id}-1`]));
      expect(started()).not.toContain(`${second.id}-1`);

      const sweep = await startLambda(runtime ?? "", "sweep", environment(inS3()));
      onTestFinished(() => sweep.stop());
      await sweep.invoke({});
      expect(started()).not.toContain(`${second.id}-1`);
      await store.remove(keys.open(first.id));
      await sweep.invoke({});
      expect(started()).toContain(`${second.id}-1`);
      const before = started().length;
      await sweep.invoke({});
      expect(started()).toHaveLength(before);
    });

    test(
      "a workflow that died is started again twice, then its job ends as failed",
      { timeout: 60_000 },
      async () => {
        const { id } = await submit({
          ...JOB,
          endpoint: { ...JOB.endpoint, url: "https://dying.example.com/v1" },
        });
        cloud.status = "FAILED";
        onTestFinished(() => void (cloud.status = "RUNNING"));
        const sweep = await startLambda(runtime ?? "", "sweep", environment(inS3()));
        onTestFinished(() => sweep.stop());
        for (let round = 0; round < 4; round++) await sweep.invoke({});
        expect(
          cloud.invoked
            .filter(({ execution }) => execution?.startsWith(id))
            .map(({ execution }) => execution),
        ).toEqual([`${id}-1`, `${id}-2`, `${id}-3`]);
        expect(JSON.parse((await ask({ path: `/v1/jobs/${id}` })).text)).toMatchObject({
          state: "failed",
          problem: { code: "internal" },
        });
      },
    );

    test.each([
      [
        "requests that may take longer than one invocation",
        { stop: { requests: 1000, durationS: 700 }, rampS: 100 },
        "/stop/durationS",
        "at most 780",
      ],
      [
        "more users than the account's quota carries",
        { levels: [3751] },
        "/levels",
        "at most 3750. Raise the quota",
      ],
    ])("refuses %s before any load", async (_, more, pointer, says) => {
      const { answer } = await submit({ ...JOB, ...more });
      expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
        422,
        { errors: [{ pointer, detail: expect.stringContaining(says) }] },
      ]);
    });

    test.each([
      "http://127.0.0.1:9001/v1",
      "http://169.254.79.129/v1",
      "http://10.0.0.8/v1",
      "https://bench.example/v1",
    ])("refuses to load %s", async (url) => {
      const { answer } = await submit({ ...JOB, endpoint: { ...JOB.endpoint, url } });
      expect([answer.status, problemOf(answer)]).toEqual([422, "address_refused"]);
    });

    test("events arrive while they happen", async () => {
      const { id } = await submit({
        ...JOB,
        endpoint: { ...JOB.endpoint, url: "https://events.example.com/v1" },
      });
      const arrived: number[] = [];
      const answered = ask({ path: `/v1/jobs/${id}/events` }, () => arrived.push(performance.now()));
      await vi.waitFor(() => expect(arrived.length).toBeGreaterThan(1), { timeout: 10_000 });
      const job = {
        state: "cancelled",
        startedAt: null,
        finishedAt: null,
        levelId: null,
        load: null,
        endsAt: null,
        levelsDone: 0,
        levels: 2,
        problem: null,
      };
      await store.put(
        keys.status(id),
        JSON.stringify({ schema: "brimline.status/1", ...job, hasReport: false, hasPage: false }),
      );
      const { status, headers, text } = await answered;
      expect([status, headers["content-type"]]).toEqual([200, "text/event-stream"]);
      expect(text).toContain('"state":"queued"');
      expect(text).toContain('"state":"cancelled"');
      expect((arrived.at(-1) ?? 0) - (arrived[0] ?? 0)).toBeGreaterThan(1000);
    });
  },
);
