import { REST_POLL_MS } from "@brimline/core/record/rest";

/**
 * How often the agent does what costs the service a request. The rhythm does not change how often it samples.
 */
export interface Rhythm {
  /** The time between two requests for upload URLs. A flush is seen as late as this. */
  pollMs: number;
  /** The age at which collected samples are sealed. */
  partMs: number;
  /** The time between two comparisons of its clock with the service's. */
  probeMs: number;
}

export interface Rhythms {
  /**
   * The rhythm while a running job names the agent, and at all times with a service whose agents never rest.
   */
  awaited: Rhythm;
  /**
   * The rhythm at other times. A service whose agents rest begins a job's load at least 15 s after it decides
   * to, so an agent that asks every 10 s knows before.
   */
  resting: Rhythm;
}

export const RHYTHMS: Rhythms = {
  awaited: { pollMs: 2000, partMs: 10_000, probeMs: 15_000 },
  resting: { pollMs: REST_POLL_MS, partMs: 300_000, probeMs: 300_000 },
};
