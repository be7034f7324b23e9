import { type Missing, missingTexts } from "@brimline/core/report/shown/missing";
import { wrap } from "./table.ts";

/** Why cells are empty, for a terminal, below a table. */
export const missingLines = (missing: Missing[], places: number, columns: number): string[] =>
  missingTexts(missing, places).flatMap((text) =>
    wrap(text, columns, "    ").map((line, nth) => (nth === 0 ? line.slice(2) : line)),
  );
