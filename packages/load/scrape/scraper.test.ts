import { NO_SECRETS } from "@brimline/core/job/spec/endpoint-secrets";
import { JobSpec } from "@brimline/core/job/spec/spec";
import { Secret } from "@brimline/core/secret";
import { hasOpenssl, ownAuthority } from "@brimline/testkit/load/authority";
import { parted } from "@brimline/testkit/load/level";
import { tlsFront } from "@brimline/testkit/load/tls-front";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import { scrapeOnce, SCRAPE_LIMITS, startScraper } from "./scraper.ts";

const guard = createGuard({ profile: "local" });
const LIMITS = { ...SCRAPE_LIMITS, everyMs: 20 };
const TEXT = "vllm:num_requests_running 3\nvllm:num_requests_waiting 1\n";

async function served(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const specOf = (url: string, endpoint: object = {}) =>
  JobSpec.parse({ endpoint: { url: `${url}/v1`, model: "m", ...endpoint }, levels: [1] });
const once = (url: string, endpoint: object = {}, totalMs = LIMITS.totalMs) =>
  scrapeOnce(
    { spec: specOf(url, endpoint), secrets: { ...NO_SECRETS, apiKey: new Secret("sk-private-key") }, guard },
    { ...LIMITS, totalMs },
  );

const answering =
  (body: string | Buffer, status = 200, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, headers).end(body);

test.each<[string, RequestListener, unknown]>([
  ["metrics", answering(TEXT), { scrape: { engine: "vLLM", values: { running: 3, waiting: 1 } } }],
  [
    "metrics in torn pieces",
    (_, response) => {
      response.write(TEXT.slice(0, 20));
      setTimeout(() => response.end(TEXT.slice(20)), 10);
    },
    { scrape: { values: { running: 3, waiting: 1 } } },
  ],
  ["a page", answering("<!doctype html>\n<p>Welcome"), { failure: "not_metrics" }],
  ["an iteration's JSON", answering('[{"iter":1}]'), { failure: "not_metrics" }],
  ["another program's metrics", answering("go_goroutines 7\n"), { failure: "unknown_engine" }],
  ["nothing", answering("", 404), { failure: "not_found" }],
  ["llama.cpp's word for metrics that are off", answering("{}", 501), { failure: "not_found" }],
  ["a wish for a key", answering("", 401), { failure: "unauthorized" }],
  ["an error", answering("", 500), { failure: "refused" }],
  ["a redirect", answering("", 302, { location: "http://127.0.0.1:1/" }), { failure: "redirect_refused" }],
  [
    "what is compressed",
    answering(gzipSync(TEXT), 200, { "content-encoding": "gzip" }),
    { failure: "unexpected_encoding" },
  ],
  [
    "a body without an end",
    (_, response) => {
      const piece = `x_total{a="1"} 1\n`.repeat(4000);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on("drain", more);
      more();
    },
    { failure: "body_too_large" },
  ],
  [
    "a million series that are wanted",
    answering(Array.from({ length: 100_000 }, (_, i) => `vllm:prompt_tokens_total{e="${i}"} 1\n`).join("")),
    { failure: "too_many_values" },
  ],
  ["a broken connection", (request) => void request.socket.destroy(), { failure: "connect" }],
])("a server that answers %s", async (_, listener, expected) => {
  expect(await once(await served(listener))).toMatchObject(expected as object);
});

test.each<[string, RequestListener]>([
  ["nothing", () => {}],
  ["the beginning of an answer", (_, response) => void response.write("vllm:num")],
])("a server that sends %s is given up", async (_, listener) =>
  expect(await once(await served(listener), {}, 100)).toEqual({ failure: "timeout" }),
);

test("what is no HTTP is a failure, and so is what nobody listens to", async () => {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {}).write("220 mail.example ESMTP\r\n\r\n");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await once(url)).toEqual({ failure: "protocol" });
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
  expect(await once(url)).toEqual({ failure: "connect" });
});

test("an address that may not be reached is not asked, and null asks nothing", async () => {
  expect(await once("http://127.0.0.1:8000", { metricsUrl: "http://169.254.169.254/metrics" })).toEqual({
    failure: "address_refused",
  });
  expect(await once("http://127.0.0.1:8000", { metricsUrl: null })).toBeNull();
});

test("the endpoint's key and headers go to its own origin alone", async () => {
  const seen: IncomingMessage["headers"][] = [];
  const listener: RequestListener = (request, response) => {
    seen.push({ ...request.headers, path: request.url });
    response.end(TEXT);
  };
  const [own, other] = [await served(listener), await served(listener)];
  const headers = { "x-team": "blue" };
  await once(own, { headers });
  await once(own, { headers, metricsUrl: `${other}/prometheus/metrics?all=1` });
  expect(seen[0]).toMatchObject({
    path: "/metrics",
    authorization: "Bearer sk-private-key",
    "x-team": "blue",
  });
  expect(seen[1]).toEqual({
    path: "/prometheus/metrics?all=1",
    host: new URL(other).host,
    "user-agent": "brimline",
    accept: "text/plain;version=0.0.4",
    "accept-encoding": "identity",
  });
});

test("a scraper asks again and again over one connection, and once more when it stops", async () => {
  let asked = 0;
  const sockets = new Set<unknown>();
  const url = await served((request, response) => {
    sockets.add(request.socket);
    response.end(`vllm:num_requests_running ${asked++}\n`);
  });
  const scraper = startScraper({ spec: specOf(url), secrets: NO_SECRETS, guard }, LIMITS);
  await expect.poll(() => asked, { interval: 5 }).toBeGreaterThanOrEqual(4);
  const before = asked;
  const taken = await scraper.stop();
  expect(taken.map(({ scrape }) => scrape.values["running"])).toEqual(
    Array.from({ length: taken.length }, (_, i) => i),
  );
  expect(taken.length).toBeGreaterThan(before);
  expect(taken.every(({ monotonicMs }, i) => i === 0 || monotonicMs > (taken[i - 1]?.monotonicMs ?? 0))).toBe(
    true,
  );
  expect(sockets.size).toBe(1);
  await sleep(60);
  expect(asked).toBe(taken.length);
});

test("a server that is away for a while, or hangs up after each answer, is asked over a new connection", async () => {
  let asked = 0;
  const url = await served((request, response) => {
    asked++;
    if (asked % 3 === 0) request.socket.destroy();
    else response.writeHead(200, asked % 2 === 0 ? { connection: "close" } : {}).end(TEXT);
  });
  const scraper = startScraper({ spec: specOf(url), secrets: NO_SECRETS, guard }, LIMITS);
  await expect.poll(() => asked, { interval: 5 }).toBeGreaterThanOrEqual(8);
  const taken = await scraper.stop();
  expect(taken.length).toBeGreaterThanOrEqual(asked - Math.ceil(asked / 3));
});

test("a server whose metrics are too large is not asked a second time", async () => {
  let asked = 0;
  const body = "x 1\n".repeat(1_100_000);
  const url = await served((_, response) => {
    asked++;
    response.end(body);
  });
  const scraper = startScraper({ spec: specOf(url), secrets: NO_SECRETS, guard }, LIMITS);
  await sleep(200);
  expect(asked).toBe(1);
  scraper.abandon();
});

test.skipIf(!hasOpenssl)(
  "the endpoint's own authority and client certificate hold for its metrics too",
  async () => {
    const { ca, issued } = ownAuthority("localhost", "client");
    const asks = { ...issued.localhost, ca, requestCert: true, rejectUnauthorized: true };
    const front = await tlsFront(await served(answering(TEXT)), asks);
    const { cert, key } = issued.client;
    const tls = { ca: ca.toString(), cert: cert.toString(), key: key.toString() };
    const url = front.url.replace(/\/$/, "");
    const end = await scrapeOnce(
      { ...parted({ endpoint: { url: `${url}/v1`, model: "m", tls }, levels: [1] }), guard },
      LIMITS,
    );
    await front.close();
    expect(end).toMatchObject({ scrape: { values: { running: 3 } } });
  },
);
