import { type ChunkCollector, eachStretch } from "../../metric/chunk/chunk.ts";
import { ttftMs } from "../../metric/statistics/latency.ts";
import { createNumbers } from "../../metric/statistics/numbers.ts";
import type { Sorted } from "../../metric/statistics/histogram.ts";
import { medianOfSorted } from "../../metric/statistics/quantile.ts";
import type { Run } from "../../metric/window/run.ts";
import { outputTokensOf, placedTokens } from "../../metric/window/tokens.ts";
import type { GpuSample } from "../../record/telemetry/gpu-sample.ts";
import type { Sample } from "../../record/telemetry/telemetry.ts";
import type { Served } from "../figures/served.ts";
import type { Hardware } from "../hardware.ts";
import type { AggregateInput } from "../input.ts";
import type { Report } from "../schema.ts";
import { serverColumns } from "./server-timeline.ts";
import { type Column, type Grid, gridOf } from "./timeline-grid.ts";

/**
 * Load, output and GPUs of the whole job on one clock, in at most 1,000 rows of at least a second. Rates are
 * means over a row, `ttftMs` is the median of the requests that were sent in it, beside the least and the most of them, and `users` is what was
 * asked. Powers and memory are sums over GPUs, utilisation and clocks are means. The gauges of the servers stand in
 * the rows of runs alone. It collects the chunks of all runs, because it places their tokens.
 */
export function createTimeline(
  runs: { users: number | null; run: Run }[],
  input: Pick<AggregateInput, "createdAt"> &
    Pick<Hardware, "idle" | "telemetry" | "host"> & { served: Served[]; streams: boolean },
): ChunkCollector & { timeline(): Report["timeline"] } {
  if (runs.length === 0) return { take: () => {}, timeline: () => ({ startS: 0, stepS: 1, columns: {} }) };
  const starts = runs.map(({ run }) => run.t0UnixMs);
  const startUnixMs = Math.min(
    ...starts,
    input.telemetry === null ? Infinity : (input.idle?.startUnixMs ?? Infinity),
  );
  const grid = gridOf(startUnixMs, Math.max(...runs.map(({ run }) => run.t0UnixMs + run.drainEndMs)));
  const { stepS } = grid;
  const outputTokensPerS = zeros(grid);
  return {
    take(run, request, chunks) {
      const tokensIn = placedTokens(chunks, outputTokensOf(request, run.tokensPerChunk).tokens);
      eachStretch(
        chunks,
        (atMs) => rowAt(grid, run, atMs),
        (row, from, to) =>
          (outputTokensPerS[row] = (outputTokensPerS[row] ?? 0) + tokensIn(from, to) / stepS),
      );
    },
    timeline: () => ({
      startS: (startUnixMs - Date.parse(input.createdAt)) / 1000,
      stepS,
      columns: {
        ...loadColumns(runs, input.streams ? outputTokensPerS : null, grid),
        ...serverColumns(input.served, grid),
        ...(input.host === null ? {} : hostColumns(input.host.samples, grid)),
        ...(input.telemetry === null ? {} : gpuColumns(input.telemetry.samples, grid)),
      },
    }),
  };
}

const zeros = (grid: Grid): number[] => Array.from({ length: grid.rows }, () => 0);

/** The row of a moment of a run. A moment outside the rows goes to the nearest. */
const rowAt = (grid: Grid, run: Run, atMs: number): number =>
  Math.min(grid.rows - 1, Math.max(0, Math.floor(grid.rowOf(run.t0UnixMs + atMs))));

function loadColumns(
  runs: { users: number | null; run: Run }[],
  outputTokensPerS: number[] | null,
  grid: Grid,
): Record<string, Column> {
  const [users, inFlight, requests, failed] = [zeros(grid), zeros(grid), zeros(grid), zeros(grid)];
  const ttft = Array.from({ length: grid.rows }, () => createNumbers());
  const add = (column: number[], row: number, amount: number): void => {
    column[row] = (column[row] ?? 0) + amount;
  };
  for (const { users: asked, run } of runs) {
    const at = (ms: number): number => grid.rowOf(run.t0UnixMs + ms);
    if (asked !== null)
      for (let row = Math.floor(at(0)); row < Math.min(grid.rows, at(run.stopMs)); row++) users[row] = asked;
    for (const request of run.records.rows()) {
      spanRows(at(request.sentMs), at(request.leftMs), (row, share) =>
        add(inFlight, Math.min(grid.rows - 1, Math.max(0, row)), share),
      );
      if (request.outcome !== "censored")
        add(request.outcome === "ok" ? requests : failed, rowAt(grid, run, request.leftMs), 1 / grid.stepS);
      const latency = ttftMs(request);
      if (latency !== null && Number.isFinite(latency))
        ttft[Math.min(grid.rows - 1, Math.floor(at(request.sentMs)))]?.push(latency);
    }
  }
  return {
    users,
    inFlight,
    ...(outputTokensPerS !== null && { outputTokensPerS }),
    requestsPerS: requests,
    failedPerS: failed,
    ...(outputTokensPerS !== null && {
      ...spreadColumns(ttft.map((latencies) => latencies.sorted())),
    }),
  };
}

/** The least, the median and the most of each row's latencies, so that one slow request among many shows. */
const spreadColumns = (rows: Sorted[]): Record<"ttftMinMs" | "ttftMs" | "ttftMaxMs", Column> => ({
  ttftMinMs: rows.map((sorted) => sorted.at(0) ?? null),
  ttftMs: rows.map((sorted) => medianOfSorted(sorted)),
  ttftMaxMs: rows.map((sorted) => sorted.at(sorted.length - 1) ?? null),
});

/** Visits every row that a span touches, with the share of the row that it covers. */
function spanRows(from: number, to: number, visit: (row: number, share: number) => void): void {
  for (let row = Math.floor(from); row < to; row++) visit(row, Math.min(to, row + 1) - Math.max(from, row));
}

function gpuColumns(samples: GpuSample[], grid: Grid): Record<string, Column> {
  const gpus = [...new Set(samples.map((sample) => sample.gpu))].toSorted((a, b) => a - b);
  const cells = new Map<string, GpuSample[]>();
  for (const sample of samples) {
    const key = `${Math.floor(grid.rowOf(sample.unixMs))} ${sample.gpu}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [sample]);
    else cell.push(sample);
  }
  const column = (pick: (sample: GpuSample) => number | null, join: (means: number[]) => number): Column =>
    Array.from({ length: grid.rows }, (_, row) => {
      const means = gpus.flatMap(
        (gpu) => mean((cells.get(`${row} ${gpu}`) ?? []).flatMap((sample) => pick(sample) ?? [])) ?? [],
      );
      return means.length === 0 || means.length < gpus.length ? null : join(means);
    });
  const sum = (means: number[]): number => means.reduce((total, value) => total + value, 0);
  const average = (means: number[]): number => sum(means) / means.length;
  return {
    powerW: column((sample) => sample.powerW, sum),
    utilPercent: column((sample) => sample.utilPercent, average),
    memoryMiB: column((sample) => sample.memoryMiB, sum),
    smMHz: column((sample) => sample.smMHz, average),
    tempC: column(
      (sample) => sample.tempC,
      (means) => Math.max(...means),
    ),
  };
}

/** The mean of all hosts in each row. */
function hostColumns(samples: Sample[], grid: Grid): Record<string, Column> {
  const byRow = Map.groupBy(samples, ({ unixMs }) => Math.floor(grid.rowOf(unixMs)));
  const row = (at: number): number | null =>
    mean((byRow.get(at) ?? []).flatMap(({ values }) => values["cpuPercent"] ?? []));
  return { hostCpuPercent: Array.from({ length: grid.rows }, (_, at) => row(at)) };
}

const mean = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
