import { performance } from "node:perf_hooks";
import { C, fixedBuffers, type Libc } from "./libc.ts";

/** The seconds and nanoseconds of a `struct timespec` as ms. It is exact to a quarter of a µs, and until 2106. */
export const timespecMs = (view: DataView, at: number): number =>
  view.getUint32(at, true) * 1000 + view.getUint32(at + 8, true) / 1e6;

const READINGS = 8;

/** Brings the kernel's times of arrival, which are wall-clock times, to `performance.now()`. */
export interface KernelClock {
  /** The `performance.now()` of a wall-clock time in ms. */
  monotonicMs(wallMs: number): number;
  /** Compares the two clocks anew, because the wall clock may have been set. */
  compare(): void;
}

export function createKernelClock(libc: Libc): KernelClock {
  const { time } = fixedBuffers({ time: 16 });
  const view = new DataView(time.buffer, time.byteOffset, time.length);
  let wallAtZeroMs = 0;

  /** The closest of some pairs of readings: what comes between two readings makes them differ by more. */
  function wallAtMonotonicZeroMs(): number {
    let closest = { apartMs: Infinity, wallMs: 0 };
    for (let reading = 0; reading < READINGS; reading++) {
      const beforeMs = performance.now();
      libc.clockGettime(C.CLOCK_REALTIME, time);
      const apartMs = performance.now() - beforeMs;
      if (apartMs < closest.apartMs)
        closest = { apartMs, wallMs: timespecMs(view, 0) - beforeMs - apartMs / 2 };
    }
    return closest.wallMs;
  }

  const compare = (): void => {
    wallAtZeroMs = wallAtMonotonicZeroMs();
  };
  compare();
  return { monotonicMs: (wallMs) => wallMs - wallAtZeroMs, compare };
}
