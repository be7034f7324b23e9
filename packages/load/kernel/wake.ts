/** Wakes the event loop of this process when an epoll has something, or leaves it asleep. */
export interface Wake {
  on(): void;
  off(): void;
}

/** Makes the wake of an epoll. It is asked once for each. */
export type WakeBy = (epoll: number) => Wake;
