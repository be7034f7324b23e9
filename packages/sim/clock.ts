/** Unix ms by the monotonic clock. It never jumps, and two processes of one machine may compare it. */
export const nowMs = (): number => performance.timeOrigin + performance.now();
