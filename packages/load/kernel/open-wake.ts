import koffi from "koffi";
import { isMainThread } from "node:worker_threads";
import { LIBRARIES, firstThatLoads } from "./open-libc.ts";
import type { WakeBy } from "./wake.ts";

/** `UV_POLL` and `UV_READABLE` of uv.h, which have not changed since libuv 1.0. */
const UV_POLL = 8;
const UV_READABLE = 1;

/**
 * Has Node's own event loop watch an epoll, by the calls of libuv that Node gives to native addons. It is null in a
 * worker thread, whose loop has no name, and throws where Node hides libuv.
 *
 * libuv wants a function to call, and must find one that needs no JavaScript: the turn of the loop is all that is
 * wanted of it. So it gets a function of its own that looks at a handle and changes nothing.
 * https://docs.libuv.org/en/v1.x/poll.html
 */
export function openWake(): WakeBy | null {
  if (!isMainThread) return null;
  const libuv = koffi.load(null);
  const loop = libuv.func("uintptr_t uv_default_loop()");
  const sizeOf = libuv.func("size_t uv_handle_size(int)");
  const init = libuv.func("int uv_poll_init(uintptr_t, uintptr_t, int)");
  const start = libuv.func("int uv_poll_start(uintptr_t, int, void *)");
  const stop = libuv.func("int uv_poll_stop(uintptr_t)");
  const unref = libuv.func("void uv_unref(uintptr_t)");
  const look: unknown = libuv.symbol("uv_is_active", "void");
  // The loop looks at its handles until the process has ended, when V8's memory is gone.
  const allocate = firstThatLoads(LIBRARIES).func("uintptr_t calloc(size_t, size_t)");
  return (epoll) => {
    const handle: unknown = allocate(1, sizeOf(UV_POLL));
    const error = Number(init(loop(), handle, epoll));
    if (error !== 0) throw new Error(`libuv watches no epoll (${error})`);
    unref(handle);
    return { on: () => void start(handle, UV_READABLE, look), off: () => void stop(handle) };
  };
}
