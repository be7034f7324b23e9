import { socketAddress } from "@brimline/load/kernel/address";
import { createKernelClock, timespecMs } from "@brimline/load/kernel/clock";
import { C, fixedBuffers, systemError } from "@brimline/load/kernel/libc";
import { openLibc } from "@brimline/load/kernel/open-libc";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { lagQuantiles } from "./lag-quantiles.ts";

/**
 * Compares `sent`, our own clock right before the write, with the time at which the kernel hands the request to the
 * network device (SOF_TIMESTAMPING_TX_SOFTWARE), and says what that stamp costs. It prints one JSON line.
 *
 *     node packages/bench/transmit.ts
 */

const REQUESTS = 5000;
const REQUEST = Buffer.alloc(2000, "a");
const SO_TIMESTAMPING = 37;
/** TX_SOFTWARE, SOFTWARE, OPT_ID and OPT_TSONLY: the time alone comes back, without the bytes. */
const FLAGS = (1 << 1) | (1 << 4) | (1 << 7) | (1 << 11);
const MSG_ERRQUEUE = 0x2000;
const CONTROL_BYTES = 512;

const libc = openLibc();
const clock = createKernelClock(libc);
const server = createServer((socket) => socket.on("error", () => {}).resume());
await once(server.listen(0, "127.0.0.1"), "listening");
const address = socketAddress("127.0.0.1", (server.address() as AddressInfo).port);
const fd = libc.socket(address.family, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
if (libc.connect(fd, address.bytes, address.length) !== 0) throw systemError("connect", libc.errno());
for (const [level, name, value] of [
  [C.IPPROTO_TCP, C.TCP_NODELAY, 1],
  [C.SOL_SOCKET, SO_TIMESTAMPING, FLAGS],
] as const) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  if (libc.setsockopt(fd, level, name, bytes, 4) !== 0) throw systemError("setsockopt", libc.errno());
}
const { message, control, part } = fixedBuffers({ message: 56, control: CONTROL_BYTES, part: 16 });
message.writeBigUInt64LE(libc.addressOf(part), 16);
message.writeBigUInt64LE(1n, 24);
message.writeBigUInt64LE(libc.addressOf(control), 32);
part.writeBigUInt64LE(libc.addressOf(message), 0);
const view = new DataView(control.buffer, control.byteOffset, control.length);

/** The kernel's time of the oldest request whose time was not read yet, or null if there is none. */
function transmittedMs(): number | null {
  message.writeBigUInt64LE(BigInt(CONTROL_BYTES), 40);
  const result = libc.recvmsg(fd, message, MSG_ERRQUEUE | C.MSG_DONTWAIT);
  return result >= 0 && view.getInt32(12, true) === SO_TIMESTAMPING
    ? clock.monotonicMs(timespecMs(view, 16))
    : null;
}

const laterMs: number[] = [];
const readMs: number[] = [];
for (let nth = 0; nth < REQUESTS; nth++) {
  // A time that came late belongs to a request before.
  while (transmittedMs() !== null);
  const sentMs = performance.now();
  libc.send(fd, REQUEST, REQUEST.length, C.MSG_NOSIGNAL);
  const readFromMs = performance.now();
  const atMs = transmittedMs();
  readMs.push(performance.now() - readFromMs);
  if (atMs !== null) laterMs.push(atMs - sentMs);
  if (nth % 100 === 0) {
    clock.compare();
    await sleep(2);
  }
}
libc.close(fd);
server.close();
const figures = {
  requests: REQUESTS,
  stamped: laterMs.length,
  laterMs: lagQuantiles(Float64Array.from(laterMs)),
  readMs: lagQuantiles(Float64Array.from(readMs)),
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
