import type { ShardSummary } from "@brimline/core/record/record";

/** How requests come: a closed loop of users, or an open one at a rate. */
export interface Arrival {
  /** Opens connections, so that those of the first requests are there at T0. Ends early where sending stops. */
  openAhead(): Promise<void>;
  /** From T0 until its last request has ended. */
  run(): Promise<Pick<ShardSummary, "users" | "levelUsers" | "rampEndMs" | "firstIdleMs" | "backoffMs">>;
  /** Closes its connections. */
  close(): void;
}

/** More connections at once would overrun a short listen queue and cost a second each. */
export const OPENED_AT_ONCE = 32;
