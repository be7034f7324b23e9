import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { socketAddress } from "./address.ts";
import {
  createKernel,
  type Kernel,
  type KernelSocket,
  type SocketListener,
  type SocketReader,
} from "./kernel.ts";
import type { Libc } from "./libc.ts";
import type { WakeBy } from "./wake.ts";

/** The kernel's sockets, or why this process has none that stamp. */
export type KernelTrial = { kernel: Kernel; whyNot: null } | { kernel: null; whyNot: string };

const LOOPBACK = "127.0.0.1";
/** Far more than a byte takes from one socket of this process to another. */
const TRIAL_MS = 2000;
/**
 * Linux begins to stamp some ms after the first socket of the machine asks for it. A thread of the kernel sees to that,
 * which waits for its turn on a full core.
 */
const STAMPS_WITHIN_MS = 1000;
const AGAIN_MS = 1;

/** koffi is not everywhere: it is an optional dependency, and has binaries for some platforms only. */
const systemLibc = async (): Promise<Libc> => (await import("./open-libc.ts")).openLibc();

/** Without it a kernel reads everything by its timer. */
async function systemWake(): Promise<WakeBy | null> {
  try {
    return (await import("./open-wake.ts")).openWake();
  } catch {
    return null;
  }
}

/** Finds out whether the kernel stamps what arrives, by a byte over a loopback connection of its own. */
export async function tryKernel(open = systemLibc, openWake = systemWake): Promise<KernelTrial> {
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch))
    return { kernel: null, whyNot: `it has no driver for ${process.platform} on ${process.arch}` };
  try {
    const kernel = createKernel(await open(), await openWake());
    await exchangeOneByte(kernel);
    return { kernel, whyNot: null };
  } catch (error) {
    return { kernel: null, whyNot: error instanceof Error ? error.message : String(error) };
  }
}

async function exchangeOneByte(kernel: Kernel): Promise<void> {
  const accepted: Socket[] = [];
  const server = createServer((peer) => {
    accepted.push(peer);
    peer.on("error", () => {}).pipe(peer);
  });
  await once(server.listen(0, LOOPBACK), "listening");
  const { port } = server.address() as AddressInfo;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(new Error("a loopback connection of its own stayed silent")),
    TRIAL_MS,
  );
  let sentMs = Infinity;
  const beganMs = performance.now();
  let socket: KernelSocket | null = null;
  const ask = (): void => {
    sentMs = performance.now();
    socket?.write(Buffer.from("?"));
  };
  const listener: SocketListener & SocketReader = {
    connected: ask,
    read(bytes, count, atMs, _earlierMs, isStamped) {
      const isRight = count === 1 && bytes[0] === "?".charCodeAt(0);
      if (!isRight) reject(new Error("a loopback connection of its own brought other bytes than were sent"));
      else if (isStamped && atMs >= sentMs) resolve();
      else if (sentMs - beganMs < STAMPS_WITHIN_MS) setTimeout(ask, AGAIN_MS);
      else if (isStamped)
        reject(new Error("the kernel's times of arrival are earlier than the bytes were sent"));
      else reject(new Error("the kernel gives no time of arrival"));
    },
    ended: () => reject(new Error("a loopback connection of its own was closed")),
    failed: reject,
  };
  try {
    socket = kernel.connect(socketAddress(LOOPBACK, port), listener, listener);
    await promise;
  } finally {
    clearTimeout(timer);
    socket?.close();
    for (const peer of accepted) peer.destroy();
    // Whoever counts the sockets of this process afterwards finds none of the trial's.
    await new Promise((closed) => server.close(closed));
  }
}
