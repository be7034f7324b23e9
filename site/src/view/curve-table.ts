import { figureAt } from "@brimline/core/report/pick";
import type { Level, Report } from "@brimline/core/report/schema";
import { loadText, loadValue } from "@brimline/core/report/text";
import { curveFigures } from "../charts/compared.ts";
import { chartedLevels } from "../charts/load.ts";
import { formatOf, headOf } from "../format/named.ts";
import { MISSING } from "../format/figure.ts";
import { type Column, type Table, tableOf } from "./table.ts";

/** The levels of one load, one of each report. */
interface Row {
  load: string;
  before: Level | null;
  after: Level | null;
}

/** What the curves of a comparison show, as a table for readers who cannot see them. */
export function curveTable(a: Report, b: Report): Table {
  const [before, after] = [chartedLevels(a), chartedLevels(b)];
  const loads = new Map([...before, ...after].map(({ load }) => [loadText(load), load]));
  const at = (levels: Level[], load: string): Level | null =>
    levels.find((level) => loadText(level.load) === load) ?? null;
  const rows = [...loads]
    .toSorted(([, one], [, other]) => loadValue(one) - loadValue(other))
    .map(([load]): Row => ({ load, before: at(before, load), after: at(after, load) }));
  const columns = curveFigures(b).flatMap((key) =>
    (["before", "after"] as const).map((side): Column<Row> => ({
      head: [headOf(key), side],
      cell: ({ [side]: level }) =>
        level === null
          ? { text: MISSING, why: "the job has no level of this load" }
          : { figure: figureAt(level, key), format: formatOf(key), showInterval: true },
    })),
  );
  return tableOf("The two curves", [{ head: ["Load"], cell: ({ load }) => load }, ...columns], rows);
}
