import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as dial, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Agent, fetch, request } from "undici";
import type { Resolve } from "./answers.ts";
import { createGuard, type GuardOptions } from "./guard.ts";

// Alone: one test names a proxy in the environment of this process.

/**
 * No public address is ever dialled. 127.0.0.2 plays the public host, which the operator allows, and
 * 127.0.0.1 plays the private one.
 */
const PUBLIC = "127.0.0.2";
const PRIVATE = "127.0.0.1";
const PUBLIC_ONLY: GuardOptions = { profile: "cloud", allow: [{ cidr: `${PUBLIC}/32` }] };

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Endpoint {
  port: number;
  requests: () => number;
  connections: () => number;
}

async function endpoint(host: string, port = 0, answer?: (server: Server) => void): Promise<Endpoint> {
  let requests = 0;
  let connections = 0;
  const server = createServer((_request, response) => {
    requests++;
    response.setHeader("connection", "close").end("hello");
  });
  answer?.(server);
  server.on("connection", () => connections++).listen(port, host);
  await once(server, "listening");
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    connections: () => connections,
  };
}

function agentOf(options: GuardOptions): Agent {
  const agent = new Agent({ connect: createGuard(options).connect({ connectTimeoutMs: 2000 }) });
  closers.push(() => agent.destroy());
  return agent;
}

/** The answer's body, or the code of the error. */
async function outcome(url: string, dispatcher: Agent): Promise<string> {
  try {
    const { body } = await request(url, { dispatcher });
    return await body.text();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

const answering =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe("the guarded connection", () => {
  test("reaches a judged address by name and as a literal", async () => {
    const { port, requests } = await endpoint(PUBLIC);
    const agent = agentOf({ ...PUBLIC_ONLY, resolve: answering(PUBLIC) });
    expect(await outcome(`http://api.example.org:${port}/`, agent)).toBe("hello");
    expect(await outcome(`http://${PUBLIC}:${port}/`, agent)).toBe("hello");
    expect(requests()).toBe(2);
  });

  test("judges literal addresses, which undici never asks a lookup about", async () => {
    const { port, connections } = await endpoint(PRIVATE);
    const agent = agentOf(PUBLIC_ONLY);
    for (const host of [PRIVATE, "[::ffff:7f00:1]", "localhost", "2130706433"]) {
      expect(await outcome(`http://${host}:${port}/`, agent)).toBe("address_refused");
    }
    expect(connections()).toBe(0);
  });

  test("a lookup alone would have let the literal through", async () => {
    const { port } = await endpoint(PRIVATE);
    const agent = new Agent({
      connect: { lookup: (_host, _options, callback) => callback(new Error("refused"), "", 4) },
    });
    closers.push(() => agent.destroy());
    expect(await outcome(`http://${PRIVATE}:${port}/`, agent)).toBe("hello");
  });

  test("DNS that flips from public to private never reaches the private host", async () => {
    const open = await endpoint(PUBLIC);
    const shut = await endpoint(PRIVATE, open.port);
    let asked = 0;
    const resolve: Resolve = async () => [{ address: asked++ % 2 === 0 ? PUBLIC : PRIVATE, family: 4 }];
    const seen = new Set<string>();
    for (let run = 0; run < 40; run++)
      seen.add(await outcome(`http://flips.example.org:${open.port}/`, agentOf({ ...PUBLIC_ONLY, resolve })));
    expect([...seen].sort()).toEqual(["address_refused", "hello"]);
    expect(shut.connections()).toBe(0);
  });

  test.each([
    ["public first", [PUBLIC, PRIVATE]],
    ["private first", [PRIVATE, PUBLIC]],
    ["private over IPv6", [PUBLIC, "::1"]],
    ["private as IPv4 in IPv6", [PUBLIC, "::ffff:10.0.0.1"]],
    ["metadata last", [PUBLIC, PUBLIC, "169.254.169.254"]],
    ["a zone", [PUBLIC, "fe80::1%eth0"]],
    ["garbage", [PUBLIC, "localhost"]],
  ])("one bad DNS answer refuses them all: %s", async (_fact, addresses) => {
    const { port, connections } = await endpoint(PUBLIC);
    expect(
      await outcome(
        `http://mixed.example.org:${port}/`,
        agentOf({ ...PUBLIC_ONLY, resolve: answering(...addresses) }),
      ),
    ).toBe("address_refused");
    expect(connections()).toBe(0);
  });

  test.each<[string, Resolve]>([
    ["no answer", async () => []],
    ["NXDOMAIN", async () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }))],
    ["a resolver that hangs", () => new Promise(() => {})],
  ])("is a dns failure with %s", async (_fact, resolve) => {
    expect(
      await outcome("http://odd.example.org:8000/", agentOf({ ...PUBLIC_ONLY, resolve, dnsTimeoutMs: 50 })),
    ).toBe("dns");
  });

  test("is a connect failure where nothing listens", async () => {
    const { port } = await endpoint(PRIVATE);
    expect(
      await outcome(
        `http://nobody.example.org:${port}/`,
        agentOf({ ...PUBLIC_ONLY, resolve: answering(PUBLIC) }),
      ),
    ).toBe("connect");
  });

  test.each(["http", "https"])("%s is a connect failure where there is no way", async (scheme) => {
    const nowhere = "255.255.255.255";
    const agent = agentOf({
      profile: "cloud",
      allow: [{ cidr: `${nowhere}/32` }],
      resolve: answering(nowhere),
    });
    expect(await outcome(`${scheme}://far.example.org:8000/`, agent)).toBe("connect");
  });

  test.each<[string, (port: number) => string, string]>([
    ["a server that speaks no TLS", (port) => `https://plain.example.org:${port}/`, "tls"],
    ["nothing that listens", () => "https://nobody.example.org:1024/", "connect"],
  ])("https to %s", async (_fact, url, code) => {
    const { port } = await endpoint(PUBLIC);
    expect(await outcome(url(port), agentOf({ ...PUBLIC_ONLY, resolve: answering(PUBLIC) }))).toBe(code);
  });

  test("https to a server that closes during the handshake is a tls failure", async () => {
    const server = createTcpServer((socket) => socket.once("data", () => socket.destroy())).listen(0, PUBLIC);
    await once(server, "listening");
    closers.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(
      await outcome(
        `https://cut.example.org:${port}/`,
        agentOf({ ...PUBLIC_ONLY, resolve: answering(PUBLIC) }),
      ),
    ).toBe("tls");
  });

  test("a peer other than the judged address is cut before a byte of HTTP", async () => {
    // Linux connects 0.0.0.0 to 127.0.0.1, so the judged address and the peer really differ.
    let bytes = 0;
    const { port, requests, connections } = await endpoint(PRIVATE, 0, (server) =>
      server.on("connection", (socket) => socket.on("data", (data) => (bytes += data.length))),
    );
    for (const allow of [[{ cidr: "0.0.0.0/32" }], [{ cidr: "0.0.0.0/32" }, { cidr: "127.0.0.0/8" }]]) {
      const agent = agentOf({ profile: "cloud", allow, resolve: answering("0.0.0.0") });
      expect(await outcome(`http://moved.example.org:${port}/`, agent)).toBe("address_refused");
    }
    expect(connections()).toBe(2);
    expect({ bytes, requests: requests() }).toEqual({ bytes: 0, requests: 0 });
  });

  test("a redirect to a private address is not followed by request, and refused to fetch", async () => {
    const shut = await endpoint(PRIVATE);
    const { port } = await endpoint(PUBLIC, 0, (server) =>
      server.removeAllListeners("request").on("request", (_request, response) => {
        response.writeHead(302, { location: `http://${PRIVATE}:${shut.port}/` }).end("moved");
      }),
    );
    const agent = agentOf(PUBLIC_ONLY);
    expect(await outcome(`http://${PUBLIC}:${port}/`, agent)).toBe("moved");
    await expect(fetch(`http://${PUBLIC}:${port}/`, { dispatcher: agent })).rejects.toMatchObject({
      cause: { code: "address_refused" },
    });
    expect(shut.connections()).toBe(0);
  });

  test("opens 100 connections on one DNS answer", async () => {
    let asked = 0;
    const { port, requests } = await endpoint(PUBLIC);
    const resolve: Resolve = async () => {
      asked++;
      return [{ address: PUBLIC, family: 4 }];
    };
    const agent = agentOf({ ...PUBLIC_ONLY, resolve });
    await Promise.all(Array.from({ length: 100 }, () => outcome(`http://busy.example.org:${port}/`, agent)));
    expect({ asked, requests: requests() }).toEqual({ asked: 1, requests: 100 });
  });

  test("an allow-list entry for a port does not open another one of the same host", async () => {
    const one = await endpoint(PRIVATE);
    const other = await endpoint(PRIVATE);
    const agent = agentOf({
      profile: "cloud",
      allow: [{ cidr: `${PRIVATE}/32`, ports: [one.port] }],
      resolve: answering(PRIVATE),
    });
    expect(await outcome(`http://host.example.org:${one.port}/`, agent)).toBe("hello");
    expect(await outcome(`http://host.example.org:${other.port}/`, agent)).toBe("address_refused");
  });

  test("a name that resolves to our own address and port is refused", async () => {
    const { port, connections } = await endpoint(PRIVATE);
    const agent = agentOf({
      profile: "local",
      denyHosts: [`127.0.0.1:${port}`],
      resolve: answering(PRIVATE),
    });
    expect(await outcome(`http://alias.example.org:${port}/`, agent)).toBe("address_refused");
    expect(connections()).toBe(0);
  });

  test("Unix sockets are refused", async () => {
    const connect = createGuard(PUBLIC_ONLY).connect({ connectTimeoutMs: 1000 });
    const error = await new Promise((resolve) =>
      connect(
        { hostname: PUBLIC, protocol: "http:", port: "8000", socketPath: "/var/run/docker.sock" },
        (...result) => resolve(result[0]),
      ),
    );
    expect(error).toMatchObject({ code: "address_refused" });
  });

  test("a proxy in the environment is not used", async () => {
    const { port } = await endpoint(PUBLIC);
    process.env["HTTP_PROXY"] = process.env["http_proxy"] = `http://${PRIVATE}:9`;
    closers.push(() => {
      delete process.env["HTTP_PROXY"];
      delete process.env["http_proxy"];
    });
    expect(await outcome(`http://${PUBLIC}:${port}/`, agentOf(PUBLIC_ONLY))).toBe("hello");
  });
});

test("127.0.0.2 is a loopback address of its own here, as these tests need", async () => {
  const { port } = await endpoint(PUBLIC);
  const socket = dial(port, PUBLIC);
  await once(socket, "connect");
  expect(socket.remoteAddress).toBe(PUBLIC);
  socket.destroy();
});
