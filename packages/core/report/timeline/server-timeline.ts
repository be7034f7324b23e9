import type { Served } from "../figures/served.ts";
import type { Column, Grid } from "./timeline-grid.ts";

/** A row without a scrape has the value of the last one, if that is not older than this. */
const HELD_MS = 2500;

/** The gauges of the servers over time: requests are sums over servers, the KV cache is the mean. */
export function serverColumns(served: Served[], grid: Grid): Record<string, Column> {
  if (served.length === 0) return {};
  const column = (name: string, isMean = false): Column => {
    const values: Column = Array.from({ length: grid.rows }, () => null);
    for (const { run, servers } of served) {
      const from = Math.max(0, Math.floor(grid.rowOf(run.t0UnixMs)));
      const to = Math.min(grid.rows - 1, Math.floor(grid.rowOf(run.t0UnixMs + run.drainEndMs)));
      const rows = servers.map((samples) => heldRows(samples, name, grid, [from, to]));
      for (let row = from; row <= to; row++) {
        const known = rows.flatMap((each) => each.get(row) ?? []);
        if (known.length < servers.length) continue;
        const sum = known.reduce((total, value) => total + value, 0);
        values[row] = isMean ? sum / known.length : sum;
      }
    }
    return values;
  };
  return {
    serverRunning: column("running"),
    serverWaiting: column("waiting"),
    kvPercent: column("kvPercent", true),
  };
}

/** The mean of a server's samples in each row, or the last value where a row has none. */
function heldRows(
  samples: Served["servers"][number],
  name: string,
  grid: Grid,
  [from, to]: [from: number, to: number],
): Map<number, number> {
  const known = samples.flatMap(({ unixMs, values }) => {
    const value = values[name] ?? null;
    return value === null ? [] : [{ unixMs, value, row: Math.floor(grid.rowOf(unixMs)) }];
  });
  const byRow = Map.groupBy(known, ({ row }) => row);
  const rows = new Map<number, number>();
  let held: { unixMs: number; value: number } | undefined;
  for (let row = Math.min(from, known[0]?.row ?? from); row <= to; row++) {
    const own = byRow.get(row) ?? [];
    const startMs = grid.startUnixMs + 1000 * grid.stepS * row;
    if (own.length > 0) rows.set(row, own.reduce((sum, { value }) => sum + value, 0) / own.length);
    else if (held !== undefined && startMs - held.unixMs <= HELD_MS) rows.set(row, held.value);
    held = own.at(-1) ?? held;
  }
  return rows;
}
