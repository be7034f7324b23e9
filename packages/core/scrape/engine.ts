import type { SERVER_COLUMNS } from "../record/telemetry/server-columns.ts";

/** The durations of a request that a server may tell. */
export type Duration = "queue" | "prefill" | "decode" | "ttft" | "tpot" | "e2e";
/** The columns that are one number each. */
export type Single = Exclude<keyof typeof SERVER_COLUMNS, `${Duration}S` | `${Duration}Count`>;

/**
 * The values of one name, which are added up, as a query language writes them: `name` or
 * `name{label="value"}`.
 */
export type Selector = string;

/** A sum of seconds, and the requests over which it was added up. */
export interface SumAndCount {
  sum: Selector;
  count: Selector;
  /** The seconds of one unit of the sum, 1 by default. */
  unitS?: number;
}

/** What one kind of server calls the settings that may limit it, with the flags in backticks. */
export interface Settings {
  /** What gives it more KV cache. */
  kvCache: string;
  /** The most requests in a batch. */
  batch: string;
  /** How much of a step prompts may take. */
  prefill: string;
}

/**
 * What one kind of server calls what we ask for. Each list has the names of several versions, the newest first,
 * and the first that is there counts. Where a list stands in a list, its values are added up.
 */
export interface Engine {
  name: string;
  settings?: Settings;
  /** Labels that split a total which is exported too: a value whose label is not empty does not count. */
  splits?: string[];
  single: Partial<Record<Single, (Selector | Selector[])[]>>;
  /** The name of a histogram in seconds, or a sum and a count. */
  durations: Partial<Record<Duration, (Selector | SumAndCount)[]>>;
}
