import type { Report } from "@brimline/core/report/schema";
import { significant, whole } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { saturationPlot } from "./saturation.ts";
import { AXIS_PX, chart, EDGE_PX, WIDTH, type Size, type Spec } from "./spec.ts";
import { tracksChart, type Track } from "./timeline.ts";

const GPU_TRACKS: Track[] = [
  { column: "powerW", title: "Power, W", hue: "purple", height: 110, isArea: true, fromZero: true },
  {
    column: "utilPercent",
    title: "Busy, %",
    hue: "teal",
    height: 80,
    top: 100,
    isArea: false,
    fromZero: true,
  },
  {
    column: "memoryMiB",
    title: "Memory in use, MiB",
    hue: "blue",
    height: 70,
    isArea: false,
    fromZero: true,
  },
  { column: "tempC", title: "Temperature, °C", hue: "orange", height: 70, isArea: false, fromZero: false },
  { column: "smMHz", title: "SM clock, MHz", hue: "gold", height: 70, isArea: false, fromZero: false },
];

/** What the GPU did over the whole job. Levels are shaded. */
export const gpuTelemetryTimeline = (report: Report, size: Size): Spec =>
  tracksChart(report, GPU_TRACKS, size);

const COLUMNS = 3;
const GAP = 30;
const HEIGHT = 200;

/**
 * The whole report in six panels: throughput, TTFT P95, MFU, tokens per joule, the fitted saturation and
 * throughput per user.
 */
export function comprehensiveBenchmark(report: Report, size: Size): Spec {
  const levels = chartedLevels(report);
  const columns = size === "wide" ? COLUMNS : 1;
  const width = (WIDTH[size] - (columns - 1) * GAP) / columns - AXIS_PX - EDGE_PX;
  const frame = { width, height: HEIGHT };
  const saturation = saturationPlot(report, width, HEIGHT);
  const panels = [
    panel(levels, {
      ...frame,
      title: "Output tokens/s",
      hue: "blue",
      figure: (level) => level.outputTokensPerS,
      format: ",~r",
      showEnds: whole,
    }),
    panel(levels, {
      ...frame,
      title: "Time to first token P95, ms",
      hue: "orange",
      figure: (level) => level.ttftMs.p95,
      format: ",~r",
      showEnds: whole,
    }),
    panel(levels, {
      ...frame,
      title: "MFU, % of the dense peak",
      hue: "teal",
      figure: (level) => level.mfuPercent,
      showEnds: significant,
    }),
    panel(levels, {
      ...frame,
      title: "Output tokens per joule",
      hue: "purple",
      figure: (level) => level.tokensPerJ,
      showEnds: significant,
    }),
    ...(saturation === null ? [] : [saturation]),
    panel(levels, {
      ...frame,
      title: "Output tokens/s per user",
      hue: "gold",
      figure: (level) => level.tokensPerSPerUser,
      showEnds: significant,
    }),
  ];
  return chart({ columns, spacing: { row: 52, column: GAP }, concat: panels });
}
