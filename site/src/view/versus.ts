import { CATALOGUE } from "@brimline/core/report/catalogue";
import type { Report } from "@brimline/core/report/schema";
import { nameOf } from "../format/named.ts";
import { signedPercent, duration, significant, whole } from "../format/number.ts";
import { levelNamed } from "./levels.ts";
import { type Table, tableOf } from "./table.ts";

/** Every level against the first measured one. It is null with fewer than two levels. */
export function versusFirstTable(report: Report): { firstLevel: string; table: Table } | null {
  if (report.versusFirst === null) return null;
  const { firstLevelId, rows } = report.versusFirst;
  const p95 = (levelId: string): string => {
    const value = report.levels.find((level) => level.id === levelId)?.ttftMs.p95.value ?? null;
    return value === null ? "" : ` (${duration(value)})`;
  };
  const table = tableOf(
    "Change against the first level",
    [
      { head: ["Load"], cell: (row) => levelNamed(report, row.levelId) },
      {
        head: [nameOf("outputTokensPerS")],
        cell: (row) => ({ figure: row.throughputPercent, format: signedPercent }),
      },
      { head: [nameOf("mfuPercent")], cell: (row) => ({ figure: row.mfuPercent, format: signedPercent }) },
      {
        head: [nameOf("ttftMs.p95")],
        cell: (row) => ({
          figure: row.ttftP95Percent,
          format: (value) => `${signedPercent(value)}${p95(row.levelId)}`,
        }),
      },
    ],
    rows,
  );
  return { firstLevel: levelNamed(report, firstLevelId), table };
}

/** What each level brought over the one before. It is null with fewer than two levels. */
export function marginalTable(report: Report): Table | null {
  const marginal = report.saturation?.marginal ?? [];
  if (marginal.length === 0) return null;
  return tableOf(
    "Marginal gains from level to level",
    [
      {
        head: ["Levels"],
        cell: (row) => `${levelNamed(report, row.fromId)} → ${levelNamed(report, row.toId)}`,
      },
      { head: ["Gain"], cell: (row) => ({ figure: row.gainPercent, format: signedPercent }) },
      {
        head: [`Gain, ${CATALOGUE.outputTokensPerS.unit}`],
        cell: (row) => ({
          figure: row.tokensPerS,
          format: (value) => `${value < 0 ? "−" : "+"}${whole(Math.abs(value))}`,
        }),
      },
      {
        head: ["Elasticity"],
        meaning: "Relative growth of output over relative growth of load",
        cell: (row) => ({ figure: row.elasticity, format: significant }),
      },
    ],
    marginal,
  );
}
