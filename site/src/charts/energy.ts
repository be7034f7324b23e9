import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { AXIS_PX, chart, type Drawing, EDGE_PX, WIDTH } from "./spec.ts";

const COLUMN_GAP = 36;

/** Tokens per joule and MFU against load. */
export const energy: Drawing = {
  title: "Tokens per joule and MFU against load",
  size: "wide",
  section: "efficiency",
  figures: ["tokensPerJ", "mfuPercent"],
  draw(report, size) {
    const levels = chartedLevels(report);
    const isStacked = size !== "wide";
    const width = isStacked
      ? WIDTH[size] - AXIS_PX - EDGE_PX
      : (WIDTH.wide - COLUMN_GAP) / 2 - AXIS_PX - EDGE_PX;
    const height = isStacked ? 210 : 250;
    const panels = [
      panel(levels, { figure: "tokensPerJ", hue: "purple", width, height }),
      panel(levels, { figure: "mfuPercent", hue: "teal", width, height }),
    ];
    return chart(isStacked ? { vconcat: panels, spacing: 40 } : { hconcat: panels, spacing: COLUMN_GAP });
  },
};
