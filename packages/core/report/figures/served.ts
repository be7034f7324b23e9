import type { Run } from "../../metric/window/run.ts";
import { serversIn } from "../../metric/server/server-series.ts";
import type { ServedRun } from "../../metric/server/server.ts";
import type { Series } from "../../record/telemetry/telemetry.ts";
import type { LevelInput } from "../input.ts";

/** A run with the scrapes that its figures rest on. */
export interface Served extends Omit<ServedRun, "run"> {
  run: Run;
  /** Who took them. */
  from: "load" | "agent";
  engine: string;
}

/**
 * The scrapes of each run that has any. Those that the load generator took count before an agent's, because they
 * are on the clock of the records.
 */
export function servedRuns(begun: { input: LevelInput; run: Run }[], ofAgents: Series | null): Served[] {
  return begun.flatMap(({ input, run }): Served[] => {
    const found = (["load", "agent"] as const).flatMap((from): Served[] => {
      const series = from === "load" ? input.scrapes : ofAgents;
      if (series == null) return [];
      const servers = serversIn(series, run.t0UnixMs, run.t0UnixMs + run.drainEndMs);
      const engine = series.identities[servers[0]?.[0]?.identity ?? -1]?.name;
      return engine === undefined ? [] : [{ run, from, engine, servers }];
    });
    return found.slice(0, 1);
  });
}
