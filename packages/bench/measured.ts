import type { OwnFigures } from "./peers/figures.ts";

/** ms of one kind over a window; percentiles are type 7. */
export interface LagQuantiles {
  p50: number;
  p99: number;
  p999: number;
  max: number;
}

/** What one client says of one run: the JSON line that each prints. */
export interface Measured {
  client: string;
  streams: number;
  /** Chunks with content that were read in the window, and what one cost in CPU time, user and system, of the whole process. */
  events: number;
  eventsPerS: number;
  cpuUsPerEvent: number;
  /** The most memory the process held at once, its own records included. */
  rssMb: number;
  requests: number;
  /** Requests that did not end as asked. */
  wrong: number;
  /** |a chunk's stamp − when it was written|; null where nobody can tell. */
  lagMs: LagQuantiles | null;
  /** |the client's TTFT − (first chunk written − request read by the server)|: what the server took to read it counts as an error. */
  ttftErrorMs: LagQuantiles | null;
  /** |the client's gap − the gap as written|. */
  gapErrorMs: LagQuantiles | null;
  /** Of the chunks, how many have a stamp from before they were written: a client that stamps a whole turn of its loop may. */
  earlyPercent?: number | null;
  eventLoop?: { delayP99Ms: number; delayMaxMs: number; utilisation: number };
  /** Peers: CPU of the whole process tree from start to end, as wait4 gives it, and all events it was sent. */
  wholeRun?: { cpuS: number; events: number };
  /** Peers: what each says of its run itself. */
  own?: OwnFigures;
}

/** Null without values. Sorts them in place. */
export function lagQuantiles(values: Float64Array): LagQuantiles | null {
  if (values.length === 0) return null;
  values.sort();
  const at = (p: number): number => {
    const rank = p * (values.length - 1);
    const low = values[Math.floor(rank)] ?? Number.NaN;
    return low + (rank % 1) * ((values[Math.ceil(rank)] ?? Number.NaN) - low);
  };
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}
