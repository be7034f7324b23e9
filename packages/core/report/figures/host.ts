import { type Figure, unknown } from "../../figure.ts";
import { gauge, type ServedRun } from "../../metric/server/server.ts";
import { serversIn } from "../../metric/server/server-series.ts";
import type { HostColumn } from "../../record/telemetry/host-columns.ts";
import { type Measured, once } from "./measured.ts";

/** The windows with the samples of the hosts in and around them. */
const hostedWindows = once(({ steady, hardware: { host } }): ServedRun[] =>
  host === null
    ? []
    : steady.runs.flatMap((run) => {
        const hosts = serversIn(host, run.t0UnixMs, run.t0UnixMs + run.drainEndMs);
        return hosts.length === 0 ? [] : [{ run, servers: hosts }];
      }),
);

/** Whether any window was sampled. */
export const isHosted = (measured: Measured): boolean => hostedWindows(measured).length > 0;

/** The mean of a column of the host's samples over the windows, and over the hosts. */
export const ofHost =
  (column: HostColumn) =>
  (measured: Measured): Figure => {
    const windows = hostedWindows(measured);
    if (windows.length === 0) return unknown("no_telemetry");
    if (windows.length < measured.steady.runs.length) return unknown("telemetry_gap");
    return gauge(windows, column, "mean");
  };

/** The cores of all hosts. */
export function hostCoresOf({ hardware: { host } }: Measured): number | null {
  const cores = (host?.identities ?? []).map(({ facts }) => facts["cores"]);
  return cores.every((count) => typeof count === "number")
    ? cores.reduce<number>((sum, count) => sum + count, 0)
    : null;
}
