import type { SteadyRun } from "../../metric/run.ts";
import { type Figures, type Name, NAMES } from "../catalogue.ts";
import type { Hardware } from "../hardware.ts";
import { EFFICIENCY, efficiencyCollectors } from "./efficiency.ts";
import { LATENCY, latencyCollectors } from "./latency.ts";
import type { Measured } from "./measured.ts";
import { THROUGHPUT, throughputCollectors } from "./throughput.ts";

type Formula<Key extends Name> = (measured: Measured, figures: Readonly<Figures>) => Figures[Key];

/** The formula of each row of the catalogue. */
const FORMULAS: { [Key in Name]: Formula<Key> } = { ...THROUGHPUT, ...LATENCY, ...EFFICIENCY };

/** What the figures read of a level's chunks, in the one pass over them. */
export const collectorsOf = (runs: SteadyRun[], hardware: Hardware) => ({
  ...throughputCollectors(runs),
  ...latencyCollectors(runs),
  ...efficiencyCollectors(runs, hardware),
});
export type Collected = ReturnType<typeof collectorsOf>;

/** All figures of a level, or of a run. Each is computed when it is first asked for. */
export function figuresOf(measured: Measured): Readonly<Figures> {
  const figures = {} as Figures;
  const define = <Key extends Name>(name: Key, formula: Formula<Key>): void => {
    let figure: Figures[Key] | undefined;
    Object.defineProperty(figures, name, { get: () => (figure ??= formula(measured, figures)) });
  };
  for (const name of NAMES) define(name, FORMULAS[name]);
  return figures;
}
