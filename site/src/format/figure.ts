import { REASON_TEXT } from "@brimline/core/codes";
import type { Figure } from "@brimline/core/figure";

/** A figure as text: its value, its interval, and why it is missing or must be read with care. */
export interface ShownFigure {
  /** "1,384", "≥ 402" when only a lower bound is known, "—" when nothing is. */
  text: string;
  /** "1,350 – 1,417", or "≥ 1,350" when it is open above. It is null when there is no interval. */
  interval: string | null;
  /** The figure's reasons as one text. It is null when there are none. */
  reason: string | null;
}

export const MISSING = "—";

/** The reasons of a figure as one text. */
const reasonText = (figure: Figure): string | null =>
  figure.reasons.length === 0 ? null : figure.reasons.map((reason) => REASON_TEXT[reason]).join("; ");

/** Whether a figure has a value that must not be used. */
export const isDoubted = ({ value, validity }: Figure): boolean => value !== null && validity === "invalid";

export function showFigure(figure: Figure, format: (value: number) => string): ShownFigure {
  const { value, low, high } = figure;
  const reason = isDoubted(figure) ? `not to be used: ${reasonText(figure)}` : reasonText(figure);
  if (value === null)
    return {
      text: low === null ? MISSING : `≥ ${format(low)}`,
      interval: null,
      reason: reason ?? "not known",
    };
  return {
    text: format(value),
    interval: low === null ? null : high === null ? `≥ ${format(low)}` : `${format(low)} – ${format(high)}`,
    reason,
  };
}
