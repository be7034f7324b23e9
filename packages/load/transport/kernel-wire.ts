import { Duplex } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { OpenWire, Wire, WireSink, WireTarget } from "../guard/wire.ts";
import { socketAddress } from "../kernel/address.ts";
import type { Kernel, KernelSocket, SocketListener, SocketReader } from "../kernel/kernel.ts";
import { takeDecrypted } from "./decrypted.ts";
import { lastRecords } from "./tls-records.ts";
import { wireLife } from "./wire-life.ts";

/** Where a name has several addresses, each but the last has so long to answer, as with Node's own sockets. */
const NEXT_ADDRESS_MS = 250;
/** What comes out of a read over TLS. It is used up before the next read of any wire, and grows with the largest. */
let text = Buffer.allocUnsafeSlow(16 * 1024);

/** A wire by the kernel's sockets: bytes carry the kernel's time of arrival, however late they are read. */
export const kernelWire =
  (kernel: Kernel): OpenWire =>
  (target, sink) =>
    target.tls === null ? plainWire(kernel, target, sink) : tlsWire(kernel, target, target.tls, sink);

function plainWire(kernel: Kernel, target: WireTarget, sink: WireSink): Wire {
  const life = wireLife(sink);
  const listener: SocketListener = {
    connected: () => life.open(),
    ended: () => life.ended(),
    failed: (error) => life.failed(error),
  };
  const line = connectInTurn(kernel, target, listener, sink);
  return {
    opened: life.opened,
    peer: () => line.peer(),
    write: (bytes) => line.write(bytes),
    async settled() {
      line.readNow();
    },
    destroy(error) {
      life.over(error);
      line.close();
    },
  };
}

/**
 * TLS by Node over the kernel's socket. Node decrypts a read while it is given it, so what comes out until then has
 * the time of that read. It comes one TLS record at a time and is handed on together. It is exact only where the
 * record that ends the read says something, because no other need have come with the last packet.
 */
function tlsWire(kernel: Kernel, target: WireTarget, tls: ConnectionOptions, sink: WireSink): Wire {
  const life = wireLife(sink);
  const lastRecord = lastRecords();
  let arrival = { atMs: 0, earlierMs: 0 };
  let isReading = false;
  /** How much of `text` came out of this read so far. */
  let textBytes = 0;
  /** How many reads brought something, be it the end. */
  let news = 0;
  const carrier = new Duplex({
    read() {},
    write: (bytes: Buffer, _encoding, written) => line.write(bytes, () => written()),
    destroy(error, closed) {
      line.close();
      closed(error);
    },
  });

  /** Node hears of the bytes as of those of any stream that flows, and has copied them when this returns. */
  const decrypt = (bytes: Buffer): void => void carrier.emit("data", bytes);

  function take(bytes: Buffer, count: number): void {
    // What Node gives out later may lie before the end of the latest read.
    if (!isReading) return sink.read(bytes, count, arrival.atMs, arrival.earlierMs, false);
    if (textBytes + count > text.length) text = Buffer.concat([text], 2 * (textBytes + count));
    bytes.copy(text, textBytes, 0, count);
    textBytes += count;
  }

  const reader: SocketReader = {
    read(bytes, count, atMs, earlierMs, isExact) {
      news++;
      arrival = { atMs, earlierMs };
      const last = lastRecord(bytes, count);
      isReading = true;
      textBytes = 0;
      if (last > 0) decrypt(bytes.subarray(0, last));
      const beforeLast = textBytes;
      if (last < count) decrypt(bytes.subarray(last, count));
      isReading = false;
      if (textBytes > 0) sink.read(text, textBytes, atMs, earlierMs, isExact && textBytes > beforeLast);
    },
  };
  const listener: SocketListener = {
    connected() {},
    ended() {
      news++;
      carrier.push(null);
    },
    failed(error) {
      life.failed(error);
      carrier.destroy();
    },
  };
  const line = connectInTurn(kernel, target, listener, reader);
  const socket = connectTls({ ...tls, host: target.host, socket: carrier });
  socket.once("secureConnect", () => life.open());
  socket.on("session", (ticket) => target.keepSession(ticket));
  takeDecrypted(socket, take);
  socket.on("error", (error: Error) => life.failed(error));
  socket.on("end", () => life.ended());
  socket.on("close", () => life.ended());
  return {
    opened: life.opened,
    peer: () => line.peer(),
    write: (bytes) => void socket.write(bytes),
    async settled() {
      const before = news;
      line.readNow();
      // Node tells of the end some ticks later.
      if (news > before) await nextTurn();
    },
    destroy(error) {
      life.over(error);
      socket.destroy();
      carrier.destroy();
    },
  };
}

/** A connection to the first address of a target that answers. */
type Line = Pick<KernelSocket, "write" | "readNow" | "peer" | "close">;

/** Tries the addresses of a target one after the other. The listener hears of the one that answered. */
function connectInTurn(
  kernel: Kernel,
  { addresses, port }: WireTarget,
  listener: SocketListener,
  reader: SocketReader,
): Line {
  const left = addresses.map(({ address }) => socketAddress(address, port));
  const errors: Error[] = [];
  /** What is written before the connection stands. */
  const early: Parameters<Line["write"]>[] = [];
  let socket: KernelSocket | null = null;
  let isConnected = false;
  let patience: NodeJS.Timeout | null = null;

  function next(): void {
    const address = left.shift();
    if (address === undefined) return listener.failed(failureOf(errors));
    if (left.length > 0)
      patience = setTimeout(() => {
        socket?.close();
        failed(Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" }));
      }, NEXT_ADDRESS_MS);
    try {
      socket = kernel.connect(address, { connected, ended: () => listener.ended(), failed }, reader);
    } catch (error) {
      // Whoever began to connect cannot hear of it before this returns.
      queueMicrotask(() => failed(error instanceof Error ? error : new Error(String(error))));
    }
  }

  function connected(): void {
    isConnected = true;
    if (patience !== null) clearTimeout(patience);
    for (const written of early.splice(0)) socket?.write(...written);
    listener.connected();
  }

  function failed(error: Error): void {
    if (patience !== null) clearTimeout(patience);
    if (isConnected) return listener.failed(error);
    errors.push(error);
    next();
  }

  next();
  return {
    write(bytes, written) {
      if (isConnected) socket?.write(bytes, written);
      else early.push([bytes, written]);
    },
    readNow: () => socket?.readNow(),
    peer: () => socket?.peer() ?? null,
    close() {
      if (patience !== null) clearTimeout(patience);
      left.length = 0;
      socket?.close();
    },
  };
}

/** The error of the only address, or all of them. */
function failureOf(errors: Error[]): Error {
  const [first, ...others] = errors;
  return first !== undefined && others.length === 0 ? first : new AggregateError(errors);
}
