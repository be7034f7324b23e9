import type { JobSpec } from "../job/spec/spec.ts";
import type { Slo } from "../metric/goodput.ts";
import type { Series } from "../record/telemetry/telemetry.ts";
import type { Hardware } from "./hardware.ts";

/** What a level must know about the job around it. */
export interface LevelContext {
  createdUnixMs: number;
  /** Whether the endpoint's answers are streams of tokens. */
  streams: boolean;
  slo: Slo | null;
  thinkTimeMs: number;
  hardware: Hardware;
  /** The scrapes that agents took of the server's own metrics. */
  serverOfAgents: Series | null;
  /** The warm-up's largest E2E, ms. */
  largestWarmupE2eMs: number | null;
  /**
   * What a chat template alone takes from the endpoint's cache, percent of prompt tokens. The percentage is
   * null if no unique prompts showed it. The whole is null for the warm-up, which is not judged.
   */
  unwantedCache: { templatePercent: number | null } | null;
  /** The job's seed and workload, from which the size of each request follows. */
  seed: string;
  workload: JobSpec["workload"];
}
