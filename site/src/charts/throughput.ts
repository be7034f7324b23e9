import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { chart, type Drawing, plotWidth } from "./spec.ts";

/** The output tokens per second of the whole endpoint against load. */
export const throughput: Drawing = {
  title: "Throughput against load",
  size: "half",
  section: null,
  figures: ["outputTokensPerS"],
  draw: (report, size) =>
    chart(
      panel(chartedLevels(report), {
        figure: "outputTokensPerS",
        about: "whole endpoint",
        hue: "blue",
        format: ",~r",
        width: plotWidth(size),
        height: size === "wide" ? 320 : 260,
      }),
    ),
};
