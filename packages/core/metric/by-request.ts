import { base64, fromBase64 } from "../math/base64.ts";
import type { RequestRow } from "../record/columns/table.ts";
import { e2eMs, tpotMs, ttftMs } from "./statistics/latency.ts";
import { isSliced } from "./statistics/mean.ts";
import { dueInWindow, type SteadyRun } from "./window/run.ts";
import { outputTokensOf } from "./window/tokens.ts";

/**
 * What each request of a window was, by its index, so that it can be held against the same request of a twin. There is
 * a value for each index `first`, `first` + `step` …: a level with more requests than may be kept keeps every second,
 * fourth … of them, and of two such levels those of the larger step are kept of both.
 */
export interface RequestColumns {
  first: number;
  step: number;
  /** When each was due, tenths of a ms from the start of the window, in 32 bits; all ones where it was not due in it. */
  due: string;
  /**
   * Latencies (µs) and output tokens: 2,000 × their natural logarithm in 16 bits, which is right to 0.025 %. The largest
   * number stands for none, and the one before it for a value that was cut before it was known.
   */
  ttftMs: string;
  tpotMs: string;
  e2eMs: string;
  tokens: string;
}
export type RequestColumn = Exclude<keyof RequestColumns, "first" | "step">;

/** The most requests of one level that are kept, in all of its runs. They take 320 kB. */
export const REQUESTS_KEPT = 20_000;

const PER_UNIT = 2000;
const TENTHS = 10;
const US = 1000;
const NONE = 0xffff;
const CUT = 0xfffe;
const NOT_DUE = 0xffff_ffff;

/** It is null where the window has no slices, because then no figure has an interval. */
export function byRequest(run: SteadyRun, runs: number): RequestColumns | null {
  if (!isSliced(run.window)) return null;
  let [least, largest] = [Infinity, -1];
  for (const { index } of dueInWindow(run))
    [least, largest] = [Math.min(least, index), Math.max(largest, index)];
  if (largest < 0) return null;
  const most = Math.max(1, Math.floor(REQUESTS_KEPT / runs));
  const step = 2 ** Math.max(0, Math.ceil(Math.log2((largest - least + 1) / most)));
  const first = step * Math.ceil(least / step);
  const count = Math.max(0, 1 + Math.floor((largest - first) / step));
  const due = new Uint32Array(count).fill(NOT_DUE);
  const columns = Object.fromEntries(
    Object.keys(VALUE_OF).map((name) => [name, new Uint16Array(count).fill(NONE)]),
  );
  for (const request of dueInWindow(run)) {
    const place = (request.index - first) / step;
    if (place < 0 || !Number.isInteger(place)) continue;
    due[place] = Math.round(TENTHS * (request.dueMs - run.window.startMs));
    for (const [name, valueOf] of Object.entries(VALUE_OF)) {
      const column = columns[name];
      if (column !== undefined) column[place] = logOf(valueOf(request, run.tokensPerChunk));
    }
  }
  const packed = (name: string): string => bytesOf(columns[name] ?? new Uint16Array(), 2);
  return {
    first,
    step,
    due: bytesOf(due, 4),
    ttftMs: packed("ttftMs"),
    tpotMs: packed("tpotMs"),
    e2eMs: packed("e2eMs"),
    tokens: packed("tokens"),
  };
}

const VALUE_OF: Record<
  Exclude<RequestColumn, "due">,
  (request: RequestRow, tokensPerChunk: number) => number | null
> = {
  ttftMs: (request) => inUs(ttftMs(request)),
  tpotMs: (request) => inUs(tpotMs(request)),
  e2eMs: (request) => inUs(e2eMs(request)),
  tokens: (request, tokensPerChunk) => outputTokensOf(request, tokensPerChunk).tokens,
};

const inUs = (ms: number | null): number | null => (ms === null ? null : US * ms);

function logOf(value: number | null): number {
  if (value === Infinity) return CUT;
  return value === null || value <= 0
    ? NONE
    : Math.min(CUT - 1, Math.max(0, Math.round(PER_UNIT * Math.log(value))));
}

/** Little-endian, whatever the machine. */
function bytesOf(values: Uint16Array | Uint32Array, size: 2 | 4): string {
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries())
    if (size === 4) view.setUint32(4 * i, value, true);
    else view.setUint16(2 * i, value, true);
  return base64(bytes);
}

/** The values of a column, NaN where there is none: ms of times and latencies, and tokens. */
export function valuesOf(columns: RequestColumns, name: RequestColumn): Float64Array {
  const bytes = fromBase64(columns[name]);
  const view = new DataView(bytes.buffer);
  if (name === "due")
    return Float64Array.from({ length: bytes.length >> 2 }, (_, i) => {
      const value = view.getUint32(4 * i, true);
      return value === NOT_DUE ? Number.NaN : value / TENTHS;
    });
  const unit = name === "tokens" ? 1 : US;
  return Float64Array.from({ length: bytes.length >> 1 }, (_, i) => {
    const value = view.getUint16(2 * i, true);
    if (value === NONE) return Number.NaN;
    return value === CUT ? Infinity : Math.exp(value / PER_UNIT) / unit;
  });
}
