import type { Figure } from "@brimline/core/figure";
import type { LagQuantiles } from "./lag-quantiles.ts";
import type { OwnFigures } from "./peers/figures.ts";
import type { TrueLatencies } from "./peers/true-latencies.ts";

/** What one client says of one run. It is the JSON line that each client prints. */
export interface Measured {
  client: string;
  streams: number;
  /** The number of chunks with content that were read in the window. */
  events: number;
  eventsPerS: number;
  /** The CPU time that one of them cost, user and system, of the whole process. */
  cpuUsPerEvent: number;
  /** The most memory that the process held at once, its own records included. */
  rssMb: number;
  requests: number;
  /** The number of requests that did not end as asked. */
  wrong: number;
  /** |a chunk's stamp − when it was written|. It is null where that is not known. */
  lagMs: LagQuantiles | null;
  /**
   * |the client's TTFT − (first chunk written − request read by the server)|. The time that the server took
   * to read the request counts as an error.
   */
  ttftErrorMs: LagQuantiles | null;
  /** |the client's gap − the gap as written|. */
  gapErrorMs: LagQuantiles | null;
  /**
   * The percentage of chunks whose stamp is from before they were written. A client that stamps a whole turn
   * of its loop may have some.
   */
  earlyPercent?: number | null;
  /** The percentage of chunks that have bounds for a time; lag and errors are of the others. */
  mergedPercent?: number | null;
  /** The percentage of those that were written outside their bounds. */
  outsidePercent?: number | null;
  eventLoop?: { delayP99Ms: number; delayMaxMs: number; utilisation: number };
  /**
   * Peers alone have it: the CPU time of the whole process tree from start to end, as wait4 gives it, and the
   * number of all events that it was sent.
   */
  wholeRun?: { cpuS: number; events: number };
  /** What the client itself says of its run, and what the server's log says of the same, by the client's definitions. */
  own?: OwnFigures;
  /** The 99th percentiles of `own` with their intervals, where the client gives any. */
  intervals?: Record<keyof TrueLatencies, Pick<Figure, "value" | "low" | "high" | "validity">>;
  truth?: TrueLatencies;
}
