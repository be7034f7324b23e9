import { anyText } from "@brimline/testkit/any-text";
import { credentialHeaders } from "@brimline/core/job/spec/endpoint-secrets";
import { endpointSecrets } from "../../tasks/endpoint-secrets.ts";
import { createLog } from "../../log.ts";
import { LEVEL } from "../../aws/limits.ts";
import { sha256Hex } from "../../sha256.ts";
import { SpecObject } from "../../objects/spec.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createApp } from "../app.ts";
import { JOB, pointersOf, portsOf, testbed, typeOf } from "@brimline/testkit/functions/testbed";

const SECRET = "sk-never-to-be-seen-4711";
const WEBHOOK_SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes....").toString("base64")}`;
const withEndpoint = (more: object): object => ({ ...JOB, endpoint: { ...JOB.endpoint, ...more } });
const withUrl = (url: string): object => withEndpoint({ url });

describe("a job that cannot be right", () => {
  test.each<[string, unknown, number, string, string[]]>([
    ["an empty body", "", 400, "malformed_body", []],
    ["half a JSON", "{", 400, "malformed_body", []],
    ["NaN, which is not JSON", "NaN", 400, "malformed_body", []],
    ["bytes that are not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400, "malformed_body", []],
    ["100,000 opening brackets", "[".repeat(100_000), 400, "malformed_body", []],
    ["50,000 nested lists", "[".repeat(50_000) + "]".repeat(50_000), 400, "malformed_body", []],
    ["null", "null", 422, "invalid_request", [""]],
    ["a list", [], 422, "invalid_request", [""]],
    ["nothing in it", {}, 422, "invalid_request", ["/endpoint"]],
    ["an unknown field", { ...JOB, extra: 1 }, 422, "invalid_request", ["/extra"]],
    [
      "two unknown fields in depth",
      withEndpoint({ a: 1, "b/~": 2 }),
      422,
      "invalid_request",
      ["/endpoint/a", "/endpoint/b~1~0"],
    ],
    [
      "no model",
      { ...JOB, endpoint: { url: JOB.endpoint.url } },
      422,
      "invalid_request",
      ["/endpoint/model"],
    ],
    [
      "a model with a zero-width space",
      withEndpoint({ model: "a\u200bb" }),
      422,
      "invalid_request",
      ["/endpoint/model"],
    ],
    ["a name with NUL", { ...JOB, name: "a\u0000b" }, 422, "invalid_request", ["/name"]],
    [
      "a name with a lone surrogate",
      JSON.stringify({ ...JOB, name: "x" }).replace('"x"', '"\\ud800"'),
      422,
      "invalid_request",
      ["/name"],
    ],
    ["no levels", { ...JOB, levels: [] }, 422, "invalid_request", ["/levels"]],
    ["65 levels", { ...JOB, levels: Array(65).fill(1) }, 422, "invalid_request", ["/levels"]],
    ["level 0", { ...JOB, levels: [10, 0] }, 422, "invalid_request", ["/levels/1"]],
    ["level -1", { ...JOB, levels: [-1] }, 422, "invalid_request", ["/levels/0"]],
    ["level 1.5", { ...JOB, levels: [1.5] }, 422, "invalid_request", ["/levels/0"]],
    ["level 1e9", { ...JOB, levels: [1e9] }, 422, "invalid_request", ["/levels/0"]],
    [
      "level 1e999, which is infinite",
      '{"endpoint":{"url":"http://127.0.0.1/v1","model":"m"},"levels":[1e999]}',
      422,
      "invalid_request",
      ["/levels/0"],
    ],
    ["a level as text", { ...JOB, levels: ["10"] }, 422, "invalid_request", ["/levels/0"]],
    [
      "zero concurrency in an object",
      { ...JOB, levels: [{ concurrency: 0 }] },
      422,
      "invalid_request",
      ["/levels/0/concurrency"],
    ],
    [
      "a concurrency as text",
      { ...JOB, levels: [{ concurrency: "5" }] },
      422,
      "invalid_request",
      ["/levels/0/concurrency"],
    ],
    ["more users than the service allows", { ...JOB, levels: [1001] }, 422, "invalid_request", ["/levels/0"]],
    [
      "a sweep beyond it",
      { ...JOB, levels: { sweep: { max: 1001 } } },
      422,
      "invalid_request",
      ["/levels/sweep/max"],
    ],
    [
      "a search that is repeated",
      { ...JOB, levels: { search: {} }, repeats: 2 },
      422,
      "invalid_request",
      ["/repeats"],
    ],
    ["a stop that never comes", { ...JOB, stop: {} }, 422, "invalid_request", ["/stop"]],
    [
      "a baseline that is no job",
      { ...JOB, baseline: "a".repeat(20) },
      422,
      "invalid_request",
      ["/baseline"],
    ],
    [
      "an agent that is not enrolled",
      { ...JOB, agents: ["a".repeat(20)] },
      422,
      "invalid_request",
      ["/agents/0"],
    ],
    [
      "__proto__ in depth",
      '{"endpoint":{"url":"x","model":"m","body":{"__proto__":{"a":1}}}}',
      422,
      "invalid_request",
      ["/endpoint/body/__proto__"],
    ],
    ["constructor as a key", { ...JOB, constructor: 1 }, 422, "invalid_request", ["/constructor"]],
    [
      "a Host header",
      withEndpoint({ headers: { Host: "x" } }),
      422,
      "invalid_request",
      ["/endpoint/headers"],
    ],
    [
      "a header with a line break",
      withEndpoint({ headers: { a: "x\r\ny: z" } }),
      422,
      "invalid_request",
      ["/endpoint/headers/a"],
    ],
    [
      "a credential as a header",
      withEndpoint({ headers: { "x-api-key": SECRET } }),
      422,
      "invalid_request",
      ["/endpoint/headers/x-api-key"],
    ],
    [
      "a webhook without a secret",
      { ...JOB, webhook: { url: "http://127.0.0.1:9/" } },
      422,
      "invalid_request",
      ["/webhook/secret"],
    ],
    ["a URL that is none", withUrl("/v1"), 422, "address_refused", ["/endpoint/url"]],
    ["another scheme", withUrl("ftp://127.0.0.1/v1"), 422, "address_refused", ["/endpoint/url"]],
    [
      "a fragment in the URL",
      withUrl("http://127.0.0.1:8000/v1#x"),
      422,
      "address_refused",
      ["/endpoint/url"],
    ],
    [
      "an @ in the password in the URL",
      withUrl(`http://u:x@${SECRET}@127.0.0.1:8000/v1`),
      422,
      "host_not_canonical",
      ["/endpoint/url"],
    ],
    [
      "a user name and password that are no pair",
      withEndpoint({ basic: SECRET }),
      422,
      "invalid_request",
      ["/endpoint/basic"],
    ],
    [
      "a secret header with a line break",
      withEndpoint({ secretHeaders: { "x-key": `${SECRET}\r\ny: z` } }),
      422,
      "invalid_request",
      ["/endpoint/secretHeaders/x-key"],
    ],
    [
      "a secret Host header",
      withEndpoint({ secretHeaders: { Host: SECRET } }),
      422,
      "invalid_request",
      ["/endpoint/secretHeaders"],
    ],
    [
      "a metadata address behind a user name",
      withUrl("http://u:p@169.254.169.254/v1"),
      422,
      "address_refused",
      ["/endpoint/url"],
    ],
    [
      "a metadata address without a scheme",
      withUrl("169.254.169.254/v1"),
      422,
      "address_refused",
      ["/endpoint/url"],
    ],
    ["a metadata address", withUrl("http://169.254.169.254/v1"), 422, "address_refused", ["/endpoint/url"]],
    [
      "a metadata address in disguise",
      withUrl("http://0xa9fea9fe/v1"),
      422,
      "host_not_canonical",
      ["/endpoint/url"],
    ],
    [
      "a metrics URL that may not be asked",
      withEndpoint({ metricsUrl: "http://169.254.169.254/metrics" }),
      422,
      "address_refused",
      ["/endpoint/metricsUrl"],
    ],
    [
      "a webhook at one",
      { ...JOB, webhook: { url: "http://169.254.169.254/", secret: WEBHOOK_SECRET } },
      422,
      "address_refused",
      ["/webhook/url"],
    ],
  ])("%s", async (_, body, status, type, pointers) => {
    const { send, objects, started } = await testbed();
    const sent = await send("POST", "/v1/jobs", body);
    expect([sent.status, typeOf(sent), pointersOf(sent)]).toEqual([status, type, pointers]);
    expect(sent.headers.get("content-type")).toBe("application/problem+json");
    expect(sent.json?.["status"]).toBe(status);
    expect([...(await objects()).keys()]).toEqual([]);
    expect(started).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test("gets a small answer of 202, 400 or 422, whatever the body is", async () => {
    const { send } = await testbed();
    const job = fc.record(
      {
        endpoint: fc.record(
          {
            url: fc.oneof(fc.webUrl(), fc.string()),
            model: fc.string(),
            headers: fc.dictionary(fc.string(), fc.string()),
          },
          { requiredKeys: [] },
        ),
        levels: fc.oneof(fc.array(fc.double()), fc.jsonValue()),
        name: anyText(),
        stop: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      job.map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const sent = await send("POST", "/v1/jobs", text);
        expect([202, 400, 422]).toContain(sent.status);
        expect(sent.text.length).toBeLessThan(10_000);
      }),
      { numRuns: 200 },
    );
  });

  test("gets 413, which names the field and the limit, when its prompts are larger than the cap", async () => {
    const { send } = await testbed();
    const prompts = Array.from({ length: 10 }, () => "x".repeat(100_000));
    const sent = await send("POST", "/v1/jobs", { ...JOB, workload: { prompts } });
    expect([sent.status, typeOf(sent)]).toEqual([413, "body_too_large"]);
    expect(sent.json?.["detail"]).toMatch(/at most 262,144 bytes of JSON\. workload\.prompts is the field/);
  });

  test("gets at most 20 complaints", async () => {
    const { send } = await testbed();
    expect(pointersOf(await send("POST", "/v1/jobs", { ...JOB, levels: Array(64).fill(0) }))).toHaveLength(
      20,
    );
  });

  test("gets no value back that was sent", async () => {
    const { send } = await testbed();
    const secrets = {
      endpoint: {
        url: `http://${SECRET}@host/v1`,
        model: `${SECRET}\u0000`,
        apiKey: `${SECRET} `,
        headers: { a: `${SECRET}\n` },
        basic: SECRET,
        secretHeaders: { host: SECRET },
      },
      levels: [SECRET],
      name: SECRET.repeat(9),
      seed: 4711,
    };
    const sent = await send("POST", "/v1/jobs", secrets);
    expect(sent.status).toBe(422);
    expect(sent.text).not.toContain("4711");
    expect((await send("POST", "/v1/jobs", withUrl(`http://u:${SECRET}@127.0.0.1/v1`))).text).not.toContain(
      "4711",
    );
  });

  test("gets words that say what a field must be", async () => {
    const { send } = await testbed();
    const sent = await send("POST", "/v1/jobs", {
      endpoint: { url: 5 },
      levels: ["10"],
      rampS: 601,
      slo: { ttftMs: 0 },
      seed: "",
      tags: Array(11).fill("a"),
    });
    expect(sent.json?.["errors"]).toEqual([
      { pointer: "/tags", detail: "must have at most 10 entries" },
      { pointer: "/endpoint/url", detail: "must be text" },
      { pointer: "/endpoint/model", detail: "is required" },
      { pointer: "/levels/0", detail: "must be a number or an object" },
      { pointer: "/rampS", detail: "must be at most 600" },
      { pointer: "/slo/ttftMs", detail: "must be above 0" },
      { pointer: "/seed", detail: "must not be empty" },
    ]);
  });
});

describe("an accepted job", () => {
  test("is answered with 202, the Job and its location, and started once", async () => {
    const { send, started } = await testbed();
    const sent = await send("POST", "/v1/jobs", JOB);
    const id = String(sent.json?.["id"]);
    expect(sent.status).toBe(202);
    expect(id).toMatch(/^[a-z0-9]{20}$/);
    expect(sent.headers.get("location")).toBe(`http://127.0.0.1:4870/v1/jobs/${id}`);
    expect(sent.json).toMatchObject({
      state: "queued",
      name: "llama-3.1-8b",
      createdAt: "2026-05-01T12:00:00.000Z",
      progress: { levels: 2, levelsDone: 0 },
    });
    expect(started).toEqual([id]);
  });

  test("has its marker, its control object, its spec and its places in the lists", async () => {
    const { send, objects } = await testbed();
    const id = String((await send("POST", "/v1/jobs", JOB)).json?.["id"]);
    const stored = await objects();
    const sorted = String(9_999_999_999_999 - Date.UTC(2026, 4, 1, 12));
    const place = `${sorted.slice(0, 4)}/${sorted.slice(4, 6)}/${sorted}-${id}`;
    expect([...stored.keys()]).toEqual([
      `facets/admin/model/${sha256Hex(JOB.endpoint.model)}/${place}`,
      `index/admin/${place}`,
      `jobs/${id}/control.json`,
      `jobs/${id}/spec.json`,
      `open/${id}`,
    ]);
    expect(stored.get(`jobs/${id}/control.json`)).toContain('"run"');
  });

  test("has its defaults filled in", async () => {
    const { send, objects } = await testbed();
    const webhook = { url: "http://127.0.0.1:9999/hook", secret: WEBHOOK_SECRET };
    const id = String(
      (await send("POST", "/v1/jobs", { ...withUrl("http://127.0.0.1:8000/v1/chat/completions/"), webhook }))
        .json?.["id"],
    );
    const { spec } = SpecObject.parse(JSON.parse((await objects()).get(`jobs/${id}/spec.json`) ?? ""));
    expect(spec).toMatchObject({
      seed: id,
      visibility: "public",
      repeats: 1,
      limits: { maxDurationS: 7200 },
      endpoint: { url: "http://127.0.0.1:8000/v1" },
    });
    expect(spec.webhook?.events).toEqual([
      "job.completed",
      "job.partial",
      "job.failed",
      "job.cancelled",
      "job.rejected",
    ]);
  });

  test("has its secrets in no answer, and sealed in the store", async () => {
    const { send, objects, service } = await testbed();
    const given = {
      apiKey: SECRET,
      apiKeyHeader: "api-key",
      secretHeaders: { "X-Tenant": "tenant-of-4712" },
      url: "http://user:password-4713@127.0.0.1:8000/v1?api-version=1&sig=signature-4714",
    };
    const body = {
      ...withEndpoint(given),
      webhook: { url: "http://127.0.0.1:9999/hook", secret: WEBHOOK_SECRET },
    };
    const sent = await send("POST", "/v1/jobs", body);
    const id = String(sent.json?.["id"]);
    const secrets = await endpointSecrets(service, id);
    expect(secrets.basic?.reveal()).toBe("user:password-4713");
    expect(credentialHeaders({ api: "chat", apiKeyHeader: "api-key" }, secrets)).toEqual({
      "api-key": SECRET,
      authorization: `Basic ${btoa("user:password-4713")}`,
      "x-tenant": "tenant-of-4712",
    });
    expect(secrets.query.map((pair) => pair.reveal())).toEqual(["sig=signature-4714"]);
    const hook = await service.data.get(`jobs/${id}/webhook.sealed`);
    expect(service.sealer.open(id, "webhook", hook?.body ?? Buffer.alloc(0)).reveal()).toBe(WEBHOOK_SECRET);
    const answers = [
      sent.text,
      (await send("GET", `/v1/jobs/${id}`)).text,
      (await send("GET", "/v1/jobs")).text,
    ];
    for (const text of [...answers, ...(await objects()).values()]) {
      for (const secret of [SECRET, WEBHOOK_SECRET, "tenant-of-4712", "password-4713", "signature-4714"]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain(Buffer.from(secret).toString("base64"));
      }
    }
  });

  test("stays accepted when it cannot be started at once", async () => {
    const { service, logged } = await testbed();
    const app = createApp(service, {
      ...portsOf(service),
      startJob: () => Promise.reject(new Error("engine is down")),
      log: createLog("error", { write: (line) => void logged.push(line) }),
    });
    const answer = await app.request("/v1/jobs", {
      method: "POST",
      body: JSON.stringify(JOB),
      headers: { "content-type": "application/json" },
    });
    expect(answer.status).toBe(202);
    expect(logged).toHaveLength(1);
  });
});

describe("an Idempotency-Key", () => {
  const key = (text: string): Record<string, string> => ({ "idempotency-key": text });

  test("that is missing makes another job of the same body", async () => {
    const { send, started } = await testbed();
    await send("POST", "/v1/jobs", JOB);
    await send("POST", "/v1/jobs", JOB);
    expect(new Set(started).size).toBe(2);
  });

  test("with the same body answers the same job, which is started once", async () => {
    const { send, started } = await testbed();
    const first = await send("POST", "/v1/jobs", JOB, key("k"));
    const again = await send("POST", "/v1/jobs", JOB, key("k"));
    expect([again.status, again.text, again.headers.get("location")]).toEqual([
      202,
      first.text,
      first.headers.get("location"),
    ]);
    expect(started).toHaveLength(1);
  });

  test("with another body is refused", async () => {
    const { send } = await testbed();
    await send("POST", "/v1/jobs", JOB, key("k"));
    const other = await send("POST", "/v1/jobs", { ...JOB, levels: [11] }, key("k"));
    expect([other.status, typeOf(other)]).toEqual([422, "idempotency_mismatch"]);
  });

  test("sent many times at once makes one job, and the others are told to wait or get that one", async () => {
    const { send, started } = await testbed();
    const all = await Promise.all(Array.from({ length: 20 }, () => send("POST", "/v1/jobs", JOB, key("k"))));
    expect(new Set(started).size).toBe(1);
    expect(all.filter((sent) => sent.status === 202).length).toBeGreaterThan(0);
    for (const sent of all.filter((sent) => sent.status !== 202))
      expect([sent.status, typeOf(sent), sent.headers.get("retry-after")]).toEqual([409, "in_flight", "1"]);
    expect(all.some((sent) => sent.status === 409)).toBe(true);
  });

  test("is not used up by a request that was refused", async () => {
    const { send } = await testbed();
    expect((await send("POST", "/v1/jobs", { ...JOB, levels: [0] }, key("k"))).status).toBe(422);
    expect((await send("POST", "/v1/jobs", JOB, key("k"))).status).toBe(202);
  });

  test("makes the job with the same id when it is sent again after a crash before the commit", async () => {
    const { send, service, started } = await testbed();
    const id = String(
      (await send("POST", "/v1/jobs", withEndpoint({ apiKey: "old" }), key("k"))).json?.["id"],
    );
    await service.data.remove(`jobs/${id}/spec.json`);
    const retried = await send("POST", "/v1/jobs", withEndpoint({ apiKey: "new" }), key("k"));
    expect([retried.status, retried.json?.["id"]]).toEqual([202, id]);
    expect((await endpointSecrets(service, id)).apiKey?.reveal()).toBe("new");
    expect(started).toEqual([id, id]);
  });

  test("lists the job when it is sent again after a crash just after the commit", async () => {
    const { send, service } = await testbed();
    const id = String((await send("POST", "/v1/jobs", JOB, key("k"))).json?.["id"]);
    const { keys: listed } = await service.data.list("index/");
    await service.data.remove(listed[0] ?? "");
    await send("POST", "/v1/jobs", JOB, key("k"));
    expect((await send("GET", "/v1/jobs")).json?.["jobs"]).toMatchObject([{ id }]);
  });

  test.each([
    ["empty", ""],
    ["256 characters", "k".repeat(256)],
    ["not ASCII", "k\u00fc"],
  ])("that is %s is refused", async (_, text) => {
    const { send } = await testbed();
    const sent = await send("POST", "/v1/jobs", JOB, key(text));
    expect([sent.status, typeOf(sent)]).toEqual([422, "invalid_request"]);
  });

  test("cannot be read from the job's id, which differs from service to service", async () => {
    const [one, other] = [await testbed(), await testbed()];
    const ids = await Promise.all(
      [one, other].map(async ({ send }) => (await send("POST", "/v1/jobs", JOB, key("k"))).json?.["id"]),
    );
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe("the cap of open jobs", () => {
  test("answers 429 with retry-after, and holds against many at once", async () => {
    const { send, service } = await testbed({
      caps: { openJobs: 3, users: 1000, level: null, bodyBytes: 256 * 1024 },
    });
    const all = await Promise.all(Array.from({ length: 12 }, () => send("POST", "/v1/jobs", JOB)));
    expect(all.filter((sent) => sent.status === 202)).toHaveLength(3);
    const refused = all.filter((sent) => sent.status !== 202);
    for (const sent of refused)
      expect([sent.status, typeOf(sent), sent.headers.get("retry-after")]).toEqual([
        429,
        "too_many_jobs",
        "30",
      ]);
    expect((await service.data.list("open/")).keys).toHaveLength(3);
  });

  test("reads no other job's spec while there is room", async () => {
    const { send, service } = await testbed({
      caps: { openJobs: 3, users: 1000, level: null, bodyBytes: 256 * 1024 },
    });
    const others = [await send("POST", "/v1/jobs", JOB), await send("POST", "/v1/jobs", JOB)].map(
      ({ json }) => `jobs/${String(json?.["id"])}/spec.json`,
    );
    const read: string[] = [];
    const { data } = service;
    service.data = { ...data, get: (key) => (read.push(key), data.get(key)) };
    expect((await send("POST", "/v1/jobs", JOB)).status).toBe(202);
    expect(read.filter((key) => others.includes(key))).toEqual([]);
    expect((await send("POST", "/v1/jobs", JOB)).status).toBe(429);
    expect(read).toEqual(expect.arrayContaining(others));
  });

  test("does not count what a crash left before the commit", async () => {
    const { send, service } = await testbed({
      caps: { openJobs: 1, users: 1000, level: null, bodyBytes: 256 * 1024 },
    });
    await service.data.create(`open/${"a".repeat(20)}`, "{}");
    expect((await send("POST", "/v1/jobs", JOB)).status).toBe(202);
  });

  test("admits a job again once one has ended", async () => {
    const { send, service } = await testbed({
      caps: { openJobs: 1, users: 1000, level: null, bodyBytes: 256 * 1024 },
    });
    const id = String((await send("POST", "/v1/jobs", JOB)).json?.["id"]);
    expect((await send("POST", "/v1/jobs", JOB)).status).toBe(429);
    await service.data.remove(`open/${id}`);
    expect((await send("POST", "/v1/jobs", JOB)).status).toBe(202);
  });
});

describe("a level that is longer than the cap on AWS", () => {
  const onAws = { caps: { openJobs: 100, users: 1000, level: LEVEL, bodyBytes: 256 * 1024 } };
  const lasting = (durationS: number): object => ({ ...JOB, stop: { durationS }, rampS: 5 });

  test("gets 422, which points at its duration and names both ways out", async () => {
    const { send, started } = await testbed(onAws);
    const sent = await send("POST", "/v1/jobs", lasting(1800));
    expect([sent.status, typeOf(sent)]).toEqual([422, "invalid_request"]);
    expect(sent.json?.["errors"]).toEqual([
      {
        pointer: "/stop/durationS",
        detail:
          "A level lasts at most 780 s here, with its ramp; this one lasts 1,800 s after a ramp of 5 s. Use repeats: 3 with 600 s each, or the local service, which has no such cap.",
      },
    ]);
    expect(started).toEqual([]);
  });

  test("is accepted when it just fits, and at any length by the local service", async () => {
    const [aws, local] = [await testbed(onAws), await testbed()];
    expect((await aws.send("POST", "/v1/jobs", lasting(775))).status).toBe(202);
    expect((await aws.send("POST", "/v1/jobs", lasting(776))).status).toBe(422);
    expect((await local.send("POST", "/v1/jobs", lasting(1800))).status).toBe(202);
  });

  test("is accepted as several runs, as the answer advises", async () => {
    const { send } = await testbed(onAws);
    expect((await send("POST", "/v1/jobs", { ...lasting(600), repeats: 3 })).status).toBe(202);
  });
});
