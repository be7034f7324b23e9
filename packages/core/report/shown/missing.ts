import type { Reason } from "../../codes.ts";
import type { Figure } from "../../figure.ts";
import { inSentence } from "../names.ts";
import { reasonText, UNKNOWN } from "./cells.ts";

/** A cell without a value: what it would show and where, and why it does not. */
export interface Missing {
  name: string;
  at: string;
  reasons: readonly Reason[];
  /** What stands in the cell: a dash, or a value that is at least so much. */
  mark: "—" | "≥";
}

/** The cell of a figure, if it has no value. */
export const missingFigure = (name: string, at: string, { value, low, reasons }: Figure): Missing[] =>
  value === null ? [{ name, at, reasons, mark: low === null ? UNKNOWN : "≥" }] : [];

/**
 * Why cells are empty, each reason once: "— TTFT p99, latency p99 at 1 user: too few requests for this figure".
 * The places are left out of what is missing at all of them.
 */
export function missingTexts(missing: Missing[], places: number): string[] {
  const byReason = Map.groupBy(missing, ({ mark, reasons }) => `${mark}\n${reasonText(reasons)}`);
  return [...byReason].flatMap(([key, same]) => {
    const [mark = "", reason = ""] = key.split("\n");
    const byName = Map.groupBy(same, ({ name }) => name);
    const byPlaces = Map.groupBy(byName, ([, cells]) => [...new Set(cells.map(({ at }) => at))].join(", "));
    return [...byPlaces].map(([at, named]) => {
      // A name may have a comma of its own.
      const names = named.map(([name]) => inSentence(name).replace(/, (.*)$/, " ($1)")).join(", ");
      const isEverywhere = new Set(named[0]?.[1].map((cell) => cell.at)).size === places;
      return `${mark} ${names}${isEverywhere ? "" : ` at ${at}`}: ${reason}`;
    });
  });
}
