import type { Figure } from "@brimline/core/figure";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import type { Fit, Report } from "@brimline/core/report/schema";
import { cell, change, levelHeading, number, reasonText } from "./figures.ts";
import { table, title, wrap } from "./table.ts";

const TOKENS_PER_S = CATALOGUE.outputTokensPerS.unit;

/** The block about saturation. It is empty with fewer than two levels. */
export function saturationBlock(report: Report, columns: number): string[] {
  const found = report.saturation;
  if (found === null || found.points.length < 2) return [];
  const fit = found.fits.find((candidate) => candidate.family === (found.chosen ?? "michaelis_menten"));
  // The parameters of a curve that the levels do not bound are shown as what they are: not identified.
  const guessed = (figure: Figure, parameter: Figure | undefined): string =>
    figure.value !== null || parameter?.value == null
      ? cell(figure)
      : `not identified (the curve's own ${number(parameter.value)})`;
  const rows = [
    [
      "Fit",
      fit === undefined
        ? "—"
        : `${FAMILY[fit.family]}${fit.r2 === null ? "" : `, R² ${fit.r2.toFixed(3)} (${fitWord(fit.r2)})`}`,
    ],
    [`Maximum, ${TOKENS_PER_S}`, guessed(found.maxTokensPerS, fit?.params.V)],
    ["Half of it at, in flight", guessed(found.halfLoad, fit?.params.K)],
    ["Highest level, % of maximum", cell(found.currentPercentOfMax)],
    ["95 % of it at, in flight", cell(found.load95)],
    [`Throughput there, ${TOKENS_PER_S}`, cell(found.tokensPerSAt95)],
    ["Knee, in flight", cell(found.knee)],
    [
      "First gain below 10 %",
      found.firstBelow10PercentId === null
        ? found.marginal.length === 0
          ? "—"
          : "none: every level gained 10 % or more"
        : levelHeading(report, found.firstBelow10PercentId),
    ],
    [
      "Most throughput per user at",
      found.bestPerUserId === null ? "—" : levelHeading(report, found.bestPerUserId),
    ],
    ["Test next", found.nextLoadToTest === null ? "—" : `${number(found.nextLoadToTest)} users`],
  ];
  const why = [
    ...new Set(
      [found.maxTokensPerS, found.halfLoad, found.load95]
        .filter((figure) => figure.value === null)
        .flatMap((figure) => figure.reasons),
    ),
  ];
  return [
    title("Saturation"),
    ...table(rows, "left"),
    ...(why.length === 0 ? [] : wrap(`— ${reasonText(why)}`, columns, "  ")),
  ];
}

const FAMILY: Record<Fit["family"], string> = {
  line: "straight line",
  michaelis_menten: "Michaelis–Menten",
  usl: "Universal Scalability Law",
  exponential: "exponential",
};

const fitWord = (r2: number): string =>
  r2 >= 0.99 ? "excellent" : r2 >= 0.95 ? "good" : r2 >= 0.9 ? "fair" : "poor";

/** The block about what each level brought over the one before. */
export function marginal(report: Report): string[] {
  const gains = report.saturation?.marginal ?? [];
  if (gains.length === 0) return [];
  return [
    title("Marginal gains"),
    ...table(
      gains.map((gain) => [
        `${levelHeading(report, gain.fromId)} → ${levelHeading(report, gain.toId)}`,
        change(gain.gainPercent),
        gain.tokensPerS.value === null
          ? "—"
          : `${gain.tokensPerS.value >= 0 ? "+" : "−"}${number(Math.abs(gain.tokensPerS.value))} ${TOKENS_PER_S}`,
      ]),
    ),
  ];
}
