import { Secret } from "@brimline/core/secret";
import { createGuard, type GuardOptions } from "@brimline/load/guard/guard";
import { diskStore } from "@brimline/store/disk";
import { keys } from "@brimline/store/keys";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createObject, putObject, readObject } from "../objects/object.ts";
import { DeliveryObject } from "../objects/delivery.ts";
import { RECEIVER_LIMITS } from "../webhook/receiver.ts";
import { specOf } from "../objects/spec.ts";
import { sealWebhookSecrets } from "../objects/webhook-secrets.ts";
import { createSealer } from "../sealer.ts";
import type { Service } from "../service.ts";
import { deliver, dueDeliveries } from "./notify.ts";

const JOB = "a1b2c3d4e5f6g7h8i9j0";
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
const DUE = { jobId: JOB, sequence: 1 };
const HOUR_MS = 3_600_000;
const dueNow = (service: Service) =>
  dueDeliveries(service, (error) => {
    throw error;
  });

let folder = "";
let nowMs = 0;
const closers: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "brimline-notify-"));
  nowMs = Date.now();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await rm(folder, { recursive: true, force: true });
});

interface Received {
  method: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver that keeps what it received and answers as the test says. */
async function receiver(
  answer: (response: ServerResponse, count: number, path: string) => unknown,
  host = "127.0.0.1",
  port = 0,
): Promise<{ url: string; port: number; got: Received[] }> {
  const got: Received[] = [];
  const listener: RequestListener = (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      got.push({ method: request.method ?? "", headers: request.headers, body });
      answer(response, got.length, request.url ?? "");
    });
  };
  const server = createServer(listener).listen(port, host);
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address() as AddressInfo;
  return { url: `http://${host}:${address.port}/hook`, port: address.port, got };
}

const status =
  (...codes: number[]) =>
  (response: ServerResponse, count: number): void => {
    response.writeHead(codes[Math.min(count, codes.length) - 1] ?? 500).end();
  };

/** A service whose store holds one ended job with a webhook and its events 1 and 2, and both markers. */
async function serviceWith(url: string, guard: GuardOptions = { profile: "local" }): Promise<Service> {
  const data = diskStore(folder);
  const sealer = createSealer(randomBytes(32));
  const spec = {
    endpoint: { url: "http://127.0.0.1:8000/v1", model: "m", api: "chat", showHost: false },
    workload: {
      inputTokens: 8,
      outputTokens: 8,
      ignoreEos: "auto",
      temperature: 0,
      salt: true,
      thinkTimeMs: 0,
    },
    tags: [],
    agents: [],
    levels: [1],
    repeats: 1,
    limits: { maxDurationS: 60 },
    webhook: { url, events: ["level.completed", "job.completed"] },
  };
  await createObject(data, keys.spec(JOB), {
    schema: "brimline.spec/1",
    id: JOB,
    caller: "admin",
    createdAt: new Date(nowMs).toISOString(),
    requestSha256: "",
    spec,
  });
  await data.put(keys.webhookSecret(JOB), sealer.seal(JOB, "webhook", new Secret(SECRET)));
  const service: Service = {
    data,
    site: data,
    guard: createGuard(guard),
    sealer,
    idKey: randomBytes(32),
    config: {
      platform: "local",
      publicUrl: "http://127.0.0.1:4870",
      generator: "brimline test",
      region: null,
      defaultVisibility: "public",
      adminKeySha256: null,
      caps: { openJobs: 1, users: 1, level: null, bodyBytes: 1 },
      progressEveryMs: 1000,
      controlEveryMs: 1000,
    },
    now: () => nowMs,
  };
  await addEvent(service, 1, "level.completed");
  await addEvent(service, 2, "job.completed");
  return service;
}

async function addEvent(service: Service, sequence: number, type: string): Promise<void> {
  const links = {
    self: "http://h/v1/jobs/x",
    events: "http://h/e",
    cancel: "http://h/c",
    report: null,
    page: null,
  };
  const data = {
    jobId: JOB,
    state: "completed",
    verdict: "50 users.",
    level: null,
    headline: {},
    links,
  };
  const body = { type, timestamp: new Date(nowMs).toISOString(), data };
  await createObject(service.data, keys.event(JOB, sequence, type), {
    schema: "brimline.event/1",
    id: `${JOB}-000${sequence}`,
    sequence,
    type,
    body,
  });
  await createObject(service.data, keys.outbox(JOB, sequence), {});
}

async function logOf(service: Service, sequence = 1): Promise<DeliveryObject[]> {
  const log: DeliveryObject[] = [];
  for (let tries = 1; ; tries++) {
    const delivery = await readObject(service.data, keys.delivery(JOB, sequence, tries), DeliveryObject);
    if (delivery === null) return log;
    log.push(delivery);
  }
}

const markerOf = async (service: Service, sequence = 1): Promise<boolean> =>
  (await service.data.get(keys.outbox(JOB, sequence))) !== null;

describe("telling a webhook", () => {
  test("is one POST that the Standard Webhooks library verifies", async () => {
    const { url, got } = await receiver(status(204));
    const service = await serviceWith(url);
    expect(await deliver(service, DUE)).toEqual({ outcome: "delivered", tries: 1, nextAtMs: null });
    const [request] = got;
    expect(got).toHaveLength(1);
    expect(request).toMatchObject({
      method: "POST",
      headers: { "content-type": "application/json", "webhook-id": `${JOB}-0001` },
    });
    const verified = new Webhook(SECRET).verify(
      request?.body ?? "",
      request?.headers as Record<string, string>,
    );
    // The event was written when a verdict was a sentence.
    expect(verified).toMatchObject({
      type: "level.completed",
      data: { jobId: JOB, verdict: { status: "unknown", sentence: "50 users." } },
    });
    expect(() =>
      new Webhook(SECRET).verify(`${request?.body} `, request?.headers as Record<string, string>),
    ).toThrow();
    expect(await logOf(service)).toEqual([
      {
        schema: "brimline.delivery/1",
        webhookId: `${JOB}-0001`,
        type: "level.completed",
        tries: 1,
        at: new Date(nowMs).toISOString(),
        outcome: "delivered",
        status: 204,
        detail: null,
        nextAt: null,
      },
    ]);
    expect(await markerOf(service)).toBe(false);
  });

  test("is repeated within a minute with the same id and body after two answers of 503", async () => {
    const { url, got } = await receiver(status(503, 503, 200));
    const service = await serviceWith(url);
    const beganMs = nowMs;
    for (let turn = 0; turn < 200 && (await markerOf(service)); turn++) {
      for (const due of (await dueNow(service)).filter(({ sequence }) => sequence === 1))
        await deliver(service, due);
      nowMs += 1000;
    }
    expect(nowMs - beganMs).toBeLessThan(60_000);
    expect((await logOf(service)).map(({ outcome }) => outcome)).toEqual(["failed", "failed", "delivered"]);
    expect(new Set(got.map(({ headers, body }) => `${String(headers["webhook-id"])} ${body}`)).size).toBe(1);
    expect(new Set(got.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(3);
    for (const { body, headers } of got) new Webhook(SECRET).verify(body, headers as Record<string, string>);
  });

  test("is not repeated once it was delivered", async () => {
    const { url, got } = await receiver(status(200));
    const service = await serviceWith(url);
    await deliver(service, DUE);
    expect(await deliver(service, DUE)).toEqual({ outcome: "delivered", tries: 1, nextAtMs: null });
    expect(got).toHaveLength(1);
  });

  test("of a job that is deleted meanwhile leaves nothing", async () => {
    const { url } = await receiver(async (response) => {
      await createObject(service.data, keys.listing(JOB), {
        schema: "brimline.tombstone/1",
        createdAt: "",
        deletedAt: "",
      });
      response.end();
    });
    const service = await serviceWith(url);
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "delivered" });
    expect(await logOf(service)).toEqual([]);
  });

  test("waits until the next try is due", async () => {
    const { url, got } = await receiver(status(500));
    const service = await serviceWith(url);
    await deliver(service, DUE);
    expect(await dueNow(service)).toEqual([{ jobId: JOB, sequence: 2 }]);
    expect(await deliver(service, DUE)).toEqual({ outcome: "waiting", tries: 1, nextAtMs: nowMs + 5000 });
    nowMs += 5000;
    expect(await dueNow(service)).toEqual([DUE, { jobId: JOB, sequence: 2 }]);
    await deliver(service, DUE);
    expect(got).toHaveLength(2);
  });

  test("that stays down is tried ten times over 75 hours, and no more", async () => {
    const { url, got } = await receiver(status(500));
    const service = await serviceWith(url);
    const beganMs = nowMs;
    let tries = 0;
    for (
      let result = await deliver(service, DUE);
      result.nextAtMs !== null;
      result = await deliver(service, DUE)
    ) {
      tries = result.tries;
      nowMs = result.nextAtMs;
    }
    expect({ tries: tries + 1, sent: got.length, hours: Math.floor((nowMs - beganMs) / HOUR_MS) }).toEqual({
      tries: 10,
      sent: 10,
      hours: 75,
    });
    expect((await logOf(service)).at(-1)).toMatchObject({ tries: 10, outcome: "failed", nextAt: null });
    expect(await markerOf(service)).toBe(false);
  });

  test("follows the operator's own schedule when there is one", async () => {
    const { url } = await receiver(status(500));
    const service = await serviceWith(url);
    service.config.webhookRetryS = [1];
    expect(await deliver(service, DUE)).toMatchObject({ tries: 1, nextAtMs: nowMs + 1000 });
    nowMs += 1000;
    expect(await deliver(service, DUE)).toEqual({ outcome: "failed", tries: 2, nextAtMs: null });
  });

  test("is repeated with the same id after a crash between sending and logging", async () => {
    const { url, got } = await receiver(status(200));
    const service = await serviceWith(url);
    await deliver(service, DUE);
    await service.data.remove(keys.delivery(JOB, 1, 1));
    await service.data.put(keys.outbox(JOB, 1), "");
    for (const due of await dueNow(service)) if (due.sequence === 1) await deliver(service, due);
    expect(got.map(({ headers }) => headers["webhook-id"])).toEqual([`${JOB}-0001`, `${JOB}-0001`]);
  });

  test("by two processes at once leaves both tries in the log", async () => {
    const { url } = await receiver(status(200));
    const service = await serviceWith(url);
    await Promise.all([deliver(service, DUE), deliver(service, DUE)]);
    expect((await logOf(service)).map(({ tries, outcome }) => `${tries} ${outcome}`)).toEqual([
      "1 delivered",
      "2 delivered",
    ]);
  });
});

describe("an answer", () => {
  test.each([
    [301, { location: "http://127.0.0.1:1/" }],
    [307, { location: "/hook" }],
    [400, {}],
    [404, {}],
    [429, {}],
    [500, {}],
  ])("of %i is a failure that is tried again and not followed", async (code, headers) => {
    const { url, got } = await receiver((response) => response.writeHead(code, headers).end("no"));
    const service = await serviceWith(url);
    expect(await deliver(service, DUE)).toEqual({ outcome: "failed", tries: 1, nextAtMs: nowMs + 5000 });
    expect((await logOf(service))[0]).toMatchObject({
      status: code,
      detail: `the receiver answered ${code}: no`,
    });
    expect(got).toHaveLength(1);
  });

  test("of 410 ends all deliveries of this job", async () => {
    const { url, got } = await receiver(status(410));
    const service = await serviceWith(url);
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "disabled", nextAtMs: null });
    expect(await deliver(service, { jobId: JOB, sequence: 2 })).toMatchObject({
      outcome: "disabled",
      nextAtMs: null,
    });
    expect((await logOf(service, 2))[0]).toMatchObject({ outcome: "disabled", status: null });
    expect(got).toHaveLength(1);
    expect(await dueNow(service)).toEqual([]);
  });

  test.each([
    ["120", 120],
    ["-5", 5],
    ["999999", 86_400],
    ["soon", 5],
  ])("with retry-after %j is tried again in %i s", async (retryAfter, waitS) => {
    const { url } = await receiver((response) =>
      response.writeHead(429, { "retry-after": retryAfter }).end(),
    );
    const service = await serviceWith(url);
    expect((await deliver(service, DUE)).nextAtMs).toBe(nowMs + waitS * 1000);
  });

  test("that repeats the secret is logged without it", async () => {
    const { url } = await receiver((response) =>
      response.writeHead(400).end(`bad secret ${SECRET}, ${encodeURIComponent(SECRET)}\u0007\u202e`),
    );
    const service = await serviceWith(url);
    await deliver(service, DUE);
    const [delivery] = await logOf(service);
    expect(delivery?.detail).toBe("the receiver answered 400: bad secret [secret], [secret]");
  });

  test("that quotes the path it was sent to is logged without it: it may let its holder post there", async () => {
    const { url } = await receiver((response, _, path) => response.writeHead(404).end(`Cannot POST ${path}`));
    const service = await serviceWith(`${url}/services/T0000000/B0000000/abcdefghijklmnopqrstuvwx`);
    await deliver(service, DUE);
    const [delivery] = await logOf(service);
    expect(delivery?.detail).toBe("the receiver answered 404: Cannot POST [secret]");
  });

  test("without end is cut after 64 KiB", async () => {
    let written = 0;
    const { url } = await receiver((response) => {
      response.writeHead(500).on("error", () => {});
      const chunk = Buffer.alloc(64 * 1024, "x");
      const fill = (): void => {
        while (!response.destroyed && written < 1e9 && response.write(chunk)) written += chunk.length;
      };
      response.on("drain", fill);
      fill();
    });
    const service = await serviceWith(url);
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "failed" });
    // The kernel's buffers of both ends took in more than was read, but far from the whole.
    expect(written).toBeLessThan(32e6);
    expect((await logOf(service))[0]?.detail).toHaveLength(
      "the receiver answered 500: ".length + RECEIVER_LIMITS.detailCharacters,
    );
  });
});

describe("a receiver", () => {
  const short = { ...RECEIVER_LIMITS, totalMs: 300 };

  test("gets 15 s in all", () =>
    expect(RECEIVER_LIMITS).toMatchObject({ totalMs: 15_000, bodyBytes: 65_536 }));

  test("that never answers is cut in time", async () => {
    const { url } = await receiver(() => {});
    const service = await serviceWith(url);
    const beganMs = performance.now();
    expect(await deliver(service, DUE, short)).toMatchObject({ outcome: "failed" });
    expect(performance.now() - beganMs).toBeLessThan(3000);
    expect((await logOf(service))[0]).toMatchObject({ status: null, detail: "no answer within 0.3 s" });
  });

  test.each([
    ["a success", 200, "delivered"],
    ["a failure", 500, "failed"],
  ])("that drips its answer to %s is cut in time, and its status counts", async (_fact, code, outcome) => {
    const { url } = await receiver((response) => {
      response.writeHead(code);
      const drip = setInterval(() => response.write("."), 50);
      response.on("close", () => clearInterval(drip));
    });
    const service = await serviceWith(url);
    const beganMs = performance.now();
    expect(await deliver(service, DUE, short)).toMatchObject({ outcome });
    expect(performance.now() - beganMs).toBeLessThan(3000);
  });

  test("that drips its headers is cut in time", async () => {
    const server = createTcpServer((socket) => {
      socket.on("error", () => {}).write("HTTP/1.1 200 OK\r\n");
      const drip = setInterval(() => socket.write("x-drip: 1\r\n"), 50);
      socket.on("close", () => clearInterval(drip));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(() => void server.close());
    const service = await serviceWith(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await deliver(service, DUE, short)).toMatchObject({ outcome: "failed" });
  });

  test.each([
    ["hangs up at once", "", /broke before an answer/],
    ["speaks no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", /does not speak HTTP/],
  ])("that %s is a failure", async (_fact, greeting, detail) => {
    const server = createTcpServer((socket) => socket.on("error", () => {}).end(greeting)).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    closers.push(() => void server.close());
    const service = await serviceWith(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "failed", nextAtMs: nowMs + 5000 });
    expect((await logOf(service))[0]?.detail).toMatch(detail);
  });

  test("where nobody listens is a failure", async () => {
    const service = await serviceWith("http://127.0.0.1:1024/");
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "failed" });
    expect((await logOf(service))[0]?.detail).toMatch(/could not connect \(ECONNREFUSED\)/);
  });
});

describe("the guard at delivery", () => {
  test.each(["http://169.254.169.254/", "http://0x7f.1:8000/"])(
    "refuses %s, logs it, and tries again",
    async (url) => {
      const service = await serviceWith(url);
      expect(await deliver(service, DUE)).toEqual({ outcome: "refused", tries: 1, nextAtMs: nowMs + 5000 });
    },
  );

  test("refuses a name that was public and is private now, without a packet, and tries again later", async () => {
    // 127.0.0.2 plays the public host, 127.0.0.1 the private one; no public address is dialled.
    const open = await receiver(status(503), "127.0.0.2");
    let connections = 0;
    const shut = createTcpServer(() => connections++).listen(open.port, "127.0.0.1");
    await once(shut, "listening");
    closers.push(() => void shut.close());
    let asked = 0;
    const resolve = async () => [{ address: asked++ === 0 ? "127.0.0.2" : "127.0.0.1", family: 4 }];
    const service = await serviceWith(`http://hooks.example.org:${open.port}/`, {
      profile: "cloud",
      allow: [{ cidr: "127.0.0.2/32" }],
      resolve,
    });
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "failed" });
    nowMs += 5000;
    expect(await deliver(service, DUE)).toEqual({ outcome: "refused", tries: 2, nextAtMs: nowMs + 30_000 });
    expect({ connections, told: open.got.length }).toEqual({ connections: 0, told: 1 });
  });
});

describe("an event", () => {
  test("that the webhook does not ask for is not sent, and its marker is removed", async () => {
    const { url, got } = await receiver(status(200));
    const service = await serviceWith(url);
    await addEvent(service, 3, "job.started");
    expect(await deliver(service, { jobId: JOB, sequence: 3 })).toEqual({
      outcome: "unwanted",
      tries: 0,
      nextAtMs: null,
    });
    expect({ sent: got.length, marker: await markerOf(service, 3) }).toEqual({ sent: 0, marker: false });
  });

  test("that does not exist yet keeps its marker", async () => {
    const { url, got } = await receiver(status(200));
    const service = await serviceWith(url);
    await service.data.put(keys.outbox(JOB, 9), "");
    expect(await deliver(service, { jobId: JOB, sequence: 9 })).toMatchObject({ outcome: "waiting" });
    expect(await markerOf(service, 9)).toBe(true);
    await addEvent(service, 9, "job.completed");
    expect(await deliver(service, { jobId: JOB, sequence: 9 })).toMatchObject({ outcome: "delivered" });
    expect(got).toHaveLength(1);
  });

  test("whose secret is gone or changed is not sent unsigned", async () => {
    const { url, got } = await receiver(status(200));
    const service = await serviceWith(url);
    await service.data.put(keys.webhookSecret(JOB), randomBytes(80));
    expect(await deliver(service, DUE)).toMatchObject({ outcome: "failed" });
    await service.data.remove(keys.webhookSecret(JOB));
    expect(await deliver(service, { jobId: JOB, sequence: 2 })).toMatchObject({ outcome: "failed" });
    expect((await logOf(service, 2))[0]?.detail).toMatch(/secret is gone/);
    expect(got).toHaveLength(0);
  });

  test("is sent once more on request, with the same id, even when its delivery is settled", async () => {
    const { url, got } = await receiver(status(410, 200));
    const service = await serviceWith(url);
    await deliver(service, DUE);
    expect(await deliver(service, { ...DUE, redeliver: true })).toEqual({
      outcome: "delivered",
      tries: 2,
      nextAtMs: null,
    });
    expect(new Set(got.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("that is sent on request keeps the time of its next scheduled try", async () => {
    const { url } = await receiver(status(500));
    const service = await serviceWith(url);
    const { nextAtMs } = await deliver(service, DUE);
    nowMs += 1000;
    expect(await deliver(service, { ...DUE, redeliver: true })).toMatchObject({
      outcome: "failed",
      nextAtMs,
    });
    expect(await markerOf(service)).toBe(true);
  });
});

describe("a receiver", () => {
  test("that fails for three days is switched off, and says so, until a try on request is taken", async () => {
    const { url, got } = await receiver(status(500, 500, 200));
    const service = await serviceWith(url);
    await deliver(service, DUE);
    nowMs += 71 * HOUR_MS;
    await deliver(service, DUE);
    nowMs += 2 * HOUR_MS;
    expect(await deliver(service, { jobId: JOB, sequence: 2 })).toMatchObject({ outcome: "switched_off" });
    expect((await logOf(service, 2))[0]?.detail).toMatch(/switched off.*since .*redeliver/);
    expect(got).toHaveLength(2);
    expect(await deliver(service, { jobId: JOB, sequence: 2, redeliver: true })).toMatchObject({
      outcome: "delivered",
    });
    await addEvent(service, 3, "job.completed");
    expect(await deliver(service, { jobId: JOB, sequence: 3 })).toMatchObject({ outcome: "delivered" });
  });

  test("is not switched off for one caller by the jobs of another that it refuses", async () => {
    const { url, got } = await receiver(status(401, 401, 204));
    const service = await serviceWith(url);
    const stored = await specOf(service, JOB);
    const as = (caller: string) => putObject(service.data, keys.spec(JOB), { ...stored, caller });
    await as("another");
    await deliver(service, DUE);
    nowMs += 73 * HOUR_MS;
    await deliver(service, DUE);
    expect(await deliver(service, { jobId: JOB, sequence: 2 })).toMatchObject({ outcome: "switched_off" });
    await as("one");
    await addEvent(service, 3, "job.completed");
    expect(await deliver(service, { jobId: JOB, sequence: 3 })).toMatchObject({ outcome: "delivered" });
    expect(got).toHaveLength(3);
  });

  test("gets a message that both secrets sign after a rotation", async () => {
    const { url, got } = await receiver(status(204));
    const service = await serviceWith(url);
    const newest = `whsec_${randomBytes(32).toString("base64")}`;
    await sealWebhookSecrets(service, JOB, [new Secret(newest), new Secret(SECRET)]);
    await deliver(service, DUE);
    const [{ headers, body } = { headers: {}, body: "" }] = got;
    for (const secret of [newest, SECRET])
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        type: "level.completed",
      });
  });
});
