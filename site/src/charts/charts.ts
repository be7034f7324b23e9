import { type ChartName, chartsOf } from "@brimline/core/report/charts";
import { gpuText } from "@brimline/core/report/entry";
import type { Report } from "@brimline/core/report/schema";
import { shortDay } from "../format/number.ts";
import { energy } from "./energy.ts";
import { textWidth } from "./font.ts";
import { latency } from "./latency.ts";
import { inLight } from "./palette.ts";
import { comprehensiveBenchmark, gpuTelemetryTimeline } from "./pictures.ts";
import { saturation } from "./saturation.ts";
import { type Drawing, noteChart, type Size, type Spec, WIDTH } from "./spec.ts";
import { inlineSvg, rawSvg, standaloneSvg } from "./svg.ts";
import { throughput } from "./throughput.ts";
import { timeline } from "./timeline.ts";
import { tradeoff } from "./tradeoff.ts";

/** All charts by their file names. Those of one section stand in this order. */
export const DRAWINGS: Record<ChartName, Drawing> = {
  throughput,
  latency,
  saturation,
  tradeoff,
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
