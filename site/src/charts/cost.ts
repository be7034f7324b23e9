import { usd } from "../format/number.ts";
import { chartedLevels } from "./load.ts";
import { panel } from "./panel.ts";
import { chart, type Drawing, plotWidth } from "./spec.ts";

/** $ per million output tokens against load. The page's script puts another price to its labels (scripts/price.ts). */
export const cost: Drawing = {
  title: "Cost against load",
  size: "half",
  section: null,
  figures: ["usdPerMOutputTokens"],
  draw: (report, size) =>
    chart(
      panel(chartedLevels(report), {
        figure: "usdPerMOutputTokens",
        hue: "red",
        format: "$,.2~r",
        width: plotWidth(size),
        height: 230,
        showEnds: usd,
      }),
    ),
};
