import type { Report } from "@brimline/core/report/schema";
import { whole } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { chart, plotWidth, type Size, type Spec } from "./spec.ts";

/** The output tokens per second of the whole endpoint against load. */
export function throughput(report: Report, size: Size): Spec {
  return chart(
    panel(chartedLevels(report), {
      title: "Output tokens/s, whole endpoint",
      hue: "blue",
      figure: (level) => level.outputTokensPerS,
      format: ",~r",
      width: plotWidth(size),
      height: size === "wide" ? 320 : 260,
      showEnds: whole,
    }),
  );
}
