import type { Report } from "@brimline/core/report/schema";
import { trackTitle } from "../format/named.ts";
import { whole } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { saturationPlot } from "./saturation.ts";
import { AXIS_PX, chart, type Drawing, EDGE_PX, WIDTH, type Size, type Spec } from "./spec.ts";
import { tracksChart, type Track } from "./timeline.ts";

const track = (column: string, look: Omit<Track, "column" | "title">): Track => ({
  column,
  title: trackTitle(column, "shortLabel"),
  ...look,
});

const GPU_TRACKS: Track[] = [
  track("powerW", { hue: "purple", height: 110, isArea: true, fromZero: true }),
  track("utilPercent", { hue: "teal", height: 80, top: 100, isArea: false, fromZero: true }),
  track("memoryMiB", { hue: "blue", height: 70, isArea: false, fromZero: true }),
  track("tempC", { hue: "orange", height: 70, isArea: false, fromZero: false }),
  track("smMHz", { hue: "gold", height: 70, isArea: false, fromZero: false }),
];

/** What the GPU did over the whole job. Levels are shaded. */
export const gpuTelemetryTimeline: Drawing = {
  title: "GPU telemetry over the job",
  size: "wide",
  section: "pictures",
  figures: null,
  draw: (report, size) => tracksChart(report, GPU_TRACKS, size),
};

const COLUMNS = 3;
const GAP = 30;
const HEIGHT = 200;

/**
 * The whole report in six panels: throughput, TTFT P95, MFU, tokens per joule, the fitted saturation and
 * throughput per user.
 */
export const comprehensiveBenchmark: Drawing = {
  title: "The benchmark at a glance",
  size: "wide",
  section: "pictures",
  figures: ["outputTokensPerS", "ttftMs.p95", "mfuPercent", "tokensPerJ", "inFlight", "tokensPerSPerUser"],
  draw: sixPanels,
};

function sixPanels(report: Report, size: Size): Spec {
  const levels = chartedLevels(report);
  const columns = size === "wide" ? COLUMNS : 1;
  const width = (WIDTH[size] - (columns - 1) * GAP) / columns - AXIS_PX - EDGE_PX;
  const frame = { width, height: HEIGHT };
  const saturation = saturationPlot(report, width, HEIGHT);
  const panels = [
    panel(levels, { ...frame, figure: "outputTokensPerS", hue: "blue", format: ",~r" }),
    panel(levels, { ...frame, figure: "ttftMs.p95", hue: "orange", format: ",~r", showEnds: whole }),
    panel(levels, { ...frame, figure: "mfuPercent", hue: "teal" }),
    panel(levels, { ...frame, figure: "tokensPerJ", hue: "purple" }),
    ...(saturation === null ? [] : [saturation]),
    panel(levels, { ...frame, figure: "tokensPerSPerUser", hue: "gold" }),
  ];
  return chart({ columns, spacing: { row: 52, column: GAP }, concat: panels });
}
