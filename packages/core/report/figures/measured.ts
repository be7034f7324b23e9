import type { Reason } from "../../codes.ts";
import { type Figure, type Spread, unknown } from "../../figure.ts";
import type { ClientBound } from "../../metric/certificate.ts";
import type { LevelEnergy } from "../../metric/energy/energy.ts";
import type { Slo } from "../../metric/goodput.ts";
import { unknownSpread } from "../../metric/statistics/percentile.ts";
import { requestPool, type Run, type SteadyRun, steadyRuns } from "../../metric/window/run.ts";
import { countOf, okRows, type RecordTable, type RequestRow } from "../../record/columns/table.ts";
import type { Entry, Figures, NameOf } from "../catalogue.ts";
import { tokenReasons } from "../counts.ts";
import type { Hardware } from "../hardware.ts";
import type { Collected } from "./collectors.ts";
import type { Served } from "./served.ts";

/** The runs of a level that have a steady window, and the reason that figures carry if none has. */
export interface Steady {
  runs: SteadyRun[];
  whyNot: Reason;
}

/** What the figures of a level, or of one of its runs, are made of. */
export interface Measured {
  runs: Run[];
  /** The records of these runs. */
  records: RecordTable;
  steady: Steady;
  /** It is null in an open loop. */
  users: number | null;
  isOpenLoop: boolean;
  /** Whether answers are streams of tokens. */
  streams: boolean;
  slo: Slo | null;
  /** The most that the process's clock adds to a time. It is null if all chunks have the kernel's clock. */
  client: Pick<ClientBound, "ttftMs" | "gapMs"> | null;
  hardware: Hardware;
  /** What the pass over the chunks of all the level's runs found. */
  collected: Collected;
  /** The scrapes of the level's runs. It has none without the server's own metrics. */
  served: Served[];
  /** The energy of each of the level's runs in its window. It is null without telemetry. */
  energies: Map<SteadyRun, LevelEnergy> | null;
}

/** The formulas of a group: one for each row that the catalogue has of it. They may rest on one another's figures. */
export type Formulas<Group extends Entry["group"]> = {
  [Key in NameOf<Group>]: (measured: Measured, figures: Readonly<Figures>) => Figures[Key];
};

/** These runs of a level alone. */
export const measuredRuns = (
  runs: Run[],
  records: RecordTable,
): Pick<Measured, "runs" | "records" | "steady"> => ({
  runs,
  records,
  steady: {
    runs: steadyRuns(runs),
    whyNot: countOf(okRows(records)) === 0 ? "too_few" : "too_short",
  },
});

/** What several figures rest on is computed once for each `Measured`. */
export function once<Result>(of: (measured: Measured) => Result): (measured: Measured) => Result {
  const results = new WeakMap<Measured, { result: Result }>();
  return (measured) => {
    const known = results.get(measured) ?? { result: of(measured) };
    results.set(measured, known);
    return known.result;
  };
}

/** A figure over the windows. */
export const figureOf = ({ steady }: Measured, of: (runs: SteadyRun[]) => Figure): Figure =>
  steady.runs.length === 0 ? unknown(steady.whyNot) : of(steady.runs);

/** A distribution over the windows. */
export const spreadOf = ({ steady }: Measured, of: (runs: SteadyRun[]) => Spread): Spread =>
  steady.runs.length === 0 ? unknownSpread(steady.whyNot) : of(steady.runs);

/** The distribution over the windows of one value per request. */
export const requestSpread = (measured: Measured, valueOf: (request: RequestRow) => number | null): Spread =>
  spreadOf(measured, (runs) => requestPool(runs, valueOf).spread());

/** The reasons that every figure of tokens carries. */
export const ofTokens = once(({ records }) => tokenReasons(records));
