import type { JobSpec } from "../job/spec.ts";
import type { Slo } from "../metric/goodput.ts";
import type { Hardware } from "./efficiency.ts";

/** What a level must know of the job around it. */
export interface LevelContext {
  createdUnixMs: number;
  slo: Slo | null;
  thinkTimeMs: number;
  hardware: Hardware;
  /** Largest E2E of the warm-up, ms. */
  largestWarmupE2eMs: number | null;
  /** What a chat template alone takes from the endpoint's cache, percent of prompt tokens; null where no unique prompts showed it. Null for the warm-up, which is not judged. */
  unwantedCache: { templatePercent: number | null } | null;
  /** What the schedule of a request follows from. */
  seed: string;
  workload: JobSpec["workload"];
}
