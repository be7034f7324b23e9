import type { ChartName } from "@brimline/core/report/charts";
import { gpuText } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { shortDay } from "../format/number.ts";
import { energy } from "./energy.ts";
import { textWidth } from "./font.ts";
import { latency } from "./latency.ts";
import { inLight } from "./palette.ts";
import { comprehensiveBenchmark, gpuTelemetryTimeline } from "./pictures.ts";
import { saturationChart } from "./saturation.ts";
import { noteChart, type Size, type Spec, WIDTH } from "./spec.ts";
import { inlineSvg, rawSvg, standaloneSvg } from "./svg.ts";
import { throughput } from "./throughput.ts";
import { timeline } from "./timeline.ts";
import { tradeoff } from "./tradeoff.ts";

interface Drawing {
  title: string;
  draw: (report: Report, size: Size) => Spec;
  /** How wide the chart is on the page. */
  size: Size;
}

/** All charts by their file names. */
const DRAWINGS: Record<ChartName, Drawing> = {
  throughput: { title: "Throughput against load", draw: throughput, size: "half" },
  latency: { title: "Latency against load", draw: latency, size: "wide" },
  saturation: { title: "Output against load, with the fitted curve", draw: saturationChart, size: "wide" },
  tradeoff: { title: "Speed for one user against output for all", draw: tradeoff, size: "wide" },
  timeline: { title: "Load, output and GPU over time", draw: timeline, size: "wide" },
  energy: { title: "Tokens per joule and MFU against load", draw: energy, size: "wide" },
  gpu_telemetry_timeline: { title: "GPU telemetry over the job", draw: gpuTelemetryTimeline, size: "wide" },
  comprehensive_benchmark: { title: "The benchmark at a glance", draw: comprehensiveBenchmark, size: "wide" },
};

/** A chart that fails shows this text, so that the page can still be rendered. */
const FAILED = "This chart could not be drawn. Its numbers are in the tables and in report.json.";

async function drawn(build: () => Spec, size: Size): Promise<{ spec: Spec; svg: string }> {
  try {
    const spec = build();
    return { spec, svg: await rawSvg(spec) };
  } catch {
    const spec = noteChart(size, FAILED);
    return { spec, svg: await rawSvg(spec) };
  }
}

/**
 * A chart for the page. It has one drawing for wide screens and one for telephones, and CSS shows one of
 * them.
 */
export async function pageChart(
  report: Report,
  chart: ChartName,
): Promise<{ title: string; wide: string; narrow: string }> {
  const { title, draw, size } = DRAWINGS[chart];
  const wide = await drawn(() => draw(report, size), size);
  const narrow = await drawn(() => draw(report, "narrow"), "narrow");
  return {
    title,
    wide: inlineSvg(wide.svg, `${chart}-w`, title),
    narrow: inlineSvg(narrow.svg, `${chart}-n`, title),
  };
}

/**
 * A chart as files: its standalone SVG and its specification, both with a title that says what was measured.
 */
export async function chartFiles(report: Report, chart: ChartName): Promise<{ svg: string; spec: string }> {
  const { title, draw, size } = DRAWINGS[chart];
  const { spec, svg } = await drawn(
    () => ({ ...draw(report, size), title: heading(report, title, size) }),
    size,
  );
  const literal = JSON.stringify({ ...spec, background: "var(--paper)", padding: 24 }, null, 1);
  return { svg: standaloneSvg(svg, chart, title), spec: `${inLight(literal)}\n` };
}

function heading(report: Report, title: string, size: Size): Spec {
  const gpu = gpuText(report);
  const what = [
    report.endpoint.model,
    ...(gpu === null ? [] : [gpu]),
    shortDay(report.createdAt),
    ...(report.provenance.simulated ? ["simulated"] : []),
  ];
  return { text: title, subtitle: shortened(what.join(", "), WIDTH[size]) };
}

/** The text, cut with an ellipsis when it is wider than the chart. */
function shortened(text: string, width: number): string {
  if (textWidth(text, 13, 400) <= width) return text;
  let kept = text;
  while (kept !== "" && textWidth(`${kept}…`, 13, 400) > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
