import { socketAddress, portOf } from "@brimline/load/kernel/address";
import { C, type Libc } from "@brimline/load/kernel/libc";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const FILLERS = 4;
const FILLED_MS = 30;

/**
 * Listens on a port and accepts nobody, and its queue is full: who connects to it hears nothing. The port is one
 * that is free, unless one is given.
 */
export async function listenSilently(
  libc: Libc,
  host: string,
  port = 0,
): Promise<{ port: number; close(): void }> {
  const fd = libc.socket(C.AF_INET, C.SOCK_STREAM | C.SOCK_CLOEXEC, 0);
  const { bytes, length } = socketAddress(host, port);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  if (libc.bind(fd, bytes, length) !== 0 || libc.listen(fd, 0) !== 0) throw new Error(`no port on ${host}`);
  libc.getsockname(fd, bytes, size);
  const bound = portOf(bytes);
  const fillers = Array.from({ length: FILLERS }, () => connect(bound, host).on("error", () => {}));
  await sleep(FILLED_MS);
  return {
    port: bound,
    close() {
      for (const filler of fillers) filler.destroy();
      libc.close(fd);
    },
  };
}
