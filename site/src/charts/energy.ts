import type { Report } from "@brimline/core/report/schema";
import { significant } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { AXIS_PX, chart, EDGE_PX, WIDTH, type Size, type Spec } from "./spec.ts";

const COLUMN_GAP = 36;

/** Tokens per joule and MFU against load. */
export function energy(report: Report, size: Size): Spec {
  const levels = chartedLevels(report);
  const isStacked = size !== "wide";
  const width = isStacked
    ? WIDTH[size] - AXIS_PX - EDGE_PX
    : (WIDTH.wide - COLUMN_GAP) / 2 - AXIS_PX - EDGE_PX;
  const height = isStacked ? 210 : 250;
  const panels = [
    panel(levels, {
      title: "Output tokens per joule",
      hue: "purple",
      figure: (level) => level.tokensPerJ,
      width,
      height,
      showEnds: significant,
    }),
    panel(levels, {
      title: "MFU, % of the dense peak",
      hue: "teal",
      figure: (level) => level.mfuPercent,
      width,
      height,
      showEnds: significant,
    }),
  ];
  return chart(isStacked ? { vconcat: panels, spacing: 40 } : { hconcat: panels, spacing: COLUMN_GAP });
}
