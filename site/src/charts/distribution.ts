import type { Level, Report } from "@brimline/core/report/schema";
import { headlineLevel } from "@brimline/core/report/entry";
import { loadText } from "@brimline/core/report/text";
import { axisTitle } from "../format/named.ts";
import { chartedLevels } from "./load.ts";
import { colour } from "./palette.ts";
import {
  AXIS_PX,
  chart,
  type Drawing,
  EDGE_PX,
  type Json,
  layer,
  type Size,
  type Spec,
  WIDTH,
} from "./spec.ts";

const COLUMN_GAP = 28;
/** More lines could not be told apart. */
const LINES = 5;
/** A report has 101 quantiles of each; every second one draws the same line. */
const STEP = 2;
/** No logarithm of less. */
const LEAST_MS = 0.01;

/** How times to first token and gaps between chunks are spread at some levels: their empirical distribution functions. */
export const distribution: Drawing = {
  title: "How first tokens and gaps are spread",
  size: "wide",
  section: "latency",
  figures: ["ttftMs.p50", "ttftMs.p90", "ttftMs.p99", "chunkGapMs.p50", "chunkGapMs.p90", "chunkGapMs.p99"],
  draw(report, size) {
    const isStacked = size !== "wide";
    const width = (isStacked ? WIDTH[size] : (WIDTH.wide - COLUMN_GAP) / 2) - AXIS_PX - EDGE_PX;
    const height = isStacked ? 200 : 250;
    const levels = drawnLevels(report);
    const panels = (["ttftMs", "chunkGapMs"] as const).map((latency) =>
      ecdfPanel(levels, { report, latency, size, width, height }),
    );
    return chart(isStacked ? { vconcat: panels, spacing: 40 } : { hconcat: panels, spacing: COLUMN_GAP });
  },
};

/** The lowest, the highest and the verdict's level, and others between them. */
function drawnLevels(report: Report): Level[] {
  const known = chartedLevels(report).filter(({ ecdf }) => ecdf !== null);
  if (known.length <= LINES) return known;
  const headline = known.findIndex(({ id }) => id === headlineLevel(report)?.id);
  const places = Array.from({ length: LINES }, (_, nth) =>
    Math.round((nth * (known.length - 1)) / (LINES - 1)),
  );
  if (headline >= 0 && !places.includes(headline)) {
    const inner = places.slice(1, -1).toSorted((a, b) => Math.abs(a - headline) - Math.abs(b - headline));
    places[places.indexOf(inner[0] ?? 0)] = headline;
  }
  return known.filter((_, place) => places.includes(place));
}

interface EcdfPanel {
  report: Report;
  latency: "ttftMs" | "chunkGapMs";
  size: Size;
  width: number;
  height: number;
}

function ecdfPanel(levels: Level[], { report, latency, width, height }: EcdfPanel): Spec {
  const hue = latency === "ttftMs" ? "orange" : "teal";
  const headline = headlineLevel(report)?.id;
  const lines = levels.map((level, nth) => {
    const quantiles = level.ecdf?.[latency] ?? [];
    const rows = quantiles.flatMap((value, percent): Json[] =>
      percent % STEP === 0 ? [{ ms: Math.max(LEAST_MS, value), share: percent }] : [],
    );
    // Names stand at different heights, so that those of lines that lie together do not cover one another.
    const at = Math.round(84 - (nth * 68) / Math.max(1, levels.length - 1));
    return { level, rows, opacity: 0.4 + (0.6 * (nth + 1)) / levels.length, at, ms: quantiles[at] ?? null };
  });
  const most = Math.max(LEAST_MS, ...levels.flatMap(({ ecdf }) => ecdf?.[latency].at(-1) ?? []));
  const least = Math.min(most, ...levels.map(({ ecdf }) => Math.max(LEAST_MS, ecdf?.[latency][0] ?? most)));
  return {
    width,
    height,
    encoding: {
      x: {
        field: "ms",
        type: "quantitative",
        scale: { type: "log", domain: [least / 1.1, most * 1.6], nice: false },
        axis: { title: `${axisTitle(latency)} (log)`, tickCount: 4, format: ",~r" },
      },
      y: {
        field: "share",
        type: "quantitative",
        scale: { domain: [0, 100] },
        axis: {
          title: `↑  ${latency === "ttftMs" ? "Requests" : "Gaps"} at or below, %`,
          values: [0, 25, 50, 75, 100],
        },
      },
    },
    layer: [
      ...lines.map(({ level, rows, opacity }) =>
        layer(
          rows,
          {
            type: "line",
            color: colour(hue),
            opacity: level.id === headline ? 1 : opacity,
            strokeWidth: level.id === headline ? 3 : 1.75,
          },
          {},
        ),
      ),
      ...lines.flatMap(({ level, at, ms }) =>
        ms === null
          ? []
          : [
              layer(
                [{ ms: Math.max(LEAST_MS, ms), share: at, text: loadText(level.load) }],
                {
                  type: "text",
                  align: "left",
                  dx: 6,
                  dy: 4,
                  color: colour(level.id === headline ? "ink" : "muted"),
                  fontWeight: level.id === headline ? 600 : 400,
                },
                { text: { field: "text" } },
              ),
            ],
      ),
    ],
  };
}
