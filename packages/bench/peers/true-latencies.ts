import { lagQuantiles } from "../lag-quantiles.ts";
import type { StreamLog } from "../truth/log.ts";
import type { Peer } from "./peer.ts";

/** The 99th percentiles of what was, ms. */
export interface TrueLatencies {
  ttftMs: number | null;
  tpotMs: number | null;
  itlMs: number | null;
}

/**
 * The latencies of all streams of a log, from when a request was read. A client that takes the first event for the
 * first output gets it at once, because the server writes the role when it has read the request.
 */
export function trueLatencies(log: StreamLog[], firstOutput: Peer["firstOutput"]): TrueLatencies {
  const outputs = log.map(({ gotMs, writtenMs }) =>
    firstOutput === "event" ? [gotMs, ...writtenMs] : Array.from(writtenMs),
  );
  const p99 = (values: number[]): number | null => lagQuantiles(Float64Array.from(values))?.p99 ?? null;
  return {
    ttftMs: p99(outputs.flatMap(([first], nth) => (first ?? Number.NaN) - (log[nth]?.gotMs ?? Number.NaN))),
    // Each chunk is a token, also by the usage, and TPOT takes the first output for one of them.
    tpotMs: p99(
      outputs.map(
        (atMs, nth) => ((atMs.at(-1) ?? Number.NaN) - (atMs[0] ?? Number.NaN)) / tokensAfterFirst(log[nth]),
      ),
    ),
    itlMs: p99(outputs.flatMap((atMs) => atMs.slice(1).map((at, nth) => at - (atMs[nth] ?? Number.NaN)))),
  };
}

const tokensAfterFirst = (stream: StreamLog | undefined): number =>
  (stream?.writtenMs.length ?? Number.NaN) - 1;
