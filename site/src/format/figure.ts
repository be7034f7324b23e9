import { REASON_TEXT } from "@brimline/core/codes";
import type { Figure } from "@brimline/core/figure";

/** A figure in words: its value, its interval, and why it is missing or must be read with care. */
export interface ShownFigure {
  /** "1,384", "≥ 402" where only a lower bound is known, "—" where nothing is. */
  text: string;
  /** "1,350 – 1,417"; null where there is none. */
  interval: string | null;
  /** One sentence; null where nothing is to be said. */
  reason: string | null;
}

export const MISSING = "—";

/** Reasons of a figure as one text. */
const reasonText = (figure: Figure): string | null =>
  figure.reasons.length === 0 ? null : figure.reasons.map((reason) => REASON_TEXT[reason]).join("; ");

export function showFigure(figure: Figure, format: (value: number) => string): ShownFigure {
  const { value, low, high } = figure;
  const reason = reasonText(figure);
  if (value === null)
    return {
      text: low === null ? MISSING : `≥ ${format(low)}`,
      interval: null,
      reason: reason ?? "not known",
    };
  return {
    text: format(value),
    interval: low === null || high === null ? null : `${format(low)} – ${format(high)}`,
    reason,
  };
}
