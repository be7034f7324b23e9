import type { ShardSummary } from "@brimline/core/record/record";

/** How requests are sent: by a closed loop of users, or by an open loop at a rate. */
export interface Loop {
  /**
   * Opens connections, so that those of the first requests are open at T0. It ends early where sending stops.
   */
  openAhead(): Promise<void>;
  /** It runs from T0 until the last request has ended. */
  run(): Promise<Pick<ShardSummary, "users" | "levelUsers" | "rampEndMs" | "firstIdleMs" | "backoffMs">>;
  /** Closes its connections. */
  close(): void;
}

/** Opening more connections at once would overrun a short listen queue and cost a second for each. */
export const OPENED_AT_ONCE = 32;
