import { isStreamed } from "../kind.ts";
import { throughputOf } from "../pick.ts";
import type { Report } from "../schema.ts";
import { loadValue } from "../text.ts";

/** The charts of a report page by file name. The last two are also published as PNG. */
export const CHARTS = [
  "throughput",
  "latency",
  "distribution",
  "saturation",
  "tradeoff",
  "cost",
  "timeline",
  "energy",
  "gpu_telemetry_timeline",
  "comprehensive_benchmark",
] as const;
export type ChartName = (typeof CHARTS)[number];

const NEEDS_STREAM = new Set<ChartName>([
  "throughput",
  "distribution",
  "saturation",
  "tradeoff",
  "cost",
  "energy",
  "comprehensive_benchmark",
]);
/** They show how figures change with the load. One dot shows no change. */
const NEEDS_LOADS = new Set<ChartName>([
  "throughput",
  "latency",
  "saturation",
  "tradeoff",
  "cost",
  "energy",
  "comprehensive_benchmark",
]);
const NEEDS_GPU = new Set<ChartName>(["energy", "gpu_telemetry_timeline"]);
const WITH_PNG = new Set<ChartName>(["gpu_telemetry_timeline", "comprehensive_benchmark"]);

/**
 * The charts that a report has. Those about the GPU need samples, that of the cost needs a price, those about output tokens need answers that are
 * streams, and those against the load need figures of two loads. Without a measured level there are none.
 */
export function chartsOf(report: Pick<Report, "levels" | "job">): ChartName[] {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  if (measured.length === 0) return [];
  const sampled = measured.some((level) => level.gpu !== null);
  const streamed = isStreamed(report);
  const spread = measured.some((level) => level.ecdf !== null);
  const known = measured.filter((level) => throughputOf(level).value !== null);
  const hasPrice = measured.some((level) => level.usdPerMOutputTokens.value !== null);
  const hasLoads = new Set(known.map((level) => loadValue(level.load))).size > 1;
  return CHARTS.filter(
    (chart) =>
      (sampled || !NEEDS_GPU.has(chart)) &&
      (streamed || !NEEDS_STREAM.has(chart)) &&
      (spread || chart !== "distribution") &&
      (hasPrice || chart !== "cost") &&
      (hasLoads || !NEEDS_LOADS.has(chart)),
  );
}

/** The files of a chart, beside the page of its report. Not every chart has a PNG. */
export const chartPaths = (chart: ChartName): { svg: string; png: string | null; spec: string } => ({
  svg: `${chart}.svg`,
  png: WITH_PNG.has(chart) ? `${chart}.png` : null,
  spec: `${chart}.vl.json`,
});
