import { type ChartName, chartsOf } from "@brimline/core/report/shown/charts";
import { gpuText } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { cost } from "./cost.ts";
import { distribution } from "./distribution.ts";
import { energy } from "./energy.ts";
import { latency } from "./latency.ts";
import { aboutText } from "./about.ts";
import { asFiles, onPage, type Drawable } from "./drawable.ts";
import { comprehensiveBenchmark, gpuTelemetryTimeline } from "./pictures.ts";
import { saturation } from "./saturation.ts";
import type { Drawing } from "./spec.ts";
import { throughput } from "./throughput.ts";
import { timeline } from "./timeline.ts";
import { tradeoff } from "./tradeoff.ts";

/** All charts by their file names. Those of one section stand in this order. */
export const DRAWINGS: Record<ChartName, Drawing> = {
  throughput,
  latency,
  distribution,
  saturation,
  tradeoff,
  cost,
  timeline,
  energy,
  comprehensive_benchmark: comprehensiveBenchmark,
  gpu_telemetry_timeline: gpuTelemetryTimeline,
};
const NAMES = Object.keys(DRAWINGS) as ChartName[];

/** The charts that a section of the report's page has. */
export function chartsIn(report: Report, section: Drawing["section"]): ChartName[] {
  const present = chartsOf(report);
  return NAMES.filter((chart) => DRAWINGS[chart].section === section && present.includes(chart));
}

function drawableOf(report: Report, chart: ChartName): Drawable {
  const { title, draw, size } = DRAWINGS[chart];
  const { endpoint, createdAt, provenance } = report;
  return {
    name: chart,
    title,
    size,
    draw: (place) => draw(report, place),
    about: aboutText([endpoint.model, gpuText(report)], createdAt, provenance.simulated),
  };
}

/** A chart for the report's page. */
export const pageChart = async (
  report: Report,
  chart: ChartName,
): Promise<{ title: string; wide: string; narrow: string }> => ({
  title: DRAWINGS[chart].title,
  ...(await onPage(drawableOf(report, chart))),
});

/** A chart as files. */
export const chartFiles = (report: Report, chart: ChartName): Promise<{ svg: string; spec: string }> =>
  asFiles(drawableOf(report, chart));
