import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Resolve } from "./answers.ts";
import { WIRES } from "@brimline/testkit/load/wires";
import { createGuard, type GuardOptions } from "./guard.ts";
import type { OpenWire } from "./wire.ts";

/**
 * As in the tests of `connect`, 127.0.0.2 plays the public host, which the operator allows, and 127.0.0.1
 * plays the private one.
 */
const PUBLIC = "127.0.0.2";
const PRIVATE = "127.0.0.1";
const PUBLIC_ONLY: GuardOptions = { profile: "cloud", allow: [{ cidr: `${PUBLIC}/32` }] };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Endpoint {
  port: number;
  connections: () => number;
  bytes: () => number;
}

/** Greets whoever connects. */
async function endpoint(
  host: string,
  port = 0,
  greet = (socket: Socket): unknown => socket.write("hello"),
): Promise<Endpoint> {
  const sockets: Socket[] = [];
  let bytes = 0;
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}).on("data", (data) => (bytes += data.length)));
    greet(socket);
  }).listen(port, host);
  await once(server, "listening");
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.length,
    bytes: () => bytes,
  };
}

/** The first bytes that come over a wire which the guard opened, or the code of the error. */
async function outcomeBy(
  open: OpenWire,
  url: string,
  options: GuardOptions,
  connectTimeoutMs = 2000,
): Promise<string> {
  const came = Promise.withResolvers<string>();
  try {
    const dial = createGuard(options).dial(new URL(url), { connectTimeoutMs }, open);
    const wire = await dial({
      read: (bytes, count) => came.resolve(bytes.toString("latin1", 0, count)),
      ended: () => came.reject(new Error("ended")),
      failed: came.reject,
    });
    closers.push(() => wire.destroy());
    return await came.promise;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

const answering =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe.each(WIRES)("a wire by %s through the guard", (_driver, open) => {
  const outcome = (url: string, options: GuardOptions, connectTimeoutMs?: number): Promise<string> =>
    outcomeBy(open, url, options, connectTimeoutMs);

  test("reaches an allowed address, by itself and by name", async () => {
    const { port } = await endpoint(PUBLIC);
    expect(await outcome(`http://${PUBLIC}:${port}/`, PUBLIC_ONLY)).toBe("hello");
    expect(
      await outcome(`http://api.example.org:${port}/`, { ...PUBLIC_ONLY, resolve: answering(PUBLIC) }),
    ).toBe("hello");
  });

  test("reaches an allowed address over IPv6, and knows it by any of its spellings", async () => {
    const allow = [{ cidr: "::1/128" }, { cidr: `${PUBLIC}/32` }];
    const six = await endpoint("::1");
    const four = await endpoint(PUBLIC);
    const ask = (port: number, address: string): Promise<string> =>
      outcome(`http://six.example.org:${port}/`, { profile: "cloud", allow, resolve: answering(address) });
    expect(await ask(six.port, "::1")).toBe("hello");
    expect(await ask(six.port, "0:0::0001")).toBe("hello");
    expect(await ask(four.port, `::ffff:${PUBLIC}`)).toBe("hello");
    expect(await ask(four.port, "::ffff:7f00:2")).toBe("hello");
  });

  test.each([PRIVATE, "[::ffff:7f00:1]", "[::1]", "localhost", "2130706433", "169.254.169.254"])(
    "is not opened to %s",
    async (host) => {
      const { port, connections } = await endpoint(PRIVATE);
      expect(await outcome(`http://${host}:${port}/`, PUBLIC_ONLY)).toBe("address_refused");
      expect(connections()).toBe(0);
    },
  );

  test.each([
    ["private last", [PUBLIC, PRIVATE]],
    ["private first", [PRIVATE, PUBLIC]],
    ["metadata", [PUBLIC, "169.254.169.254"]],
    ["private over IPv6", [PUBLIC, "::1"]],
  ])("is not opened where one DNS answer is bad: %s", async (_fact, addresses) => {
    const { port, connections } = await endpoint(PUBLIC);
    expect(
      await outcome(`http://mixed.example.org:${port}/`, {
        ...PUBLIC_ONLY,
        resolve: answering(...addresses),
      }),
    ).toBe("address_refused");
    expect(connections()).toBe(0);
  });

  test("never reaches the private host where DNS flips", async () => {
    const open = await endpoint(PUBLIC);
    const shut = await endpoint(PRIVATE, open.port);
    let asked = 0;
    const resolve: Resolve = async () => [{ address: asked++ % 2 === 0 ? PUBLIC : PRIVATE, family: 4 }];
    const seen = new Set<string>();
    for (let run = 0; run < 20; run++)
      seen.add(await outcome(`http://flips.example.org:${open.port}/`, { ...PUBLIC_ONLY, resolve }));
    expect([...seen].toSorted()).toEqual(["address_refused", "hello"]);
    expect(shut.connections()).toBe(0);
  });

  test("is cut before a byte is written where the peer is another than was judged", async () => {
    // Linux connects 0.0.0.0 to 127.0.0.1, so the judged address and the peer really differ.
    const { port, connections, bytes } = await endpoint(PRIVATE);
    const allow = [{ cidr: "0.0.0.0/32" }, { cidr: "127.0.0.0/8" }];
    expect(
      await outcome(`http://moved.example.org:${port}/`, {
        profile: "cloud",
        allow,
        resolve: answering("0.0.0.0"),
      }),
    ).toBe("address_refused");
    expect({ connections: connections(), bytes: bytes() }).toEqual({ connections: 1, bytes: 0 });
  });

  test.each<[string, Resolve]>([
    ["no answer", async () => []],
    ["NXDOMAIN", async () => Promise.reject(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }))],
    ["a resolver that hangs", () => new Promise(() => {})],
  ])("is a dns failure with %s", async (_fact, resolve) => {
    expect(await outcome("http://odd.example.org:8000/", { ...PUBLIC_ONLY, resolve, dnsTimeoutMs: 50 })).toBe(
      "dns",
    );
  });

  test.each(["http", "https"])("%s is a connect failure where there is no way", async (scheme) => {
    const nowhere = "255.255.255.255";
    expect(
      await outcome(`${scheme}://far.example.org:8000/`, {
        profile: "cloud",
        allow: [{ cidr: `${nowhere}/32` }],
        resolve: answering(nowhere),
      }),
    ).toBe("connect");
  });

  test.each([
    ["http to nothing that listens", async () => "http://nobody.example.org:1024/", "connect"],
    ["https to nothing that listens", async () => "https://nobody.example.org:1024/", "connect"],
    [
      "https to a server that speaks no TLS",
      async () => `https://plain.example.org:${(await endpoint(PUBLIC)).port}/`,
      "tls",
    ],
    [
      "https to one that closes",
      async () =>
        `https://cut.example.org:${(await endpoint(PUBLIC, 0, (socket) => socket.destroy())).port}/`,
      "tls",
    ],
    [
      "https to one that says nothing",
      async () => `https://mute.example.org:${(await endpoint(PUBLIC, 0, () => {})).port}/`,
      "connect",
    ],
  ])("%s fails: %s", async (_fact, url, code) => {
    expect(await outcome(await url(), { ...PUBLIC_ONLY, resolve: answering(PUBLIC) }, 300)).toBe(code);
  });

  test("is opened 100 times on one DNS answer, and asks again after one that failed", async () => {
    const { port } = await endpoint(PUBLIC);
    let asked = 0;
    const resolve: Resolve = async () => {
      if (asked++ === 0) throw new Error("not yet");
      return [{ address: PUBLIC, family: 4 }];
    };
    const dial = createGuard({ ...PUBLIC_ONLY, resolve }).dial(
      new URL(`http://busy.example.org:${port}/`),
      { connectTimeoutMs: 2000 },
      open,
    );
    const sink = { read: () => {}, ended: () => {}, failed: () => {} };
    await expect(dial(sink)).rejects.toMatchObject({ code: "dns" });
    const wires = await Promise.all(Array.from({ length: 100 }, () => dial(sink)));
    for (const wire of wires) wire.destroy();
    expect(asked).toBe(2);
  });
});
