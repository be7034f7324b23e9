import type { Figure } from "@brimline/core/figure";
import { CATALOGUE } from "@brimline/core/report/catalogue";
import type { Fit, Report } from "@brimline/core/report/schema";
import { unsaturated } from "@brimline/core/report/findings/unsaturated";
import { drawnFit } from "../charts/curve.ts";
import { MISSING, showFigure } from "../format/figure.ts";
import { significant, whole } from "../format/number.ts";
import { levelNamed } from "./levels.ts";

/** One line of a definition list. */
export interface Fact {
  term: string;
  value: string;
  /** The interval, or why the value is missing. */
  detail: string | null;
  /** The fact takes a line of its own. */
  isWhole?: boolean;
}

const TOKENS_PER_S = CATALOGUE.outputTokensPerS.unit;

const FAMILY = {
  line: "straight line",
  michaelis_menten: "Michaelis–Menten",
  usl: "Universal Scalability Law",
  exponential: "exponential",
} as const;

/** Words for a fit's R². */
const QUALITY = [
  { from: 0.99, word: "excellent" },
  { from: 0.95, word: "good" },
  { from: 0.9, word: "fair" },
  { from: -Infinity, word: "poor" },
];

const fact = (term: string, figure: Figure, format: (value: number) => string, unit: string): Fact => {
  const shown = showFigure(figure, format);
  const isKnown = figure.value !== null;
  return {
    term,
    value: isKnown ? `${shown.text} ${unit}` : shown.text,
    detail: isKnown ? shown.interval : shown.reason,
  };
};

/** Joins missing facts that have the same reason into one line, so that the reason is read once. */
function gathered(facts: Fact[]): Fact[] {
  const missing = facts.filter((one) => one.value === MISSING && one.detail !== null);
  const reasons = [...new Set(missing.map((one) => one.detail))].filter(
    (reason) => missing.filter((one) => one.detail === reason).length > 2,
  );
  const lines = reasons.map((reason): Fact => {
    const terms = missing
      .filter((one) => one.detail === reason)
      .map((one, index) => (index === 0 ? one.term : one.term.charAt(0).toLowerCase() + one.term.slice(1)));
    return { term: terms.join(" · "), value: MISSING, detail: reason, isWhole: true };
  });
  return [...facts.filter((one) => one.value !== MISSING || !reasons.includes(one.detail)), ...lines];
}

/**
 * The parameters of a curve that the levels do not bound. They are shown as what they are: not identified.
 */
function ownMaximum(fit: Fit | null, maximum: Figure, unit: string): Fact[] {
  const { V, K } = fit?.params ?? {};
  if (maximum.value !== null || V?.value == null || K?.value == null) return [];
  return [
    {
      term: "The curve's own maximum",
      value: `${whole(V.value)} ${TOKENS_PER_S}`,
      detail: `half of it at ${significant(K.value)} ${unit}; not identified`,
    },
  ];
}

/** What the fitted curve says. It is empty when no curve was fitted. */
export function saturationFacts(report: Report): Fact[] {
  const { saturation } = report;
  if (saturation === null) return [];
  const unit = saturation.xUnit === "inFlight" ? "in flight" : "requests/s";
  const drawn = drawnFit(saturation.fits, saturation.chosen);
  const r2 = drawn?.fit.r2 ?? null;
  const word = r2 === null ? null : (QUALITY.find((quality) => r2 >= quality.from)?.word ?? null);
  return gathered([
    fact("Maximum, extrapolated", saturation.maxTokensPerS, whole, TOKENS_PER_S),
    fact("Half of it at", saturation.halfLoad, significant, unit),
    {
      term: "Fit",
      value: drawn === null ? MISSING : FAMILY[drawn.fit.family],
      detail: r2 === null ? "no curve was fitted" : `R² ${r2.toFixed(4)}, ${word ?? ""}`,
    },
    ...ownMaximum(drawn?.fit ?? null, saturation.maxTokensPerS, unit),
    fact("Highest level, share of the maximum", saturation.currentPercentOfMax, significant, "%"),
    fact("95 % of the maximum at", saturation.load95, significant, unit),
    fact("Output there", saturation.tokensPerSAt95, whole, TOKENS_PER_S),
    fact("Knee", saturation.knee, significant, unit),
    ...(saturation.nextLoadToTest === null
      ? []
      : [
          {
            term: "Test next",
            value: `${whole(saturation.nextLoadToTest)} ${report.verdict.capacityUnit === "users" ? "users" : "requests/s"}`,
            detail: "1.5 × the highest load",
          },
        ]),
  ]);
}

/** Sentences about saturation that need no curve. */
export function saturationSentences(report: Report): string[] {
  const { saturation } = report;
  if (saturation === null) return [];
  const below = saturation.firstBelow10PercentId;
  const best = report.levels.find((level) => level.id === saturation.bestPerUserId);
  const perUser = best?.tokensPerSPerUser.value ?? null;
  return [
    ...(saturation.marginal.length === 0
      ? []
      : [
          below === null
            ? unsaturated(report)
            : `The first level with less than 10 % more output than the one before is ${levelNamed(report, below)}.`,
        ]),
    ...(best === undefined || perUser === null
      ? []
      : [
          `Best throughput per user: ${significant(perUser)} ${TOKENS_PER_S} at ${levelNamed(report, best.id)}.`,
        ]),
  ];
}

/** The sentences above the chart, about its curve. */
export function curveSentence(report: Report): string {
  const { saturation } = report;
  if (saturation === null) return "No curve was fitted.";
  const shade = saturation.band.length === 0 ? "" : " The shade is its 95 % interval.";
  if (saturation.maxTokensPerS.value !== null)
    return `The curve is solid where it was measured and dashed beyond.${shade}`;
  if (saturation.maxTokensPerS.reasons.includes("too_few_levels"))
    return "There are too few levels for a curve, which needs three or more.";
  return `These levels do not bound a maximum: many curves fit them about equally well. The dashed one is the best fit, not a promise.${shade}`;
}
