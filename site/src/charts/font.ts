import regular from "@fontsource/inter/files/inter-latin-400-normal.woff?inline";
import semibold from "@fontsource/inter/files/inter-latin-600-normal.woff?inline";
import { advanceWidths, woffToTtf } from "./woff.ts";

/** The fonts of a chart. The page has the variable font; elsewhere the reader's system decides. */
export const CHART_FONT = "Inter Variable, Inter, system-ui, sans-serif";

const fromDataUrl = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(",") + 1), "base64");

/** Inter as TrueType. In pictures weight 600 is a family of its own, "Inter SemiBold". */
export const TTF = { regular: woffToTtf(fromDataUrl(regular)), semibold: woffToTtf(fromDataUrl(semibold)) };

const WIDTHS = { regular: advanceWidths(TTF.regular), semibold: advanceWidths(TTF.semibold) };
/** The width in em of a character that Inter's Latin subset lacks: that of an average Latin letter. */
const UNKNOWN_WIDTH = 0.62;

/**
 * The width of a text in px, by Inter's advance widths. It needs no canvas, and layouts are the same on every
 * machine.
 */
export function textWidth(text: string, fontSize: number, weight: number): number {
  const widths = weight >= 550 ? WIDTHS.semibold : WIDTHS.regular;
  let em = 0;
  for (const character of text) em += widths.get(character) ?? UNKNOWN_WIDTH;
  return em * fontSize;
}
