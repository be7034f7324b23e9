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
  /** Cached share of the warm-up's unique prompts, percent. Null for the warm-up itself, and where caching is wanted. */
  unwantedCache: { warmupPercent: number | null } | null;
}
