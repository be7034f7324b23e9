import { REST_POLL_MS } from "@brimline/core/record/rest";

/** How often the agent does what costs its service a request. Samples are taken all the time, whatever the rhythm. */
export interface Rhythm {
  /** Asks where to upload; also how soon a flush is seen. */
  pollMs: number;
  /** Seals what it has collected. */
  partMs: number;
  /** Compares its clock with the service's. */
  probeMs: number;
}

export interface Rhythms {
  /** While a job runs that names the agent, and at any time where the service does not mind. */
  awaited: Rhythm;
  /**
   * Else. A service that lets its agents rest begins a job's load 15 s after it decides to, at the earliest: an agent that asks every 10 s
   * knows before.
   */
  resting: Rhythm;
}

export const RHYTHMS: Rhythms = {
  awaited: { pollMs: 2000, partMs: 10_000, probeMs: 15_000 },
  resting: { pollMs: REST_POLL_MS, partMs: 300_000, probeMs: 300_000 },
};
