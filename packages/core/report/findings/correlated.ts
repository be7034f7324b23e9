import type { Figure } from "../../figure.ts";
import { floorOf } from "../../metric/statistics/quantile.ts";
import type { Name } from "../catalogue.ts";
import { inSentence, named } from "../names.ts";
import type { Placed } from "./placed.ts";
import type { Finding, Level, Report } from "../schema.ts";
import { loadText } from "../text.ts";
import { longerText } from "./withheld.ts";

/** The statistics that a reader takes from a distribution, and how many independent values bound each. */
const BOUNDED = { p50: floorOf(0.5), p90: floorOf(0.9), p95: floorOf(0.95) };
/** Neighbouring twentieths of a window that lean on one another by 0.65 do so by 0.2 in one that is four times as long. */
const LONGER_FOR_MEAN = 4;

/** Figures of which the window holds too little of their own variation, and how long it would have to be. */
export function tooCorrelated(measured: Placed[], { job }: Omit<Report, "findings">): Finding[] {
  const each = measured.flatMap((placed) => {
    const factors = leaning(placed.level);
    return factors.length === 0 ? [] : [{ placed, factors }];
  });
  if (each.length === 0) return [];
  const texts = each.map(({ placed: { level }, factors }) => {
    const which = [...new Set(factors.map(({ name }) => inSentence(named(name).shortLabel)))].join(", ");
    return `${which} at ${loadText(level.load)}${longerText(level, Math.max(...factors.map(({ factor }) => factor)), job)}`;
  });
  const sentence = `Requests wait for one another, and the window is short beside the time that this lasts: ${texts.join("; ")}. These figures are less sure than their number of requests says.`;
  return [
    {
      code: "too_correlated",
      severity: "warn",
      sentence,
      refs: each.flatMap(({ placed, factors }) =>
        factors.map(
          ({ name, statistic }) => `${placed.pointer}/${name}${statistic === null ? "" : `/${statistic}`}`,
        ),
      ),
    },
  ];
}

interface Leaning {
  name: Name;
  statistic: keyof typeof BOUNDED | "mean" | null;
  factor: number;
}

function leaning(level: Level): Leaning[] {
  const isLeaning = ({ reasons }: Figure): boolean => reasons.includes("too_correlated");
  const single = (["outputTokensPerS", "inFlight"] as const).filter((name) => isLeaning(level[name]));
  const ofSpreads = (["ttftMs", "tpotMs", "e2eMs", "chunkGapMs"] as const).flatMap((name): Leaning[] => {
    const spread = level[name];
    const mean: Leaning = { name, statistic: "mean", factor: LONGER_FOR_MEAN };
    return [
      ...(isLeaning(spread.mean) ? [mean] : []),
      ...(Object.keys(BOUNDED) as (keyof typeof BOUNDED)[])
        .filter((statistic) => isLeaning(spread[statistic]))
        .map((statistic) => ({
          name,
          statistic,
          factor: BOUNDED[statistic] / Math.max(1, spread[statistic].nEff ?? 1),
        })),
    ];
  });
  return [...single.map((name) => ({ name, statistic: null, factor: LONGER_FOR_MEAN })), ...ofSpreads];
}
