import { BrimlineError } from "@brimline/core/error";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../sha256.ts";
import { routes } from "../openapi/routes.ts";
import { JOB, testbed, typeOf } from "@brimline/testkit/functions/testbed";

const KEY = "bl_admin_key";
const PUBLIC = { publicUrl: "https://bench.example" };

describe("the door of the service", () => {
  test.each<[string, Record<string, string>, number]>([
    ["its own address", { host: "127.0.0.1:4870" }, 202],
    ["localhost by name, on another port of a tunnel", { host: "localhost:9000" }, 202],
    ["loopback in IPv6", { host: "[::1]:4870" }, 202],
    ["the public name", { host: "bench.example" }, 202],
    ["the public name in capitals, with a port", { host: "Bench.Example:8443" }, 202],
    ["another name (DNS rebinding)", { host: "evil.example" }, 421],
    ["a name that begins as ours", { host: "localhost.evil.example" }, 421],
    ["a name that ends as ours", { host: "notbench.example" }, 421],
    ["a name behind a port", { host: "localhost:1.evil.example" }, 421],
    ["a user before the host", { host: "evil@localhost" }, 421],
    ["no name at all", { host: "" }, 421],
    [
      "our own page",
      { host: "127.0.0.1:4870", origin: "http://127.0.0.1:4870", "sec-fetch-site": "same-origin" },
      202,
    ],
    ["our own page behind a proxy", { host: "bench.example", origin: "https://bench.example" }, 202],
    ["a page of another site", { host: "127.0.0.1:4870", origin: "https://evil.example" }, 403],
    [
      "a page on another port of this machine",
      { host: "localhost:4870", origin: "http://localhost:3000", "sec-fetch-site": "same-site" },
      403,
    ],
    ["a sandboxed page", { host: "127.0.0.1:4870", origin: "null" }, 403],
    ["a browser that says cross-site", { host: "127.0.0.1:4870", "sec-fetch-site": "cross-site" }, 403],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["plain text, which a page may send without asking", { "content-type": "text/plain" }, 415],
    ["a type that only begins as JSON", { "content-type": "application/jsonp" }, 415],
    ["JSON with a charset", { "content-type": "Application/JSON; charset=utf-8" }, 202],
    ["a gzipped body", { "content-encoding": "gzip" }, 415],
  ])("%s", async (_, headers, status) => {
    const { send } = await testbed(PUBLIC);
    const sent = await send("POST", "/v1/jobs", JOB, headers);
    expect(sent.status).toBe(status);
    if (status !== 202)
      expect(typeOf(sent)).toBe(
        { 421: "misdirected", 403: "forbidden", 415: "unsupported_media_type" }[status],
      );
  });

  test("lets other sites link to pages but not use the API", async () => {
    const { send } = await testbed();
    const headers = { "sec-fetch-site": "cross-site" };
    expect((await send("GET", "/", undefined, headers)).status).toBe(200);
    expect((await send("GET", "/problems/no_report", undefined, headers)).status).toBe(200);
    expect((await send("GET", "/v1/jobs", undefined, headers)).status).toBe(403);
  });

  test.each<[string, string, string, number, string]>([
    ["an address without a route", "GET", "/nothing", 404, "not_found"],
    ["one below /v1", "GET", "/v1/nothing", 404, "not_found"],
    ["another method", "DELETE", "/v1/jobs", 405, "method_not_allowed"],
    ["another method on a job", "PUT", `/v1/jobs/${"a".repeat(20)}`, 405, "method_not_allowed"],
    ["a job that does not exist", "GET", `/v1/jobs/${"a".repeat(20)}`, 404, "not_found"],
    ["an id that climbs", "GET", "/v1/jobs/..%2f..%2fsecret", 404, "not_found"],
    ["an id in capitals", "GET", `/v1/jobs/${"A".repeat(20)}`, 404, "not_found"],
    ["an unknown query", "GET", "/v1/jobs?page=2", 422, "invalid_request"],
    ["a limit of 0", "GET", "/v1/jobs?limit=0", 422, "invalid_request"],
    ["a cursor that climbs", "GET", "/v1/jobs?cursor=../x", 422, "invalid_request"],
  ])("%s is a problem", async (_, method, path, status, type) => {
    const { send } = await testbed();
    const sent = await send(method, path);
    expect([sent.status, typeOf(sent)]).toEqual([status, type]);
    expect(sent.headers.get("content-type")).toBe("application/problem+json");
  });

  const TAKES: Record<string, string> = {
    "GET /v1/jobs": "cursor and limit and tag and model and gpu and state and since and q",
    "GET /v1/usage": "months",
    "GET /v1/trends": "tag and figure and limit",
    "GET /v1/downloads/{id}/{file}": "expires and signature",
  };
  test.each(Object.values(routes).map((route) => `${route.method.toUpperCase()} ${route.path}`))(
    "%s refuses a query parameter that it does not have, and starts nothing",
    async (name) => {
      const { send, started } = await testbed();
      const [method = "", path = ""] = name.split(" ");
      const body = method === "POST" ? JOB : undefined;
      const sent = await send(method, `${path.replaceAll(/\{\w+\}/g, "a".repeat(20))}?dryRun=true`, body);
      expect([sent.status, typeOf(sent), started]).toEqual([422, "invalid_request", []]);
      expect(sent.json?.["errors"]).toContainEqual({
        parameter: "dryRun",
        detail: `is not a parameter of this address, which takes ${TAKES[name] ?? "none"}`,
      });
    },
  );

  test("names the allowed methods in a 405", async () => {
    const { send } = await testbed();
    expect((await send("DELETE", "/v1/jobs")).headers.get("allow")).toBe("POST, GET, HEAD");
  });

  test("answers an unexpected error with 500 and gives its details to the log only", async () => {
    const { send, service, logged } = await testbed();
    service.data.list = () => Promise.reject(new Error("secret path /x"));
    const sent = await send("GET", "/v1/jobs");
    expect([sent.status, typeOf(sent)]).toEqual([500, "internal"]);
    expect(sent.text).not.toContain("secret path");
    expect(logged).toHaveLength(1);
  });

  test("answers a full disk with 507, leaves no job behind, and takes the same request once there is space", async () => {
    const { send, service, started } = await testbed();
    const create = service.data.create.bind(service.data);
    service.data.create = () =>
      Promise.reject(new BrimlineError("disk_full", "the disk that holds /srv/data is full"));
    const submit = () => send("POST", "/v1/jobs", JOB, { "idempotency-key": "k" });
    const sent = await submit();
    expect([sent.status, typeOf(sent)]).toEqual([507, "disk_full"]);
    expect(sent.text).not.toContain("/srv/data");
    expect(started).toEqual([]);
    service.data.create = create;
    const again = await submit();
    expect([again.status, started]).toEqual([202, [again.json?.["id"]]]);
  });

  test.each(["/", "/health", "/v1/jobs", "/nothing", "/problems"])(
    "%s carries the headers that keep a browser safe",
    async (path) => {
      const { headers } = await (await testbed()).send("GET", path);
      expect(headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
    },
  );
});

describe("a service with an admin key", () => {
  const shut = { adminKeySha256: sha256Hex(KEY) };
  const withKey = { authorization: `Bearer ${KEY}` };

  test("accepts requests with the key", async () => {
    const { send } = await testbed(shut);
    expect((await send("POST", "/v1/jobs", JOB, withKey)).status).toBe(202);
    expect((await send("GET", "/v1/jobs", undefined, { authorization: `bearer ${KEY}` })).status).toBe(200);
  });

  test("answers every other key with the same 401", async () => {
    const { send } = await testbed(shut);
    const wrong = [
      "",
      "Bearer",
      "Bearer x",
      `Bearer ${KEY.slice(0, -1)}`,
      `Bearer ${KEY.toUpperCase()}`,
      `Bearer ${KEY}x`,
      `Basic ${KEY}`,
      `Bearer ${"k".repeat(1e6)}`,
    ];
    const answers = await Promise.all(
      [undefined, ...wrong].map((authorization) =>
        send("GET", "/v1/jobs", undefined, authorization === undefined ? {} : { authorization }),
      ),
    );
    for (const answer of answers)
      expect([answer.status, answer.text, answer.headers.get("www-authenticate")]).toEqual([
        401,
        answers[0]?.text,
        "Bearer",
      ]);
    expect(typeOf(answers[0] ?? expect.fail())).toBe("unauthorized_caller");
  });

  const open = new Set(["POST /v1/time", "GET /v1/objectives", "GET /health", "GET /ready"]);
  test.each(Object.values(routes).map((route) => `${route.method.toUpperCase()} ${route.path}`))(
    "%s is shut without a key, unless it is meant to be open",
    async (name) => {
      const { send } = await testbed(shut);
      const [method = "", path = ""] = name.split(" ");
      const sent = await send(method, path.replaceAll(/\{\w+\}/g, "a".repeat(20)));
      // Its link is its key, and without a signature it is none.
      const isLink = name === "GET /v1/downloads/{id}/{file}";
      expect(sent.status).toBe(open.has(name) ? 200 : isLink ? 422 : 401);
    },
  );

  test.each(["/", "/openapi.json", "/problems", "/problems/internal"])("%s stays open", async (path) => {
    expect((await (await testbed(shut)).send("GET", path)).status).toBe(200);
  });
});
