import type { JobSpec } from "@brimline/core/job/spec/spec";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { ProblemError } from "./door/problem.ts";

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
  /** Whether the service is stopping and takes no more jobs. Unless given, it never is. */
  isStopping?(): boolean;
  /** Unless given, the platform has metrics of its own. */
  metrics?: ServiceMetrics;
}

/** What the API tells the metrics, and reads of them. */
export interface ServiceMetrics {
  /** Counts a stream of events as open until the function that it returns is called. */
  openStream(): () => void;
  answered(request: { method: string; route: string; status: number; seconds: number }): void;
  /** All metrics, in the text form of Prometheus. */
  read(service: Service): Promise<{ body: string; contentType: string }>;
}
