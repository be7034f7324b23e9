import { hasOpenssl, selfSigned } from "@brimline/testkit/load/authority";
import { listenSilently } from "@brimline/testkit/load/silent";
import { startTimedServer, type TimedServer } from "@brimline/testkit/load/timed-server";
import { WIRES } from "@brimline/testkit/load/wires";
import { once } from "node:events";
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OpenWire, Wire, WireTarget } from "../guard/wire.ts";
import { tryKernel } from "../kernel/trial.ts";

const { whyNot } = await tryKernel();
const HOST = "api.example.org";
/** The wire must reach this one, whose neighbours refuse or stay silent. */
const THERE = "127.0.0.2";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function listening(server: Server, host = THERE): Promise<number> {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => sockets.push(socket.on("error", () => {})));
  await once(server.listen(0, host), "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

interface Told {
  wire: Wire;
  text(): string;
  isOver(): boolean;
  over: Promise<string>;
}

/** Opens a wire and notes what its sink is told. */
function opened(open: OpenWire, target: Partial<WireTarget> & { port: number }): Told {
  let text = "";
  let how: string | null = null;
  const { promise: over, resolve } = Promise.withResolvers<string>();
  const end = (told: string): void => {
    // A sink hears of one end.
    how = how === null ? told : `${how}, then ${told}`;
    resolve(how);
  };
  const wire = open(
    {
      host: HOST,
      addresses: [{ address: THERE, family: 4 }],
      tls: null,
      keepSession: () => {},
      ...target,
    },
    {
      read: (bytes, count) => void (text += bytes.toString("latin1", 0, count)),
      ended: () => end("ended"),
      failed: (error) => end("code" in error ? String(error.code) : error.message),
    },
  );
  closing.push(() => wire.destroy());
  return { wire, text: () => text, isOver: () => how !== null, over };
}

const addressesOf = (...all: string[]): WireTarget["addresses"] =>
  all.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

describe.each(WIRES)("a wire by %s", (driver, open) => {
  test("reaches the address that answers, after those that refuse", async () => {
    const port = await listening(createServer((socket) => socket.write("hello")));
    const told = opened(open, { port, addresses: addressesOf("127.0.0.4", "::1", THERE) });
    await told.wire.opened;
    expect(told.wire.peer()).toBe(THERE);
    await expect.poll(() => told.text()).toBe("hello");
  });

  test.skipIf(whyNot !== null)(
    "reaches the address that answers, after one that stays silent, with what was written meanwhile",
    async () => {
      const port = await listening(createServer((socket) => socket.pipe(socket)));
      const { openLibc } = await import("../kernel/open-libc.ts");
      const silent = await listenSilently(openLibc(), "127.0.0.3", port);
      closing.push(() => silent.close());
      const told = opened(open, { port, addresses: addressesOf("127.0.0.3", THERE) });
      told.wire.write(Buffer.from("early"));
      await told.wire.opened;
      expect(told.wire.peer()).toBe(THERE);
      await expect.poll(() => told.text()).toBe("early");
    },
  );

  test("says of all addresses why none answered", async () => {
    const port = await listening(createServer(() => {}));
    const one = opened(open, { port, addresses: addressesOf("127.0.0.4") });
    await expect(one.wire.opened).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const many = opened(open, { port, addresses: addressesOf("127.0.0.4", "::1") });
    const error: unknown = await many.wire.opened.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toMatchObject([
      { code: "ECONNREFUSED" },
      { code: "ECONNREFUSED" },
    ]);
    expect([one.isOver(), many.isOver()]).toEqual([false, false]);
  });

  test("that is destroyed while it connects rejects with what it was destroyed with, and is silent", async () => {
    const port = await listening(createServer((socket) => socket.end("hello")));
    const told = opened(open, { port });
    told.wire.destroy(new Error("enough"));
    await expect(told.wire.opened).rejects.toThrow("enough");
    await sleep(10);
    expect([told.text(), told.isOver(), told.wire.peer()]).toEqual(["", false, null]);
  });

  // Node's own sockets may need another turn.
  test.runIf(driver === "kernel")("knows that its peer has closed once it is settled", async () => {
    await settles(open, null, await startTimedServer());
  });
});

/** The peer closes while this thread is busy, and the wire is asked before the event loop could look. */
async function settles(open: OpenWire, tls: WireTarget["tls"], server: TimedServer): Promise<void> {
  closing.push(() => void server.close());
  const told = opened(open, { port: server.port, addresses: addressesOf("127.0.0.1"), tls });
  await told.wire.opened;
  // TLS sends nothing before its handshake is sent.
  await sleep(5);
  const asked = server.ask([{ text: "bye" }, { waitMs: 5 }, { close: "end" }, { waitMs: 5 }]);
  told.wire.write(Buffer.from(`${asked.word}\n`));
  asked.block();
  await told.wire.settled();
  expect([told.text(), told.isOver()]).toEqual(["bye", true]);
  expect(await told.over).toBe("ended");
}

describe.skipIf(!hasOpenssl).each(WIRES)("a wire by %s over TLS", (driver, open) => {
  let own: ReturnType<typeof selfSigned>;
  beforeAll(() => {
    own = selfSigned(HOST);
  });

  async function secure(answer: (socket: TLSSocket) => unknown): Promise<number> {
    return listening(
      createTlsServer(own, (socket) => {
        socket.on("error", () => {});
        answer(socket);
      }),
    );
  }
  const trusting = (): WireTarget["tls"] => ({ ca: own.cert, servername: HOST });

  test("shares sessions: the second handshake is a resumed one", async () => {
    const reused: boolean[] = [];
    const port = await secure((socket) => {
      reused.push(socket.isSessionReused());
      socket.write("hello");
    });
    let session: Buffer | undefined;
    for (let nth = 0; nth < 3; nth++) {
      const told = opened(open, {
        port,
        tls: { ...trusting(), ...(session && { session }) },
        keepSession: (ticket) => void (session = ticket),
      });
      await told.wire.opened;
      await expect.poll(() => told.text()).toBe("hello");
      told.wire.destroy();
    }
    expect(reused).toEqual([false, true, true]);
  });

  test("rejects where there is no way, as without TLS", async () => {
    const told = opened(open, { port: 1, addresses: addressesOf("255.255.255.255"), tls: trusting() });
    await expect(told.wire.opened).rejects.toMatchObject({
      code: expect.stringMatching(/^E(NETUNREACH|ACCES)/),
    });
  });

  test("rejects when its peer is reset within the handshake, or closes", async () => {
    const reset = await listening(
      createServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    );
    const closed = await listening(createServer((socket) => socket.once("data", () => socket.end())));
    for (const port of [reset, closed]) {
      const told = opened(open, { port, tls: trusting() });
      await expect(told.wire.opened).rejects.toThrow();
      expect(told.isOver()).toBe(false);
    }
  });

  /** Passes on to a TLS server what comes, and back what it answers, but not that it closes. */
  async function passing(
    answer: (socket: TLSSocket) => unknown,
  ): Promise<{ port: number; sockets: Socket[] }> {
    const inner = await secure(answer);
    const sockets: Socket[] = [];
    const port = await listening(
      createServer((socket) => {
        sockets.push(socket);
        socket.pipe(connectTcp(inner, THERE).on("error", () => {})).pipe(socket, { end: false });
      }),
    );
    return { port, sockets };
  }

  test("says that its peer was reset in the middle, after what came before", async () => {
    const { port, sockets } = await passing((socket) => socket.write("hello".repeat(10_000)));
    const told = opened(open, { port, tls: trusting() });
    await told.wire.opened;
    await expect.poll(() => told.text().length).toBe(50_000);
    sockets[0]?.resetAndDestroy();
    expect(await told.over).toBe("ECONNRESET");
  });

  test("is over when its peer says goodbye and keeps the connection", async () => {
    const { port } = await passing((socket) => socket.once("data", () => socket.end("bye")));
    const told = opened(open, { port, tls: trusting() });
    await told.wire.opened;
    told.wire.write(Buffer.from("?"));
    expect(await told.over).toBe("ended");
    expect(told.text()).toBe("bye");
  });

  test.runIf(driver === "kernel")("knows that its peer has closed once it is settled", async () => {
    await settles(open, trusting(), await startTimedServer(own));
  });

  test("carries 8 MB to a slow reader whole", async () => {
    let came = 0;
    const port = await secure((socket) => {
      socket.pause();
      setTimeout(() => socket.resume(), 30);
      socket.on("data", (bytes: Buffer) => (came += bytes.length));
    });
    const told = opened(open, { port, tls: trusting() });
    await told.wire.opened;
    told.wire.write(Buffer.alloc(8 * 2 ** 20, "brimline "));
    await expect.poll(() => came).toBe(8 * 2 ** 20);
  });
});
