import { listenSilently } from "@brimline/testkit/load/silent";
import {
  type Played,
  startTimedServer,
  type Step,
  type TimedServer,
} from "@brimline/testkit/load/timed-server";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { socketAddress } from "./address.ts";
import {
  createKernel,
  type Kernel,
  type KernelSocket,
  type SocketListener,
  type SocketReader,
} from "./kernel.ts";
import type { Libc } from "./libc.ts";
import { tryKernel } from "./trial.ts";
import type { Wake, WakeBy } from "./wake.ts";

const { kernel: tried, whyNot } = await tryKernel();
const HOST = "127.0.0.1";
/** How exactly the wall clock is brought to the monotonic one, and a server's clock to ours, ms. */
const CLOCK_ERROR_MS = 0.3;
/** How long the kernel of a busy machine may keep a packet before its bytes can be read, ms. */
const DELIVERY_MS = 20;

interface Read {
  from: number;
  to: number;
  atMs: number;
  earlierMs: number;
  isStamped: boolean;
}

/** A connection that notes what it is told. */
interface Noted {
  socket: KernelSocket;
  text(): string;
  reads: Read[];
  /** It resolves with how the connection ended. */
  over: Promise<string>;
  connected: Promise<void>;
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Connects, and does for each event what `also` says on top. */
function connectTo(
  kernel: Kernel,
  port: number,
  { host = HOST, ...also }: Partial<SocketListener & SocketReader> & { host?: string } = {},
): Noted {
  const pieces: Buffer[] = [];
  const reads: Read[] = [];
  let bytesRead = 0;
  const { promise: over, resolve } = Promise.withResolvers<string>();
  const { promise: connected, resolve: connect } = Promise.withResolvers<void>();
  const listener: SocketListener & SocketReader = {
    connected() {
      connect();
      also.connected?.();
    },
    read(bytes, count, atMs, earlierMs, isStamped) {
      also.read?.(bytes, count, atMs, earlierMs, isStamped);
      pieces.push(Buffer.from(bytes.subarray(0, count)));
      reads.push({ from: bytesRead, to: bytesRead + count, atMs, earlierMs, isStamped });
      bytesRead += count;
    },
    ended() {
      resolve("ended");
      also.ended?.();
    },
    failed(error) {
      resolve("code" in error ? String(error.code) : error.message);
      also.failed?.(error);
    },
  };
  const socket = kernel.connect(socketAddress(host, port), listener, listener);
  closing.push(() => socket.close());
  return { socket, text: () => Buffer.concat(pieces).toString("latin1"), reads, over, connected };
}

/** A server in this thread. */
async function serve(
  answer: (socket: Socket) => unknown,
  host = HOST,
): Promise<{ port: number; server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    answer(socket);
  });
  await once(server.listen(0, host, 4096), "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server, sockets };
}

const until = (isSo: () => boolean): Promise<void> => expect.poll(isSo, { interval: 2 }).toBe(true);

/** Errors that nobody caught, which would end the process, come here meanwhile. */
async function uncaughtIn(act: () => Promise<void>): Promise<unknown[]> {
  const usual = process.listeners("uncaughtException");
  const errors: unknown[] = [];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => errors.push(error));
  try {
    await act();
    return errors;
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of usual) process.on("uncaughtException", listener);
  }
}

describe.skipIf(whyNot !== null)("the kernel's sockets", () => {
  const kernel = tried as Kernel;
  let libc: Libc;
  let timed: TimedServer;
  beforeAll(async () => {
    libc = (await import("./open-libc.ts")).openLibc();
    timed = await startTimedServer();
  });
  afterAll(() => timed.close());

  describe("tell", () => {
    test.each([
      ["127.0.0.1", "127.0.0.1", "127.0.0.1"],
      ["::1", "::1", "0:0:0:0:0:0:0:1"],
      ["::ffff:127.0.0.1", "127.0.0.1", "0:0:0:0:0:ffff:7f00:1"],
    ])("of a connection to %s who is at its other end", async (to, at, peer) => {
      const { port } = await serve((socket) => socket.end("hello"), at);
      const noted = connectTo(kernel, port, { host: to });
      await noted.connected;
      expect(noted.socket.peer()).toBe(peer);
      expect(await noted.over).toBe("ended");
      expect(noted.text()).toBe("hello");
      expect(noted.socket.peer()).toBeNull();
    });

    test("what a peer wrote before anything was asked", async () => {
      const { port } = await serve((socket) => socket.write("hello"));
      const noted = connectTo(kernel, port);
      await until(() => noted.text() === "hello");
    });

    test("that nobody listens", async () => {
      const { port, server } = await serve(() => {});
      await new Promise((resolve) => server.close(resolve));
      expect(await connectTo(kernel, port).over).toBe("ECONNREFUSED");
    });

    test("at once that there is no way", () => {
      expect(() => connectTo(kernel, 1, { host: "255.255.255.255" })).toThrow(/^connect E(NETUNREACH|ACCES)/);
    });

    test("of a reset", async () => {
      const { port } = await serve((socket) => socket.on("data", () => socket.resetAndDestroy()));
      const noted = connectTo(kernel, port);
      noted.socket.write(Buffer.from("?"));
      expect(await noted.over).toBe("ECONNRESET");
    });

    test("all that lies unread before a reset that a write finds first", async () => {
      const noted = connectTo(kernel, timed.port);
      await noted.connected;
      const asked = timed.ask([{ text: "answer", times: 8000 }, { waitMs: 5 }, { close: "reset" }]);
      noted.socket.write(Buffer.from(`${asked.word}\n`));
      asked.block();
      noted.socket.write(Buffer.from("more"));
      expect(noted.text()).toHaveLength(48_000);
      expect(await noted.over).toMatch(/^(ended|ECONNRESET|EPIPE)$/);
    });

    test("nothing after it was closed, wherever it was", async () => {
      const { port } = await serve((socket) => socket.end("hello"));
      const told: string[] = [];
      const noting = (name: string, act = (): void => {}): Partial<SocketListener & SocketReader> => ({
        connected: () => (told.push(`${name} connected`), act()),
        read: () => (told.push(`${name} read`), act()),
        ended: () => told.push(`${name} ended`),
        failed: () => told.push(`${name} failed`),
      });
      connectTo(kernel, port, noting("at once")).socket.close();
      const first = connectTo(
        kernel,
        port,
        noting("connected", () => first.socket.close()),
      );
      const second = connectTo(kernel, port, {
        ...noting("read"),
        read: () => (told.push("read read"), second.socket.close()),
      });
      const last = connectTo(kernel, port, noting("last"));
      expect(await last.over).toBe("ended");
      await sleep(5);
      expect(told.filter((one) => !one.startsWith("last")).toSorted()).toEqual([
        "connected connected",
        "read connected",
        "read read",
      ]);
    });
  });

  test("a body of 8 MB reaches a slow reader whole, and `written` comes once, when it is sent", async () => {
    const hash = createHash("sha256");
    let came = 0;
    const { port } = await serve((socket) => {
      socket.pause();
      setTimeout(() => socket.resume(), 30);
      socket.on("data", (bytes: Buffer) => {
        hash.update(bytes);
        came += bytes.length;
        socket.pause();
        setTimeout(() => socket.resume(), came % 5 === 0 ? 2 : 0);
      });
    });
    const body = Buffer.alloc(8 * 2 ** 20, "brimline ");
    const told: string[] = [];
    const { socket } = connectTo(kernel, port);
    socket.write(Buffer.from("head"), () => told.push("head"));
    socket.write(body, () => told.push(`body after ${came > body.length / 4}`));
    socket.write(Buffer.from("tail"), () => told.push("tail"));
    await until(() => came === body.length + 8);
    expect(told).toEqual(["head", "body after true", "tail"]);
    expect(hash.digest("hex")).toBe(
      createHash("sha256").update("head").update(body).update("tail").digest("hex"),
    );
  });

  describe("while answers are short", () => {
    /** Asks an echo one thing after another, and resolves after so many answers. */
    async function askInTurn(kernel: Kernel, times: number, pauseMs = 0): Promise<void> {
      const { port } = await serve((socket) => socket.pipe(socket));
      const { promise: over, resolve } = Promise.withResolvers<void>();
      let answers = 0;
      const noted = connectTo(kernel, port, {
        connected: () => queueMicrotask(ask),
        read() {
          if (++answers === times) resolve();
          else if (pauseMs === 0) ask();
          else setTimeout(ask, pauseMs);
        },
      });
      const ask = (): void => noted.socket.write(Buffer.from("?"));
      await over;
      noted.socket.close();
    }

    test("arrivals wake the sweep without its timer", async () => {
      vi.useFakeTimers({ toFake: ["setTimeout"] });
      closing.push(() => vi.useRealTimers());
      const { openWake } = await import("./open-wake.ts");
      const noted = connectTo(createKernel(libc, openWake()), timed.port);
      const ask = (steps: Step[]): Promise<Played> => {
        const asked = timed.ask(steps);
        noted.socket.write(Buffer.from(`${asked.word}\n`));
        return asked.played;
      };
      for (const text of ["a", "ab"]) {
        void ask([{ text: text.slice(-1) }]);
        while (noted.text() !== text) {
          vi.advanceTimersByTime(1);
          await new Promise(setImmediate);
        }
      }
      // The timer goes on, so that a read knows how long its bytes may have waited.
      vi.advanceTimersByTime(1);
      expect(vi.getTimerCount()).toBe(1);
      // Only its end is told to this thread by other means, and few other timers turn its event loop.
      await ask(Array.from({ length: 20 }, () => [{ text: "x" }, { waitMs: 5 }]).flat());
      expect(noted.reads.length).toBeGreaterThan(12);
    });

    test.each([
      ["are watched until the last socket is closed", 0, ["on", "off"]],
      ["are not watched where a socket is asked again after a quarter of a second", 250, []],
    ])("arrivals %s", async (_fact, pauseMs, expected) => {
      const told: string[] = [];
      const note: Wake = { on: () => void told.push("on"), off: () => void told.push("off") };
      const noteOf: WakeBy = () => note;
      await askInTurn(createKernel(libc, noteOf), 2, pauseMs);
      await sleep(5);
      expect(told).toEqual(expected);
    });
  });

  test("1,500 sockets of which all have something are all read", async () => {
    const all = Array.from({ length: 1500 }, () => connectTo(kernel, timed.port));
    await Promise.all(all.map(({ connected }) => connected));
    const asked = all.map(({ socket }) => {
      const one = timed.ask([{ text: "hello" }]);
      socket.write(Buffer.from(`${one.word}\n`));
      return one;
    });
    await Promise.all(asked.map(({ played }) => played));
    await until(() => all.every((noted) => noted.text() === "hello"));
    for (const { socket } of all) socket.close();
  });

  test("a socket that floods does not keep another waiting", async () => {
    let flooded = 0;
    const flood = connectTo(kernel, timed.port, {
      read: (_bytes, count) => void (flooded += count),
    });
    const many = timed.ask([{ text: "x".repeat(1024), times: 100 * 1024 }]);
    flood.socket.write(Buffer.from(`${many.word}\n`));
    const { port } = await serve((socket) => socket.pipe(socket));
    const before: number[] = [];
    const other = connectTo(kernel, port, {
      read() {
        before.push(flooded);
        other.socket.write(Buffer.from("?"));
      },
    });
    other.socket.write(Buffer.from("?"));
    await until(() => flooded === 100 * 2 ** 20);
    expect(new Set(before).size).toBeGreaterThan(5);
  });

  test("an error of one listener costs its socket alone, and is heard of", async () => {
    const bad = connectTo(kernel, timed.port, {
      read() {
        throw new Error("a listener failed");
      },
    });
    const good = Array.from({ length: 5 }, () => connectTo(kernel, timed.port));
    await Promise.all([bad, ...good].map(({ connected }) => connected));
    const open = kernel.open;
    const errors = await uncaughtIn(async () => {
      const asked = [bad, ...good].map(({ socket }) => {
        const one = timed.ask([{ text: "hello" }]);
        socket.write(Buffer.from(`${one.word}\n`));
        return one;
      });
      asked.at(-1)?.block();
      await until(() => good.every((noted) => noted.text() === "hello"));
      await sleep(5);
    });
    expect(errors).toEqual([new Error("a listener failed")]);
    expect(kernel.open).toBe(open - 1);
  });

  test("what happened to a descriptor is not told to who has it next", async () => {
    const silent = await listenSilently(libc, "127.0.0.3");
    closing.push(() => silent.close());
    const told: string[] = [];
    /** Whoever is read first closes the other, whose descriptor the next connection gets. */
    function swap(name: string, other: () => Noted): void {
      told.push(`read ${name}`);
      other().socket.close();
      connectTo(kernel, silent.port, {
        host: "127.0.0.3",
        connected: () => told.push("connected to nobody"),
        failed: () => told.push("failed"),
      });
    }
    const a: Noted = connectTo(kernel, timed.port, { read: () => swap("a", () => b) });
    const b: Noted = connectTo(kernel, timed.port, { read: () => swap("b", () => a) });
    await Promise.all([a.connected, b.connected]);
    const asked = [a, b].map(({ socket }) => {
      const one = timed.ask([{ text: "hello" }]);
      socket.write(Buffer.from(`${one.word}\n`));
      return one;
    });
    asked.at(-1)?.block();
    await sleep(50);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^read [ab]$/);
  });

  test("reading on within a read does not change what is being read", async () => {
    let isNested = false;
    const other = connectTo(kernel, timed.port);
    const one: Noted = connectTo(kernel, timed.port, {
      read(bytes, count) {
        isNested = true;
        other.socket.readNow();
        one.socket.readNow();
        expect(bytes.toString("latin1", 0, count)).toBe("hello");
      },
    });
    await Promise.all([one.connected, other.connected]);
    const asked = [other, one].map(({ socket }, nth) => {
      const each = timed.ask([{ text: nth === 0 ? "other" : "hello" }]);
      socket.write(Buffer.from(`${each.word}\n`));
      return each;
    });
    asked.at(-1)?.block();
    one.socket.readNow();
    expect({ isNested, one: one.text(), other: other.text() }).toEqual({
      isNested: true,
      one: "hello",
      other: "",
    });
    await until(() => other.text() === "other");
  });

  test("the garbage collector takes nothing that the kernel still writes to", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { port } = await serve((socket) => socket.pipe(socket));
    // What was in use only while a kernel was made is garbage now.
    const own = createKernel(libc);
    collect();
    const noted = connectTo(own, port);
    let sent = "";
    for (let turn = 0; turn < 10; turn++) {
      const text = `${turn} `.repeat(500);
      sent += text;
      noted.socket.write(Buffer.from(text));
      Array.from({ length: 50 }, () => Buffer.alloc(20_000, 255));
      collect();
      await sleep(1);
    }
    await until(() => noted.text().length === sent.length);
    expect(noted.text()).toBe(sent);
    expect(noted.reads.every(({ isStamped }) => isStamped)).toBe(true);
  });

  describe("give a read the time of its last packet", () => {
    /** Whether each text came when its read says, or before that by as much as the read says. */
    function expectTruth(
      { reads }: Noted,
      texts: { fromMs: number; toMs: number; length: number }[],
      errorMs = CLOCK_ERROR_MS,
    ): void {
      let at = 0;
      const wrong: unknown[] = [];
      for (const { fromMs, toMs, length } of texts) {
        for (const read of reads.filter(({ from, to }) => from < at + length && to > at)) {
          const isLate = fromMs > read.atMs + errorMs;
          const isEarly = toMs < read.atMs - read.earlierMs - errorMs - DELIVERY_MS;
          if (isLate || isEarly) wrong.push({ fromMs, toMs, ...read });
        }
        at += length;
      }
      expect(wrong).toEqual([]);
    }

    test("although this thread was busy for 60 ms", async () => {
      const noted = connectTo(kernel, timed.port);
      await noted.connected;
      const steps = [{ waitMs: 20 }, { text: "a" }, { waitMs: 20 }, { text: "bb" }, { waitMs: 20 }];
      const asked = timed.ask([...steps, { text: "ccc" }, { waitMs: 40 }]);
      noted.socket.write(Buffer.from(`${asked.word}\n`));
      asked.block();
      const { written } = await asked.played;
      await until(() => noted.text() === "abbccc");
      const [last] = written.toReversed();
      const [read] = noted.reads;
      if (last === undefined || read === undefined) throw new Error("nothing was read");
      expect(noted.reads).toHaveLength(1);
      expect(read.isStamped).toBe(true);
      expect(read.atMs).toBeGreaterThan(last.fromMs - CLOCK_ERROR_MS);
      expect(read.atMs).toBeLessThan(last.toMs + 1);
      expect(read.earlierMs).toBeGreaterThan(30);
      expectTruth(
        noted,
        written.map((times, nth) => ({ ...times, length: nth + 1 })),
      );
    });

    test("also of what a full read left behind", async () => {
      const short = createKernel(libc, null, 2000);
      const noted = connectTo(short, timed.port);
      await noted.connected;
      const pieces = Array.from({ length: 10 }, () => [{ waitMs: 10 }, { text: "x", times: 700 }]).flat();
      const asked = timed.ask(pieces);
      noted.socket.write(Buffer.from(`${asked.word}\n`));
      asked.block();
      await until(() => noted.text().length === 7000);
      const { written } = await asked.played;
      expect(noted.reads.length).toBeGreaterThan(3);
      expectTruth(
        noted,
        written.map((times) => ({ ...times, length: 700 })),
      );
    });

    test.each([
      ["forth by an hour", 3_600_000],
      ["back by an hour", -3_600_000],
      ["forth by 3 ms", 3],
      ["back by 3 ms", -3],
    ])("or say that it is not exact, where the wall clock is set %s", async (_how, byMs) => {
      let isSet = false;
      const setClock = createKernel({
        ...libc,
        clockGettime(clock, time) {
          const result = libc.clockGettime(clock, time);
          if (!isSet) return result;
          const ns = time.readBigInt64LE(0) * 1_000_000_000n + time.readBigInt64LE(8);
          const shifted = ns + BigInt(byMs) * 1_000_000n;
          time.writeBigInt64LE(shifted / 1_000_000_000n, 0);
          time.writeBigInt64LE(shifted % 1_000_000_000n, 8);
          return result;
        },
      });
      const noted = connectTo(setClock, timed.port);
      await noted.connected;
      const asked = timed.ask(Array.from({ length: 200 }, () => [{ waitMs: 1 }, { text: "x" }]).flat());
      noted.socket.write(Buffer.from(`${asked.word}\n`));
      const setting = setInterval(() => (isSet = !isSet), 90);
      await until(() => noted.text().length === 200);
      clearInterval(setting);
      const { written } = await asked.played;
      // A step that is smaller than what neighbours cause is not seen until the clocks are compared again.
      const unseenMs = Math.abs(byMs) <= 5 ? Math.abs(byMs) : 0;
      expectTruth(
        noted,
        written.map((times) => ({ ...times, length: 1 })),
        CLOCK_ERROR_MS + unseenMs,
      );
      const times = noted.reads.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.max(...times)).toBeLessThan(performance.now());
      // By far the most times are still the kernel's.
      const exact = noted.reads.filter(({ isStamped }) => isStamped);
      expect(exact.length).toBeGreaterThan(noted.reads.length / 4);
    });
  });
});
