import { performance } from "node:perf_hooks";
import { ADDRESS_BYTES, ipOf, type SocketAddress } from "./address.ts";
import { createKernelClock, timespecMs } from "./clock.ts";
import { C, fixedBuffers, type Libc, systemError } from "./libc.ts";
import type { Wake, WakeBy } from "./wake.ts";

/**
 * It is told what happens to one socket. Nothing is told after `ended` or `failed`, or after the socket was closed.
 * It may call every socket, but while `read` lasts nothing else is read. One that throws loses its socket, and the
 * error is thrown again in a turn of its own, so that the other sockets do not suffer.
 */
export interface SocketListener {
  connected(): void;
  /** The peer will send no more. */
  ended(): void;
  failed(error: Error): void;
}

/**
 * It takes what a socket brings. It is apart from the listener, because with a thousand sockets each object on the way
 * of a chunk lies outside the cache, and takes a tenth of a µs to reach.
 */
export interface SocketReader {
  /**
   * `bytes` holds what was read up to `count`, and is used up before this returns. `atMs` is the
   * `performance.now()` at which the kernel took in the last of it. If that is not known, it is the time of the
   * read and `isStamped` is false. The bytes before the last packet came up to `earlierMs` earlier, and not before
   * the socket was last seen empty. The times of a socket never go back.
   */
  read(bytes: Buffer, count: number, atMs: number, earlierMs: number, isStamped: boolean): void;
}

/** One TCP connection. */
export interface KernelSocket {
  /** Sends bytes, which must not change until `written` is called. They wait if the kernel takes no more. */
  write(bytes: Buffer, written?: () => void): void;
  /** Reads what has come by now, such as the end. */
  readNow(): void;
  /** The address of the peer, or null if there is none (yet). */
  peer(): string | null;
  close(): void;
}

export interface Kernel {
  /** Begins to connect. It throws where the kernel refuses at once. */
  connect(address: SocketAddress, listener: SocketListener, reader: SocketReader): KernelSocket;
  /** How many sockets are open. */
  readonly open: number;
}

/**
 * How often sockets are looked at, ms. A read that comes late loses nothing but the times of what was merged
 * (see `earlierMs`), so that many are read in one turn of the event loop, for a fraction of the cost.
 */
const SWEEP_MS = 1;
/**
 * A user asks again half a sweep late. Where sockets are asked again within less than this, on average, that would be
 * more than a quarter of a percent of their time, and arrivals wake the sweep. Each wake costs about as much CPU as a
 * chunk, which is little of what so many requests cost.
 */
const SHORT_MS = 200;
/** The average goes over about so many requests. */
const ASKED_AGAIN = 16;
const EVENTS = 1024;
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
/** `struct epoll_event` is packed on x64 only. */
const EVENT_DATA = EVENT_BYTES - 8;
/**
 * What one read takes at most. In a flood every read ends in the middle of a chunk, which costs as much as thirty whole
 * ones, and fits the second cache of a core.
 */
const READ_BYTES = 256 * 1024;
/** A socket that always has more must not keep the others waiting. */
const READS_AT_ONCE = 4;
const TCP_KEEP_IDLE_S = 60;
/** Linux slews both clocks together, so that they move apart only where the wall clock is set. */
const COMPARISON_MS = 64;
/**
 * How far a time of arrival may lie outside the time in which its bytes came. A packet is stamped some µs before its
 * bytes can be read, and a neighbour may take the core in between.
 */
const TOLERANCE_MS = 5;

/** Where things lie in `struct msghdr` and `struct cmsghdr` of 64-bit Linux. */
const MESSAGE = { bytes: 56, parts: 16, partCount: 24, control: 32, controlBytes: 40 };
const CONTROL = { bytes: 64, level: 8, type: 12, data: 16, used: 32 };

/**
 * Sockets of our own over libc: one epoll for all of them, which a timer sweeps, and each read with the
 * kernel's own time of arrival (SO_TIMESTAMPNS). All connections of a process share it. While answers are short,
 * arrivals wake the sweep, too, if this process has a `wakeBy`. A read takes `readBytes` at most.
 */
export function createKernel(libc: Libc, wakeBy: WakeBy | null = null, readBytes = READ_BYTES): Kernel {
  const epoll = checked("epoll_create1", libc.epollCreate(C.EPOLL_CLOEXEC));
  const wake = wakeBy?.(epoll) ?? null;
  const { events, event, data, control, part, message } = fixedBuffers({
    events: EVENTS * EVENT_BYTES,
    event: EVENT_BYTES,
    data: readBytes,
    control: CONTROL.bytes,
    part: 16,
    message: MESSAGE.bytes,
  });
  const eventView = viewOf(events);
  const controlView = viewOf(control);
  const messageView = viewOf(message);
  part.writeBigUInt64LE(libc.addressOf(data), 0);
  part.writeBigUInt64LE(BigInt(readBytes), 8);
  message.writeBigUInt64LE(libc.addressOf(part), MESSAGE.parts);
  message.writeBigUInt64LE(1n, MESSAGE.partCount);
  message.writeBigUInt64LE(libc.addressOf(control), MESSAGE.control);

  const clock = createKernelClock(libc);
  /** By their descriptors. */
  const sockets: (Socket | undefined)[] = [];
  let open = 0;
  let timer: NodeJS.Timeout | null = null;
  /** The sweep that comes with the next turn of the event loop, whatever that turns for. */
  let withTurn: NodeJS.Immediate | null = null;
  let isTimed = false;
  let isWoken = false;
  /** How long it takes until a socket is asked again, on average over the latest requests. */
  let askedAgainMs = Infinity;
  let comparedMs = performance.now();
  /** When the sockets were asked the last time and the time before: one that had nothing then was empty. */
  let askedMs = performance.now();
  let askedBeforeMs = askedMs;
  /** Whether a socket has more than was read in this sweep. */
  let hasMore = false;
  /** Whether a listener is using what was read. */
  let isInUse = false;
  let generation = 0;

  function checked(call: string, result: number): number {
    if (result >= 0) return result;
    throw systemError(call, libc.errno());
  }

  /**
   * The time of the last packet of the last read, whose bytes came after `emptyMs` and by `nowMs`. It is null where
   * the kernel gave none, and where it gave one that cannot be: the wall clock was set, or the packet came out of
   * order and waited for an earlier one.
   */
  function stampMs(emptyMs: number, nowMs: number): number | null {
    if (
      messageView.getUint32(MESSAGE.controlBytes, true) < CONTROL.used ||
      controlView.getInt32(CONTROL.level, true) !== C.SOL_SOCKET ||
      controlView.getInt32(CONTROL.type, true) !== C.SO_TIMESTAMPNS
    )
      return null;
    const wallMs = timespecMs(controlView, CONTROL.data);
    let atMs = clock.monotonicMs(wallMs);
    if (atMs < emptyMs - TOLERANCE_MS || atMs > nowMs) {
      compareClocks();
      atMs = clock.monotonicMs(wallMs);
      if (atMs < emptyMs - TOLERANCE_MS || atMs > nowMs + TOLERANCE_MS) return null;
    }
    return Math.min(Math.max(atMs, emptyMs), nowMs);
  }

  function compareClocks(): void {
    clock.compare();
    comparedMs = performance.now();
  }

  function sweep(): void {
    hasMore = false;
    askedBeforeMs = askedMs;
    askedMs = performance.now();
    if (askedMs - comparedMs > COMPARISON_MS) compareClocks();
    let waits = Math.ceil(open / EVENTS);
    while (waits-- > 0 && look() === EVENTS);
    if (wake !== null) wakeWhileShort(wake);
    schedule();
  }

  function wakeWhileShort(by: Wake): void {
    const isShort = open > 0 && askedAgainMs < SHORT_MS;
    if (isShort && !isWoken) by.on();
    if (isWoken && !isShort) by.off();
    isWoken = isShort;
  }

  /** Serves the sockets to which something happened, at most as many as `events` can name, and says how many. */
  function look(): number {
    const count = libc.epollWait(epoll, events, EVENTS, 0);
    for (let nth = 0; nth < count; nth++) {
      const at = nth * EVENT_BYTES;
      const socket = sockets[eventView.getInt32(at + EVENT_DATA, true)];
      // A descriptor that was closed in this sweep may have been given out again.
      if (socket?.generation === eventView.getUint32(at + EVENT_DATA + 4, true))
        serve(socket, eventView.getUint32(at, true));
    }
    return count;
  }

  function serve(socket: Socket, what: number): void {
    try {
      socket.happened(what);
    } catch (error) {
      isInUse = false;
      socket.close();
      setImmediate(() => {
        throw error;
      });
    }
  }

  function schedule(): void {
    if (open === 0) return;
    if (withTurn === null && hasMore) withTurn = setImmediate(turnSweep);
    if (withTurn === null && isWoken) withTurn = setImmediate(turnSweep).unref();
    if (isTimed) return;
    isTimed = true;
    if (timer === null) timer = setTimeout(timedSweep, SWEEP_MS);
    else timer.refresh();
  }

  function timedSweep(): void {
    isTimed = false;
    // The one that comes with each turn has come before the timers of this one.
    if (withTurn === null) sweep();
    else schedule();
  }

  function turnSweep(): void {
    withTurn = null;
    sweep();
  }

  function askedAgain(afterMs: number): void {
    askedAgainMs =
      askedAgainMs === Infinity ? afterMs : askedAgainMs + (afterMs - askedAgainMs) / ASKED_AGAIN;
  }

  class Socket implements KernelSocket {
    readonly generation = generation++ % 2 ** 32;
    readonly #fd: number;
    readonly #listener: SocketListener;
    readonly #reader: SocketReader;
    #isConnected = false;
    #isClosed = false;
    /** Whether epoll tells when the kernel takes more bytes. */
    #isFull = false;
    /** The time that the latest read was given, and that of the latest packet whose time is known. */
    #atMs = -Infinity;
    #stampMs = -Infinity;
    /** When it was asked last, and whether something came since. What is written meanwhile belongs to that. */
    #askedMs: number | null = null;
    #hasAnswered = true;
    /** Where bytes may have been left behind, the time before which none of them came. */
    #leftMs: number | null = performance.now();
    /** What the kernel has not taken yet. */
    #waiting: { bytes: Buffer; written: (() => void) | undefined }[] = [];

    constructor(address: SocketAddress, listener: SocketListener, reader: SocketReader) {
      this.#listener = listener;
      this.#reader = reader;
      this.#fd = checked(
        "socket",
        libc.socket(address.family, C.SOCK_STREAM | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC, 0),
      );
      try {
        this.#set(C.IPPROTO_TCP, C.TCP_NODELAY, 1);
        this.#set(C.SOL_SOCKET, C.SO_KEEPALIVE, 1);
        this.#set(C.IPPROTO_TCP, C.TCP_KEEPIDLE, TCP_KEEP_IDLE_S);
        this.#set(C.SOL_SOCKET, C.SO_TIMESTAMPNS, 1);
        if (libc.connect(this.#fd, address.bytes, address.length) !== 0) {
          const errno = libc.errno();
          if (errno !== C.EINPROGRESS && errno !== C.EINTR) throw systemError("connect", errno);
        }
        this.#watch(C.EPOLL_CTL_ADD, C.EPOLLOUT);
      } catch (error) {
        libc.close(this.#fd);
        throw error;
      }
      // While nothing was open, nobody compared the clocks.
      if (open === 0) compareClocks();
      sockets[this.#fd] = this;
      open++;
      schedule();
    }

    write(bytes: Buffer, written?: () => void): void {
      if (this.#isClosed) return;
      this.#waiting.push({ bytes, written });
      if (this.#hasAnswered) this.#asked();
      if (this.#isConnected && !this.#isFull) this.#flush();
    }

    readNow(): void {
      if (this.#isConnected && !this.#isClosed) this.#read(true);
    }

    peer(): string | null {
      const address = Buffer.alloc(ADDRESS_BYTES);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(ADDRESS_BYTES);
      return this.#isClosed || libc.getpeername(this.#fd, address, length) !== 0 ? null : ipOf(address);
    }

    close(): void {
      if (this.#isClosed) return;
      this.#isClosed = true;
      sockets[this.#fd] = undefined;
      open--;
      this.#waiting = [];
      libc.close(this.#fd);
    }

    happened(what: number): void {
      if (!this.#isConnected) return this.#settle();
      // What came is read first: a peer may have answered before it closed the connection for our bytes.
      if ((what & ~C.EPOLLOUT) !== 0) this.#read();
      if ((what & C.EPOLLOUT) !== 0 && !this.#isClosed) this.#flush();
    }

    /** The attempt to connect has ended. */
    #settle(): void {
      const errno = this.#errorNumber();
      if (errno !== 0) return this.#fail(systemError("connect", errno));
      this.#isConnected = true;
      this.#watch(C.EPOLL_CTL_MOD, C.EPOLLIN);
      this.#listener.connected();
      // Where nothing has come by now, what comes later is known to be later.
      if (!this.#isClosed) this.#read();
      if (!this.#isClosed) this.#flush();
    }

    /** A read that is not full leaves nothing but what comes meanwhile, and perhaps the end. */
    #read(toTheEnd = false): void {
      if (isInUse) return;
      for (let reads = 0; reads < READS_AT_ONCE; reads++) {
        messageView.setUint32(MESSAGE.controlBytes, CONTROL.bytes, true);
        messageView.setUint32(MESSAGE.controlBytes + 4, 0, true);
        const count = libc.recvmsg(this.#fd, message, C.MSG_DONTWAIT);
        if (count === 0) return this.#end();
        if (count < 0) {
          const errno = libc.errno();
          if (errno === C.EAGAIN) this.#leftMs = null;
          else if (errno !== C.EINTR) this.#fail(systemError("read", errno));
          return;
        }
        this.#take(count);
        if (this.#isClosed || (count < readBytes && !toTheEnd)) return;
      }
      hasMore = true;
    }

    #take(count: number): void {
      const nowMs = performance.now();
      const emptyMs = this.#leftMs ?? Math.max(askedBeforeMs, this.#stampMs);
      const stamp = stampMs(emptyMs, nowMs);
      const atMs = Math.max(stamp ?? nowMs, this.#atMs);
      // What a full read leaves may belong to the packets whose last one gave it its time.
      this.#leftMs = count === readBytes ? emptyMs : null;
      this.#stampMs = stamp ?? this.#stampMs;
      this.#atMs = atMs;
      this.#hasAnswered = true;
      isInUse = true;
      this.#reader.read(data, count, atMs, atMs - emptyMs, stamp === atMs);
      isInUse = false;
    }

    #asked(): void {
      const nowMs = performance.now();
      if (this.#askedMs !== null) askedAgain(nowMs - this.#askedMs);
      this.#askedMs = nowMs;
      this.#hasAnswered = false;
    }

    #flush(): void {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        const sent = libc.send(this.#fd, next.bytes, next.bytes.length, C.MSG_DONTWAIT | C.MSG_NOSIGNAL);
        const errno = sent < 0 ? libc.errno() : 0;
        if (errno === C.EAGAIN) return this.#waitForRoom(true);
        if (errno !== 0 && errno !== C.EINTR) return this.#failToWrite(systemError("write", errno));
        if (sent === next.bytes.length) {
          this.#waiting.shift();
          next.written?.();
          if (this.#isClosed) return;
        } else if (sent > 0) next.bytes = next.bytes.subarray(sent);
      }
      this.#waitForRoom(false);
    }

    #waitForRoom(isFull: boolean): void {
      if (isFull === this.#isFull) return;
      this.#isFull = isFull;
      this.#watch(C.EPOLL_CTL_MOD, isFull ? C.EPOLLIN | C.EPOLLOUT : C.EPOLLIN);
    }

    /** A peer may have answered before it stopped reading. */
    #failToWrite(error: Error): void {
      this.#read(true);
      if (!this.#isClosed) this.#fail(error);
    }

    #end(): void {
      this.close();
      this.#listener.ended();
    }

    #fail(error: Error): void {
      this.close();
      this.#listener.failed(error);
    }

    #errorNumber(): number {
      const value = Buffer.alloc(4);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(4);
      checked("getsockopt", libc.getsockopt(this.#fd, C.SOL_SOCKET, C.SO_ERROR, value, length));
      return value.readInt32LE();
    }

    #set(level: number, name: number, value: number): void {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(value);
      checked("setsockopt", libc.setsockopt(this.#fd, level, name, bytes, bytes.length));
    }

    #watch(operation: number, what: number): void {
      event.writeUInt32LE(what, 0);
      event.writeInt32LE(this.#fd, EVENT_DATA);
      event.writeUInt32LE(this.generation, EVENT_DATA + 4);
      checked("epoll_ctl", libc.epollControl(epoll, operation, this.#fd, event));
    }
  }

  return {
    connect: (address, listener, reader) => new Socket(address, listener, reader),
    get open() {
      return open;
    },
  };
}

const viewOf = (buffer: Buffer): DataView => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
