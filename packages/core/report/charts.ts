import type { Report } from "./schema.ts";

/** Charts of a report page by file name. The last two are the pictures that are published as PNG too. */
export const CHARTS = [
  "throughput",
  "latency",
  "saturation",
  "tradeoff",
  "timeline",
  "energy",
  "gpu_telemetry_timeline",
  "comprehensive_benchmark",
] as const;
export type ChartName = (typeof CHARTS)[number];

const NEEDS_GPU = new Set<ChartName>(["energy", "gpu_telemetry_timeline"]);
const WITH_PNG = new Set<ChartName>(["gpu_telemetry_timeline", "comprehensive_benchmark"]);

/** Which charts a report has: those about the GPU only with samples, none before a level was measured. */
export function chartsOf(report: Pick<Report, "levels">): ChartName[] {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  if (measured.length === 0) return [];
  const sampled = measured.some((level) => level.gpu !== null);
  return CHARTS.filter((chart) => sampled || !NEEDS_GPU.has(chart));
}

/** Relative paths of a report's charts. */
export function chartLinks(report: Pick<Report, "levels">): Report["links"]["charts"] {
  return Object.fromEntries(
    chartsOf(report).map((chart) => [
      chart,
      { svg: `${chart}.svg`, png: WITH_PNG.has(chart) ? `${chart}.png` : null, spec: `${chart}.vl.json` },
    ]),
  );
}
