import type { FigureKey } from "@brimline/core/report/catalogue";
import { figureAt } from "@brimline/core/report/pick";
import type { Level } from "@brimline/core/report/schema";
import { formatOf } from "../format/named.ts";
import type { Column } from "./table.ts";

/** A column with a figure of each level. */
export const figureColumn = (key: FigureKey, head: string[], showInterval: boolean): Column<Level> => ({
  head,
  cell: (level) => ({ figure: figureAt(level, key), format: formatOf(key), showInterval }),
});
