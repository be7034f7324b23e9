import type { Reason } from "@brimline/core/codes";
import type { Figure } from "@brimline/core/figure";
import { inSentence } from "@brimline/core/report/names";
import { reasonText, UNKNOWN } from "./figures.ts";
import { wrap } from "./table.ts";

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
 * Why cells are empty, each reason once: "— TTFT p99, latency p99 at 1 user: too few requests for this percentile".
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

/** The same for a terminal, below a table. */
export const missingLines = (missing: Missing[], places: number, columns: number): string[] =>
  missingTexts(missing, places).flatMap((text) =>
    wrap(text, columns, "    ").map((line, nth) => (nth === 0 ? line.slice(2) : line)),
  );
