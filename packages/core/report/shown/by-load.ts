import type { Report } from "../schema.ts";
import { loadValue } from "../text.ts";

/**
 * The report as a reader sees it. A search runs its levels in the order in which it needs them, and the report keeps
 * that order; its tables and charts show them by their load. Every other job asked for an order of its own.
 */
export function byLoad(report: Report): Report {
  if (!("search" in report.job.levels)) return report;
  const order = report.levels.toSorted(
    (a, b) =>
      Number(a.role !== "warmup") - Number(b.role !== "warmup") || loadValue(a.load) - loadValue(b.load),
  );
  const place = new Map(order.map(({ id }, index) => [id, index]));
  const against = report.versusFirst;
  const rows =
    against?.rows.toSorted((a, b) => (place.get(a.levelId) ?? 0) - (place.get(b.levelId) ?? 0)) ?? [];
  return { ...report, levels: order, versusFirst: against && { ...against, rows } };
}
