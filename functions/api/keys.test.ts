import { keys } from "@brimline/store/keys";
import { described, documentOf, exampleOf } from "@brimline/testkit/functions/described";
import { endedJob, swept } from "@brimline/testkit/functions/listed";
import {
  JOB,
  NOW_MS,
  pointersOf,
  portsOf,
  type Sent,
  type Testbed,
  testbed,
  typeOf,
} from "@brimline/testkit/functions/testbed";
import { describe, expect, test, vi } from "vitest";
import { CallerObject } from "../objects/caller.ts";
import { putObject, readObject } from "../objects/object.ts";
import { statusOf } from "../objects/status.ts";
import { specOf } from "../objects/spec.ts";
import { sha256Hex } from "../sha256.ts";
import { createApp } from "./app.ts";

const ROOT = "an-admin-key-of-the-operator";

interface Made {
  id: string;
  caller: string;
  key: string;
}
type Send = Testbed["send"];

const shut = (): Promise<Testbed> =>
  testbed({ adminKeySha256: sha256Hex(ROOT), defaultVisibility: "private" });
const withKey =
  ({ send }: Testbed, key: string): Send =>
  (method, path, body, headers) =>
    send(method, path, body, { authorization: `Bearer ${key}`, ...headers });
async function made(bed: Testbed, more: object = {}): Promise<Made> {
  const request = { name: "ci", scopes: ["submit", "read"], ...more };
  const { status, json } = await withKey(bed, ROOT)("POST", "/v1/keys", request);
  expect(status).toBe(201);
  return json as Record<string, unknown> & Made;
}
/** A sender with a new key. */
const holder = async (bed: Testbed, more: object = {}): Promise<Send> =>
  withKey(bed, (await made(bed, more)).key);
const idOf = (sent: Sent): string => String(sent.json?.["id"]);
const submitted = async (send: Send, more: object = {}): Promise<string> =>
  idOf(await send("POST", "/v1/jobs", { ...JOB, ...more }));

describe("a key", () => {
  test("is shown once, begins as scanners of secrets know it, and is stored as a hash", async () => {
    const bed = await shut();
    const { id, caller, key } = await made(bed, { expiresAt: "2026-06-01T00:00:00Z" });
    expect(key).toMatch(new RegExp(`^bl_${caller}_[0-9a-f]{64}_[0-9a-f]{8}$`));
    const list = await withKey(bed, ROOT)("GET", "/v1/keys");
    expect(list.json?.["keys"]).toEqual([
      {
        id,
        caller,
        name: "ci",
        scopes: ["submit", "read"],
        limits: {},
        createdAt: "2026-05-01T12:00:00.000Z",
        expiresAt: "2026-06-01T00:00:00.000Z",
        revokedAt: null,
        lastUsedAt: null,
      },
    ]);
    const [secret = ""] = /[0-9a-f]{64}/.exec(key) ?? [];
    expect([list.text, ...(await bed.objects()).values()].join("\n")).not.toContain(secret);
  });

  test.each<[string, object, string]>([
    ["without a scope", { scopes: [] }, "/scopes"],
    ["with one twice", { scopes: ["read", "read"] }, "/scopes"],
    ["that has expired", { expiresAt: "2026-05-01T11:59:59Z" }, "/expiresAt"],
    ["of a caller that does not exist", { caller: "a".repeat(20) }, "/caller"],
    ["of the admin with limits", { scopes: ["admin"], limits: { openJobs: 1 } }, "/limits"],
  ])("is not made %s", async (_, more, pointer) => {
    const bed = await shut();
    const sent = await withKey(bed, ROOT)("POST", "/v1/keys", { name: "ci", scopes: ["read"], ...more });
    expect([sent.status, sent.json?.["errors"]]).toMatchObject([422, [{ pointer }]]);
  });

  test("is not made where nobody needs one", async () => {
    const bed = await testbed();
    const sent = await bed.send("POST", "/v1/keys", { name: "ci", scopes: ["read"] });
    expect([sent.status, typeOf(sent)]).toEqual([409, "conflict"]);
  });

  test("that was revoked or has expired is refused and says so, to the second; any other text says nothing", async () => {
    const bed = await shut();
    const { id, key } = await made(bed);
    const short = await made(bed, { expiresAt: "2026-05-01T12:00:10Z" });
    const list = (text: string): Promise<Sent> => withKey(bed, text)("GET", "/v1/jobs");
    bed.service.now = () => NOW_MS + 9999;
    expect([(await list(key)).status, (await list(short.key)).status]).toEqual([200, 200]);
    bed.service.now = () => NOW_MS + 10_000;
    expect((await withKey(bed, ROOT)("DELETE", `/v1/keys/${id}`)).status).toBe(204);
    const refused = [await list(short.key), await list(key)];
    expect(refused.map(({ status }) => status)).toEqual([401, 401]);
    expect(refused.map(({ json }) => json?.["detail"])).toEqual([
      "This key expired at 2026-05-01T12:00:10.000Z. Ask the service's operator for another.",
      "This key was revoked at 2026-05-01T12:00:10.000Z. Ask the service's operator for another.",
    ]);
    const strange = [key.toUpperCase(), key.slice(0, -1), key.replace(/_[0-9a-f]{4}/, "_0000")];
    const answers = await Promise.all([...strange, "x"].map(list));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    // What is left of it goes, and with it its caller.
    expect((await withKey(bed, ROOT)("DELETE", `/v1/keys/${id}`)).status).toBe(204);
    expect((await list(key)).text).toBe(answers[0]?.text);
  });

  test("replaces another of its caller while both are valid", async () => {
    const bed = await shut();
    const old = await made(bed);
    const job = await submitted(withKey(bed, old.key));
    const next = await made(bed, { caller: old.caller });
    await withKey(bed, ROOT)("DELETE", `/v1/keys/${old.id}`);
    expect((await withKey(bed, next.key)("GET", `/v1/jobs/${job}`)).status).toBe(200);
  });

  test("has its last use written once in ten minutes, and is used although that fails", async () => {
    const bed = await shut();
    const { caller, key } = await made(bed);
    const replace = vi.spyOn(bed.service.data, "replace");
    const use = async (atMs: number): Promise<string | null | undefined> => {
      bed.service.now = () => NOW_MS + atMs;
      expect((await withKey(bed, key)("GET", "/v1/jobs")).status).toBe(200);
      return (await readObject(bed.service.data, keys.caller(caller), CallerObject))?.keys[0]?.lastUsedAt;
    };
    const first = new Date(NOW_MS).toISOString();
    expect([await use(0), await use(1), await use(599_999)]).toEqual([first, first, first]);
    expect(replace).toHaveBeenCalledTimes(1);
    replace.mockRejectedValueOnce(new Error("the disk is full"));
    expect([await use(600_000), await use(600_001)]).toEqual([
      first,
      new Date(NOW_MS + 600_001).toISOString(),
    ]);
  });

  test("is not made for a caller that goes with its last key at that moment", async () => {
    const bed = await shut();
    const { id, caller } = await made(bed);
    const root = withKey(bed, ROOT);
    const remove = bed.service.data.remove.bind(bed.service.data);
    const statuses: number[] = [];
    bed.service.data.remove = async (key) => {
      statuses.push((await root("POST", "/v1/keys", { name: "late", scopes: ["read"], caller })).status);
      await remove(key);
    };
    for (const _ of ["revoked", "removed"]) await root("DELETE", `/v1/keys/${id}`);
    expect(statuses).toEqual([422]);
    expect((await root("GET", "/v1/keys")).json).toEqual({ keys: [] });
  });

  test("whose removal a crash cut off leaves a caller that goes with the next one", async () => {
    const bed = await shut();
    const root = withKey(bed, ROOT);
    const [one, other] = [await made(bed), await made(bed)];
    const remove = bed.service.data.remove.bind(bed.service.data);
    bed.service.data.remove = () => Promise.reject(new Error("cut"));
    for (const _ of ["revoked", "removed"]) await root("DELETE", `/v1/keys/${one.id}`);
    bed.service.data.remove = remove;
    expect((await root("GET", "/v1/keys")).json?.["keys"]).toMatchObject([{ id: other.id }]);
    await root("DELETE", `/v1/keys/${other.id}`);
    expect((await bed.service.data.list("callers/")).keys).toEqual([keys.caller(other.caller)]);
  });

  test("in the query opens nothing", async () => {
    const bed = await shut();
    const { key } = await made(bed);
    for (const name of ["key", "api_key", "access_token"]) {
      const sent = await bed.send("GET", `/v1/jobs?${name}=${key}`);
      expect(sent.status).toBe(401);
      expect(sent.text + JSON.stringify(bed.logged)).not.toContain(key);
    }
  });
});

/** What each scope opens, beside what is open to all and what agents use. */
const OPENS: Record<string, string[]> = {
  submit: [
    "submitJob",
    "planJob",
    "changeJob",
    "deleteJob",
    "cancelJob",
    "rerunJob",
    "redeliver",
    "rotateSecret",
    "addSchedule",
    "removeSchedule",
    "enrolAgent",
  ],
  read: [
    "listJobs",
    "readJob",
    "streamEvents",
    "readReport",
    "listRecords",
    "readRecords",
    "listDownloads",
    "listDeliveries",
    "compareReports",
    "readTrend",
    "listSchedules",
    "readSchedule",
    "readUsage",
    "readAgent",
  ],
};

test.each(["submit", "read"])("the scope %s opens what it is for, and nothing else", async (scope) => {
  const bed = await shut();
  const { key } = await made(bed, { scopes: [scope] });
  const opened: string[] = [];
  for (const operation of described(await documentOf(bed))) {
    if (operation.security.length === 0 || operation.security.every((one) => "agentToken" in one)) continue;
    const { path, init } = exampleOf(operation);
    const sent = await bed.send(init.method, path, init.body, {
      ...init.headers,
      authorization: `Bearer ${key}`,
    });
    expect(sent.status, operation.operationId).not.toBe(401);
    if (sent.status !== 403) opened.push(operation.operationId);
    else expect(sent.json?.["detail"]).toMatch(/^This needs a key with the scope \w+, and yours has /);
  }
  expect(opened.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    OPENS[scope]?.toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

describe("whose jobs are whose", () => {
  /** Every operation on a job that a caller who may do everything with its own jobs can ask for. */
  async function answersOf(bed: Testbed, send: Send, id: string): Promise<Map<string, Sent>> {
    const answers = new Map<string, Sent>();
    for (const operation of described(await documentOf(bed))) {
      if (!operation.path.startsWith("/v1/jobs/{id}")) continue;
      const { path, init } = exampleOf(operation);
      const place = path.replace(/^\/v1\/jobs\/[a-z0-9]+/, `/v1/jobs/${id}`);
      answers.set(operation.operationId, await send(init.method, place, init.body, init.headers));
    }
    return answers;
  }

  test("a job of another caller is for every route as if there were none", async () => {
    const bed = await shut();
    const [one, other] = [await holder(bed), await holder(bed)];
    const id = await endedJob({ ...bed, send: one });
    const answers = await answersOf(bed, other, id);
    expect(answers.size).toBe(13);
    const none = await answersOf(bed, other, "a".repeat(20));
    for (const [name, { status, text }] of answers)
      expect([name, status, text]).toEqual([name, 404, none.get(name)?.text]);
    expect(bed.started).toHaveLength(1);

    const own = await endedJob({ ...bed, send: other });
    for (const pair of [
      { a: id, b: own },
      { a: own, b: id },
    ])
      expect((await other("POST", "/v1/compare", pair)).status).toBe(404);
    const refused = await other("POST", "/v1/jobs", { ...JOB, baseline: id });
    expect([refused.status, refused.json?.["errors"]]).toMatchObject([422, [{ pointer: "/baseline" }]]);
    expect((await one("DELETE", `/v1/jobs/${id}`)).status).toBe(204);
    expect([
      (await one("GET", `/v1/jobs/${id}`)).status,
      (await other("GET", `/v1/jobs/${id}`)).status,
    ]).toEqual([410, 404]);
  });

  test("a public one may be read, and nothing else", async () => {
    const bed = await shut();
    const [one, other] = [await holder(bed), await holder(bed)];
    const id = await endedJob({ ...bed, send: one }, { visibility: "public" });
    const opened = (await answersOf(bed, other, id)).entries().filter(([, { status }]) => status !== 403);
    expect(opened.map(([name, { status }]) => `${name} ${status}`).toArray()).toEqual([
      "readJob 200",
      "streamEvents 200",
      "readReport 200",
    ]);
    const own = await endedJob({ ...bed, send: other });
    expect((await other("POST", "/v1/compare", { a: id, b: own })).status).toBe(200);
    await one("PATCH", `/v1/jobs/${id}`, { visibility: "unlisted" });
    expect((await other("GET", `/v1/jobs/${id}/report`)).status).toBe(404);
  });

  test("a public one does not tell others what it is beside a private baseline", async () => {
    const bed = await shut();
    const [one, other] = [await holder(bed), await holder(bed)];
    const baseline = await endedJob({ ...bed, send: one });
    await putObject(bed.service.data, keys.status(baseline), {
      ...(await statusOf(bed.service, baseline)),
      hasReport: true,
    });
    const id = await endedJob({ ...bed, send: one }, { visibility: "public", baseline });
    const comparison = { baseline, verdict: "better", sentence: "3 % more tokens/s.", next: null } as const;
    const status = { ...(await statusOf(bed.service, id)), comparison, hasComparison: true };
    await putObject(bed.service.data, keys.status(id), status);
    const { json: job } = await one("GET", `/v1/jobs/${id}`);
    expect(job?.["comparison"]).toEqual(comparison);
    const event = {
      schema: "brimline.event/1",
      id: `${id}-1`,
      sequence: 1,
      type: "job.completed",
      body: {
        type: "job.completed",
        timestamp: status.finishedAt ?? new Date(NOW_MS).toISOString(),
        data: {
          jobId: id,
          state: "completed",
          links: job?.["links"],
          comparison,
          verdict: null,
          level: null,
          headline: {},
        },
      },
    };
    await putObject(bed.service.data, keys.event(id, 1, "job.completed"), event);
    const seen = async (send: Send): Promise<boolean[]> =>
      Promise.all(
        ["", "/events"].map(async (path) =>
          (await send("GET", `/v1/jobs/${id}${path}`)).text.includes(comparison.sentence),
        ),
      );
    expect([await seen(one), await seen(other)]).toEqual([
      [true, true],
      [false, false],
    ]);
    await one("PATCH", `/v1/jobs/${baseline}`, { visibility: "public" });
    expect(await seen(other)).toEqual([true, true]);
  });

  test("lists, trends, schedules and usage have the caller's own, and those of the admin all", async () => {
    const bed = await shut();
    const [root, one, other] = [withKey(bed, ROOT), await holder(bed), await holder(bed)];
    const more = { tags: ["nightly"], visibility: "public" };
    const ids = [
      await endedJob({ ...bed, send: root }, more),
      await endedJob({ ...bed, send: one }, more),
      await endedJob({ ...bed, send: other }, more),
    ];
    const [, ofOne] = ids;
    const listed = async (send: Send, query: string): Promise<string[]> =>
      ((await send("GET", `/v1/jobs${query}`)).json as { jobs: { id: string }[] }).jobs.map(({ id }) => id);
    for (const query of ["", "?tag=nightly", "?model=llama-3.1-8b", "?gpu=NVIDIA%20A40"]) {
      expect(await listed(one, query)).toEqual([ofOne]);
      expect((await listed(root, query)).toSorted()).toEqual(ids.toSorted());
    }
    const trended = async (send: Send): Promise<unknown> =>
      ((await send("GET", "/v1/trends?tag=nightly")).json as { jobs?: { id: string }[] }).jobs?.map(
        ({ id }) => id,
      );
    expect(await trended(one)).toEqual([ofOne]);
    for (const id of ids)
      await putObject(bed.service.data, keys.status(id), {
        ...(await statusOf(bed.service, id)),
        hasReport: true,
      });
    const last = await submitted(one, { tags: ["nightly"], baseline: "last:nightly" });
    expect((await specOf(bed.service, last)).spec.baseline).toBe(ofOne);
    await root("DELETE", `/v1/jobs/${ofOne}`);
    await swept(bed.service);
    expect([await listed(root, "?tag=nightly"), await listed(one, "")]).toEqual([
      expect.not.arrayContaining([ofOne]),
      [last],
    ]);

    const schedule = { cron: "30 2 * * *", job: JOB };
    const id = idOf(await one("POST", "/v1/schedules", schedule, { "idempotency-key": "nightly" }));
    expect(idOf(await other("POST", "/v1/schedules", schedule, { "idempotency-key": "nightly" }))).not.toBe(
      id,
    );
    expect((await other("GET", "/v1/schedules")).json?.["schedules"]).toHaveLength(1);
    expect((await root("GET", "/v1/schedules")).json?.["schedules"]).toHaveLength(2);
    for (const method of ["GET", "DELETE"])
      expect((await other(method, `/v1/schedules/${id}`)).status).toBe(404);
  });

  test("a job names agents of its own caller, who alone reads them", async () => {
    const bed = await shut();
    const [one, other] = [await holder(bed), await holder(bed)];
    const agent = (await one("POST", "/v1/agents", { name: "a", host: "h", sources: [] })).json as {
      id: string;
      token: string;
    };
    const read = (send: Send): Promise<Sent> => send("GET", `/v1/agents/${agent.id}`);
    expect([
      (await read(one)).status,
      (await read(other)).status,
      (await read(withKey(bed, agent.token))).status,
    ]).toEqual([200, 404, 200]);
    const sent = await other("POST", "/v1/jobs", { ...JOB, agents: [agent.id] });
    expect([sent.status, sent.json?.["errors"]]).toMatchObject([422, [{ pointer: "/agents/0" }]]);
    expect((await withKey(bed, agent.token)("GET", "/v1/jobs")).status).toBe(401);
  });

  test("a caller's job reads metrics at its endpoint's host alone, the admin's anywhere", async () => {
    const bed = await shut();
    const one = await holder(bed);
    const at = (metricsUrl: string) => ({ ...JOB, endpoint: { ...JOB.endpoint, metricsUrl } });
    const own = at("http://127.0.0.1:9090/metrics");
    const foreign = at("https://other.example/metrics");
    for (const [path, wrap] of [
      ["/v1/jobs", (job: object) => job],
      ["/v1/plan", (job: object) => job],
      ["/v1/schedules", (job: object) => ({ cron: "0 * * * *", job })],
    ] as const) {
      const refused = await one("POST", path, wrap(foreign));
      expect(pointersOf(refused)).toEqual(["/endpoint/metricsUrl"]);
      expect((await one("POST", path, wrap(own))).status).toBeLessThan(300);
      expect((await withKey(bed, ROOT)("POST", path, wrap(foreign))).status).toBeLessThan(300);
    }
  });

  test("two callers' Idempotency-Keys are two", async () => {
    const bed = await shut();
    const [one, other] = [await holder(bed), await holder(bed)];
    const submit = async (send: Send): Promise<string> =>
      idOf(await send("POST", "/v1/jobs", JOB, { "idempotency-key": "k" }));
    expect(await submit(one)).toBe(await submit(one));
    expect(await submit(other)).not.toBe(await submit(one));
  });

  test("a schedule runs as its caller, and not once none of its keys may submit", async () => {
    const bed = await shut();
    const { id: keyId, caller, key } = await made(bed);
    const send = withKey(bed, key);
    const id = idOf(await send("POST", "/v1/schedules", { cron: "0 * * * *", job: JOB }));
    bed.service.now = () => NOW_MS + 3_600_000;
    await swept(bed.service);
    const { jobs } = (await send("GET", "/v1/jobs")).json as { jobs: { id: string }[] };
    expect((await specOf(bed.service, jobs[0]?.id ?? "")).caller).toBe(caller);
    await bed.service.data.remove(keys.open(jobs[0]?.id ?? ""));
    await withKey(bed, ROOT)("DELETE", `/v1/keys/${keyId}`);
    bed.service.now = () => NOW_MS + 7_200_000;
    await swept(bed.service);
    const { json } = await withKey(bed, ROOT)("GET", `/v1/schedules/${id}`);
    const why = expect.stringContaining("may submit jobs any more") as string;
    expect(json).toMatchObject({ missed: [{ why }], next: [], stopped: why });
  });

  test("a schedule stops with the admin key that made it, and goes on with another of that key's caller", async () => {
    const bed = await shut();
    const root = withKey(bed, ROOT);
    const deputy = await made(bed, { scopes: ["admin"], expiresAt: "2026-05-01T13:30:00Z" });
    const colleague = await holder(bed, { scopes: ["admin"] });
    const hourly = { cron: "0 * * * *", job: JOB };
    const ids = [
      idOf(await withKey(bed, deputy.key)("POST", "/v1/schedules", hourly)),
      idOf(await colleague("POST", "/v1/schedules", hourly)),
      idOf(await root("POST", "/v1/schedules", hourly)),
    ];
    /** How many runs and misses each has, and whether it has stopped, after a sweep so many hours later. */
    const after = async (hours: number): Promise<unknown[]> => {
      bed.service.now = () => NOW_MS + hours * 3_600_000;
      await swept(bed.service);
      for (const key of (await bed.service.data.list(keys.openPrefix)).keys)
        await bed.service.data.remove(key);
      const views = await Promise.all(ids.map((id) => root("GET", `/v1/schedules/${id}`)));
      return views.map(({ json }) => {
        const { missed, stopped } = json as { missed: unknown[]; stopped: string | null };
        return [missed.length, stopped === null];
      });
    };
    expect(await after(1)).toEqual([
      [0, true],
      [0, true],
      [0, true],
    ]);
    // The deputy's key expires at half past, so this time is missed by its schedule alone.
    expect(await after(2)).toEqual([
      [1, false],
      [0, true],
      [0, true],
    ]);
    await made(bed, { caller: deputy.caller, scopes: ["submit"] });
    expect((await after(3))[0]).toEqual([2, false]);
    await made(bed, { caller: deputy.caller, scopes: ["admin"] });
    expect((await after(4))[0]).toEqual([2, true]);
  });
});

test.each<[string, (bed: Testbed, keyId: string) => unknown]>([
  ["is revoked", (bed, id) => withKey(bed, ROOT)("DELETE", `/v1/keys/${id}`)],
  ["expires", ({ service }) => (service.now = () => NOW_MS + 60_000)],
])("a stream of events ends when its key %s, and tells nobody why but who asks again", async (_, end) => {
  const bed = await shut();
  const { id: keyId, key } = await made(bed, { expiresAt: "2026-05-01T12:01:00Z" });
  const id = await submitted(withKey(bed, key));
  const headers = { authorization: `Bearer ${key}` };
  const response = await bed.app.request(`/v1/jobs/${id}/events`, { headers });
  const reader = (response.body ?? expect.fail()).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain("event: progress");
  await end(bed, keyId);
  while (!(await reader.read()).done);
  expect(bed.logged).toEqual([]);
  expect((await bed.app.request(`/v1/jobs/${id}/events`, { headers })).status).toBe(401);
});

test("a key that may only read submits nothing through MCP", async () => {
  const bed = await shut();
  const { key } = await made(bed, { scopes: ["read"] });
  const call = (name: string, input: object): Promise<Sent> =>
    withKey(bed, key)(
      "POST",
      "/mcp",
      { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: input } },
      { accept: "application/json, text/event-stream", host: "127.0.0.1:4870" },
    );
  const { url, model } = JOB.endpoint;
  const refused = await call("run_job", { url, model });
  expect(refused.json?.["result"]).toMatchObject({
    isError: true,
    content: [{ text: "Not allowed: This needs a key with the scope submit, and yours has read." }],
  });
  expect((await call("list_jobs", {})).json?.["result"]).toMatchObject({ content: [{ text: "[]" }] });
  expect(bed.started).toEqual([]);
});

describe("a caller's limits", () => {
  const limited = (bed: Testbed, limits: object): Promise<Send> => holder(bed, { limits });
  const FEW = { ...JOB, levels: [2], stop: { requests: 10 }, warmup: false, workload: { outputTokens: 8 } };

  test("hold for submissions that come at once, at two instances of the service, with retries", async () => {
    const bed = await shut();
    const { key } = await made(bed, { limits: { openJobs: 3 } });
    const second = createApp(bed.service, portsOf(bed.service));
    const submit = async (n: number): Promise<number> => {
      const app = n % 2 === 0 ? bed.app : second;
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${key}`,
        "idempotency-key": `k${n >> 1}`,
      };
      const init = { method: "POST", headers, body: JSON.stringify(FEW) };
      return (await app.request("/v1/jobs", init)).status;
    };
    const statuses = await Promise.all(Array.from({ length: 16 }, (_, n) => submit(n)));
    expect(statuses.filter((status) => status !== 202 && status !== 429)).toEqual([]);
    const { json } = await withKey(bed, key)("GET", "/v1/usage");
    expect(json?.["open"]).toEqual({ jobs: 3, most: 3 });
    expect((await withKey(bed, key)("GET", "/v1/jobs")).json?.["jobs"]).toHaveLength(3);
  });

  test("of a day count what open jobs may take, and what ended ones took", async () => {
    const bed = await shut();
    const send = await limited(bed, { requestsPerDay: 30, outputTokensPerDay: 1000 });
    const first = await submitted(send, FEW);
    expect((await specOf(bed.service, first)).spec.limits).toMatchObject({
      maxRequests: 20,
      maxOutputTokens: 160,
    });
    const left = async (): Promise<unknown> => (await send("GET", "/v1/usage")).json?.["left"];
    const until = "2026-05-02T00:00:00.000Z";
    expect(await left()).toEqual({ requests: 10, outputTokens: 840, usd: null, until });
    const refused = await send("POST", "/v1/jobs", { ...FEW, stop: { requests: 11 } });
    expect([refused.status, typeOf(refused), refused.headers.get("retry-after")]).toEqual([
      429,
      "limit_reached",
      "43200",
    ]);
    expect(refused.json?.["detail"]).toBe(
      "Your jobs may use 30 requests a day (UTC), of which 10 are left, and this one asks for 11. Ask for less, or wait for the next day.",
    );
    const used = { jobs: 1, requests: 12, outputTokens: 96, usd: 0, jobsWithoutPrice: 1 };
    const mark = { schema: "brimline.usage-mark/1", day: "2026-05-01", caller: "x", used };
    await bed.service.data.put(keys.counted(first), JSON.stringify(mark));
    await bed.service.data.remove(keys.open(first));
    expect(await left()).toEqual({ requests: 18, outputTokens: 904, usd: null, until });
    expect((await send("POST", "/v1/jobs", { ...FEW, stop: { requests: 11 } })).status).toBe(202);
    bed.service.now = () => Date.parse(until);
    expect(await left()).toMatchObject({ requests: 30, outputTokens: 1000 });
  });

  test("are given back by a submission that is refused after all", async () => {
    const bed = await testbed({
      adminKeySha256: sha256Hex(ROOT),
      caps: { openJobs: 0, users: 1000, level: null, bodyBytes: 262_144 },
    });
    const send = await limited(bed, { requestsPerDay: 30 });
    expect(typeOf(await send("POST", "/v1/jobs", FEW))).toBe("too_many_jobs");
    expect((await send("GET", "/v1/usage")).json?.["left"]).toMatchObject({ requests: 30 });
  });

  test("of dollars need a job's price, and end the job there", async () => {
    const bed = await shut();
    const send = await limited(bed, { usdPerDay: 2 });
    const sent = await send("POST", "/v1/jobs", FEW);
    expect([sent.status, sent.json?.["errors"]]).toMatchObject([422, [{ pointer: "/gpu/usdPerHour" }]]);
    const id = await submitted(send, { ...FEW, gpu: { usdPerHour: 100 } });
    expect((await specOf(bed.service, id)).spec.limits.maxUsd).toBe(2);
    expect(typeOf(await send("POST", "/v1/jobs", { ...FEW, gpu: { usdPerHour: 100 } }))).toBe(
      "limit_reached",
    );
  });

  test("that are 0 are none, and a new key's replace them", async () => {
    const bed = await shut();
    const { caller, key } = await made(bed, { limits: { openJobs: 0, requestsPerDay: 0 } });
    const send = withKey(bed, key);
    expect([await submitted(send, FEW), await submitted(send, FEW)]).not.toContain("undefined");
    await made(bed, { caller, limits: { openJobs: 2 } });
    expect(typeOf(await send("POST", "/v1/jobs", FEW))).toBe("limit_reached");
  });
});
