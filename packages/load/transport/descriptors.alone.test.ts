import { hasOpenssl, selfSigned } from "@brimline/testkit/load/authority";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGuard } from "../guard/guard.ts";
import type { Dial } from "../guard/dial.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { tryKernel } from "../kernel/trial.ts";
import { kernelWire } from "./kernel-wire.ts";

// Alone: it counts the descriptors of this process and measures its memory.

/** How many connections of all kinds are tried; BRIMLINE_CONNECTIONS=10000 is the long run. */
const CONNECTIONS = Number(process.env["BRIMLINE_CONNECTIONS"] ?? 1000);
const SIDE_BY_SIDE = 50;
const HOST = "127.0.0.1";
const NAME = "api.example.org";
const MANY_BYTES = 300_000;
const TIMEOUT_MS = 50;

const { kernel, whyNot } = await tryKernel();
const openFiles = (): number => readdirSync("/proc/self/fd").length;

describe.skipIf(whyNot !== null)("a connection by the kernel leaves nothing behind:", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const dials: Record<string, Dial> = {};

  async function listening(server: Server): Promise<number> {
    servers.push(server);
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    });
    await once(server.listen(0, HOST, 1024), "listening");
    return (server.address() as AddressInfo).port;
  }

  beforeAll(async () => {
    const guard = createGuard({
      profile: "local",
      resolve: async () => [{ address: HOST, family: 4 }],
    });
    const open = kernelWire(kernel as Kernel);
    const dialled = (scheme: string, port: number, ca?: Buffer): Dial =>
      guard.dial(
        new URL(`${scheme}://${NAME}:${port}/`),
        { connectTimeoutMs: TIMEOUT_MS, ...(ca && { tls: { ca } }) },
        open,
      );
    const echo = await listening(createServer((socket) => socket.pipe(socket)));
    const many = await listening(createServer((socket) => socket.end(Buffer.alloc(MANY_BYTES))));
    const reset = await listening(
      createServer((socket) =>
        socket.once("data", () => socket.write("bye", () => socket.resetAndDestroy())),
      ),
    );
    const mute = await listening(createServer(() => {}));
    const gone = createServer(() => {});
    const nobody = await listening(gone);
    gone.close();
    Object.assign(dials, {
      echo: dialled("http", echo),
      many: dialled("http", many),
      reset: dialled("http", reset),
      refused: dialled("http", nobody),
      "a TLS handshake that stalls": dialled("https", mute),
      "a TLS handshake of no TLS": dialled("https", many),
      "a TLS handshake that is reset": dialled("https", reset),
    });
    if (!hasOpenssl) return;
    const own = selfSigned(NAME);
    const secure = await listening(
      createTlsServer(own, (socket) => socket.on("error", () => {}).pipe(socket)),
    );
    Object.assign(dials, {
      "TLS echo": dialled("https", secure, own.cert),
      "TLS of nobody's authority": dialled("https", secure),
    });
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  /** Opens one connection, says something, and goes one of the ways in which a connection ends. */
  async function live(dial: Dial, nth: number): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    let read = 0;
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    try {
      const wire = await dial({
        read(_bytes, count) {
          read += count;
          answer();
        },
        ended: resolve,
        failed: () => resolve(),
      });
      wire.write(Buffer.from("hello"));
      if (nth % 3 === 0) await Promise.race([over, answered]);
      if (nth % 3 === 1) await Promise.race([over, sleep(5)]);
      wire.destroy(nth % 2 === 0 ? new Error("cut") : undefined);
      expect(read).toBeLessThanOrEqual(MANY_BYTES);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(connect|tls)$/) });
    }
  }

  async function liveAll(connections: number): Promise<void> {
    const ways = Object.values(dials);
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < connections) {
        const nth = next++;
        const dial = ways[nth % ways.length];
        if (dial !== undefined) await live(dial, Math.floor(nth / ways.length));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
    // What is ours ends by itself, not because its peer does.
    expect((kernel as Kernel).open).toBe(0);
    await expect.poll(peersLeft, { interval: 5 }).toBe(0);
  }

  /** A peer of ours that says nothing would wait for ever. */
  function peersLeft(): number {
    for (const socket of sockets) socket.destroy();
    return sockets.size;
  }

  async function heapMb(): Promise<number> {
    for (let turn = 0; turn < 3; turn++) {
      collect();
      await sleep(2);
    }
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return (heapUsed + external + arrayBuffers) / 2 ** 20;
  }

  test(
    `${CONNECTIONS} of them, closed, cut, timed out, reset, refused, and with TLS that fails`,
    { timeout: 60_000 + 60 * CONNECTIONS },
    async () => {
      await liveAll(20 * Object.keys(dials).length);
      const before = { files: openFiles(), heapMb: await heapMb() };
      const beganMs = performance.now();
      await liveAll(CONNECTIONS);
      const tookMs = performance.now() - beganMs;
      const after = { files: openFiles(), heapMb: await heapMb() };
      if (process.env["BRIMLINE_CONNECTIONS"] !== undefined)
        console.log({ before, after, rssMb: process.memoryUsage().rss / 2 ** 20, tookMs });
      expect(after.files).toBe(before.files);
      // What V8 keeps of code that became hot does not grow with the connections.
      expect(after.heapMb - before.heapMb).toBeLessThan(4);
    },
  );
});
