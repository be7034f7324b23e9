import koffi from "koffi";
import type { Libc } from "./libc.ts";

export const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`];

/** Opens the C library. It throws where there is none, or where it lacks one of the calls. */
export function openLibc(): Libc {
  const library = firstThatLoads(LIBRARIES);
  const copy = library.func("uintptr_t memcpy(void *to, void *from, size_t bytes)");
  return {
    socket: library.func("int socket(int, int, int)"),
    connect: library.func("int connect(int, void *, uint32_t)"),
    bind: library.func("int bind(int, void *, uint32_t)"),
    listen: library.func("int listen(int, int)"),
    getsockname: library.func("int getsockname(int, void *, void *)"),
    getpeername: library.func("int getpeername(int, void *, void *)"),
    setsockopt: library.func("int setsockopt(int, int, int, void *, uint32_t)"),
    getsockopt: library.func("int getsockopt(int, int, int, void *, void *)"),
    send: library.func("intptr_t send(int, void *, size_t, int)"),
    recvmsg: library.func("intptr_t recvmsg(int, void *, int)"),
    close: library.func("int close(int)"),
    epollCreate: library.func("int epoll_create1(int)"),
    epollControl: library.func("int epoll_ctl(int, int, int, void *)"),
    epollWait: library.func("int epoll_wait(int, void *, int, int)"),
    clockGettime: library.func("int clock_gettime(int, void *)"),
    errno: () => koffi.errno(),
    addressOf: (buffer) => BigInt(copy(buffer, buffer, 0) as number | bigint),
  };
}

export function firstThatLoads(names: string[]): ReturnType<typeof koffi.load> {
  const errors: unknown[] = [];
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, "no C library was found");
}
