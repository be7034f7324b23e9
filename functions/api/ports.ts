import type { JobSpec } from "@brimline/core/job/spec";
import type { Log } from "../log.ts";
import type { ProblemError } from "./problem.ts";

/** What the API needs from the root that wires it. */
export interface Ports {
  /** Says what this root cannot do of a valid job. Unless given, it can do everything. */
  refuse?(spec: JobSpec): ProblemError[];
  /** Starts the job's workflow or queues it. A second call for the same job must be harmless. */
  startJob(id: string): Promise<void>;
  /** Brings the site in line with how an ended job is listed now. A second call for the same job must be harmless. */
  publish(id: string): Promise<void>;
  /**
   * Makes one more try at delivering an event, with the same webhook-id. The stored delivery says how that
   * went.
   */
  redeliver(jobId: string, sequence: number): Promise<void>;
  /**
   * It gets every request, and every error whose details the caller does not get. Unless given, nothing is
   * logged.
   */
  log?: Log;
}
