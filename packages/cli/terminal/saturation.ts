import type { Figure } from "@brimline/core/figure";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import type { Fit, Report } from "@brimline/core/report/schema";
import { cell, change, levelHeading, number, UNKNOWN } from "@brimline/core/report/shown/cells";
import { missingFigure } from "@brimline/core/report/shown/missing";
import { lastGain } from "@brimline/core/report/findings/unsaturated";
import { missingLines } from "./missing.ts";
import { table, title } from "./table.ts";

const TOKENS_PER_S = CATALOGUE.outputTokensPerS.unit;

/** A row: its name, its text, and the figure that says why it has no value. */
type Row = [name: string, text: string, figure: Figure | null];

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
  const unit = found.xUnit === "ratePerS" ? "requests/s" : "users";
  const rows: Row[] = [
    [
      "Fit",
      fit === undefined
        ? UNKNOWN
        : `${FAMILY[fit.family]}${fit.r2 === null ? "" : `, R² ${fit.r2.toFixed(3)} (${fitWord(fit.r2)})`}`,
      fit === undefined ? found.maxTokensPerS : null,
    ],
    [`Maximum, ${TOKENS_PER_S}`, guessed(found.maxTokensPerS, fit?.params.V), found.maxTokensPerS],
    ["Half of it at, in flight", guessed(found.halfLoad, fit?.params.K), found.halfLoad],
    ["Highest level, % of maximum", cell(found.currentPercentOfMax), found.currentPercentOfMax],
    ["95 % of it at, in flight", cell(found.load95), found.load95],
    [`Throughput there, ${TOKENS_PER_S}`, cell(found.tokensPerSAt95), found.tokensPerSAt95],
    ["Knee, in flight", cell(found.knee), found.knee],
    [
      "First gain below 10 %",
      found.firstBelow10PercentId === null
        ? noFlat(report)
        : levelHeading(report, found.firstBelow10PercentId),
      null,
    ],
    ...(found.bestPerUserId === null
      ? []
      : [["Most throughput per user at", levelHeading(report, found.bestPerUserId), null] satisfies Row]),
    ...(found.nextLoadToTest === null
      ? []
      : [["Test next", `${number(found.nextLoadToTest)} ${unit}`, null] satisfies Row]),
  ];
  const missing = rows.flatMap(([name, , figure]) =>
    figure === null ? [] : missingFigure(name.replace(/, [^,]*$/, ""), "", figure),
  );
  return [
    title("Saturation"),
    // A row without a value is named below alone.
    ...table(
      rows.filter(([, text]) => text !== UNKNOWN).map(([name, text]) => [name, text]),
      "left",
    ),
    ...missingLines(missing, 1, columns),
  ];
}

function noFlat(report: Report): string {
  const last = lastGain(report);
  return last === null
    ? "none: every level gained 10 % or more"
    : `none up to ${levelHeading(report, last.id)}; higher ones are too near to tell`;
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
export function marginal(report: Report, columns: number): string[] {
  const gains = report.saturation?.marginal ?? [];
  if (gains.length === 0) return [];
  const named = gains.map((gain) => ({
    ...gain,
    name: `${levelHeading(report, gain.fromId)} → ${levelHeading(report, gain.toId)}`,
  }));
  return [
    title("Marginal gains"),
    ...table(
      named.map(({ name, gainPercent, tokensPerS: { value } }) => [
        name,
        change(gainPercent),
        value === null ? UNKNOWN : `${value >= 0 ? "+" : "−"}${number(Math.abs(value))} ${TOKENS_PER_S}`,
      ]),
    ),
    ...missingLines(
      named.flatMap(({ name, gainPercent }) => missingFigure("gain", name, gainPercent)),
      named.length,
      columns,
    ),
  ];
}
