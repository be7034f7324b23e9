import type { JobSpec } from "@brimline/core/job/spec";
import type { Log } from "../log.ts";
import type { ProblemError } from "./problem.ts";

/** What the API asks of the root that wires it. */
export interface Ports {
  /** What of a valid job this engine cannot do; nothing unless given. */
  refuse?(spec: JobSpec): ProblemError[];
  /** Enqueues the job's workflow; asking again for the same id must be harmless. */
  startJob(id: string): Promise<void>;
  /** Tries to deliver an event's webhook once more, with the same id. The delivery log says how that went. */
  redeliver(jobId: string, sequence: number): Promise<void>;
  /** Told of every request, and of every error whose details the caller does not get; nothing is told unless given. */
  log?: Log;
}
