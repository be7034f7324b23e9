import { getSystemErrorName } from "node:util";

/**
 * The few calls of libc that a socket needs. Each returns what C returns: −1 means that it failed, and
 * `errno` says why. A buffer that only the call itself reads or writes may be any Buffer; an address that C
 * keeps must come from `fixedBuffers`.
 */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Buffer, length: number): number;
  bind(fd: number, address: Buffer, length: number): number;
  listen(fd: number, backlog: number): number;
  getsockname(fd: number, address: Buffer, length: Buffer): number;
  getpeername(fd: number, address: Buffer, length: Buffer): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Buffer, length: Buffer): number;
  send(fd: number, bytes: Buffer, length: number, flags: number): number;
  recvmsg(fd: number, message: Buffer, flags: number): number;
  close(fd: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Buffer): number;
  epollWait(epoll: number, events: Buffer, most: number, timeoutMs: number): number;
  clockGettime(clock: number, time: Buffer): number;
  errno(): number;
  /** The address of a buffer from `fixedBuffers`. */
  addressOf(buffer: Buffer): bigint;
}

/** What Linux calls its numbers. They are the same on x64 and arm64. */
export const C = {
  AF_INET: 2,
  AF_INET6: 10,
  SOCK_STREAM: 1,
  SOCK_NONBLOCK: 0x800,
  SOCK_CLOEXEC: 0x80000,
  SOL_SOCKET: 1,
  SO_ERROR: 4,
  SO_KEEPALIVE: 9,
  SO_TIMESTAMPNS: 35,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_KEEPIDLE: 4,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  EPOLL_CLOEXEC: 0x80000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_MOD: 3,
  EPOLLIN: 0x1,
  EPOLLOUT: 0x4,
  EPOLLERR: 0x8,
  EPOLLHUP: 0x10,
  CLOCK_REALTIME: 0,
  EINTR: 4,
  EAGAIN: 11,
  EINPROGRESS: 115,
} as const;

/** The error that a failed call means, with the name of the failure in `code`, as Node's own sockets have it. */
export function systemError(call: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call} ${code}`), { code });
}

/**
 * Buffers whose addresses C may keep. They share one piece of memory off V8's heap, where nothing moves them, and
 * none is freed as long as one of them is in use: a buffer whose address only C knows would be collected.
 */
export function fixedBuffers<Name extends string>(sizes: Record<Name, number>): Record<Name, Buffer> {
  const starts = new Map<string, number>();
  let length = 0;
  for (const [name, bytes] of Object.entries<number>(sizes)) {
    starts.set(name, length);
    length += Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
  }
  const memory = new ArrayBuffer(length);
  const buffers = Object.entries<number>(sizes).map(([name, bytes]) => [
    name,
    Buffer.from(memory, starts.get(name), bytes),
  ]);
  return Object.fromEntries(buffers) as Record<Name, Buffer>;
}

/** A cache line: each buffer begins at one, so that everything in it is aligned. */
const LINE_BYTES = 64;
