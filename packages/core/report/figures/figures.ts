import { unknown } from "../../figure.ts";
import { unknownSpread } from "../../metric/statistics/percentile.ts";
import { CATALOGUE, type Figures, fieldsOf, type Name, NAMES } from "../catalogue.ts";
import { EFFICIENCY } from "./efficiency.ts";
import { LATENCY } from "./latency.ts";
import type { Measured } from "./measured.ts";
import { SERVER } from "./server.ts";
import { THROUGHPUT } from "./throughput.ts";

type Formula<Key extends Name> = (measured: Measured, figures: Readonly<Figures>) => Figures[Key];

/** The formula of each row of the catalogue. */
const FORMULAS: { [Key in Name]: Formula<Key> } = { ...THROUGHPUT, ...LATENCY, ...EFFICIENCY, ...SERVER };

/** What stands in the place of each figure of output tokens where answers come in one piece. */
const NOT_STREAMED: Figures = fieldsOf(NAMES, unknownSpread("not_streamed"), unknown("not_streamed"));

/** All figures of a level, or of a run. Each is computed when it is first asked for. */
export function figuresOf(measured: Measured): Readonly<Figures> {
  const figures = {} as Figures;
  const define = <Key extends Name>(name: Key, formula: Formula<Key>): void => {
    const applies = measured.streams || CATALOGUE[name].streamed !== true;
    let figure: Figures[Key] | undefined;
    const get = (): Figures[Key] => (figure ??= applies ? formula(measured, figures) : NOT_STREAMED[name]);
    Object.defineProperty(figures, name, { get });
  };
  for (const name of NAMES) define(name, FORMULAS[name]);
  return figures;
}
