/** What font.ts gives, where the browser has the font: scripts are bundled with this in its place. */
export const CHART_FONT = "Inter Variable, Inter, system-ui, sans-serif";

const canvas = document.createElement("canvas").getContext("2d");

/** The width of a text in px. */
export function textWidth(text: string, fontSize: number, weight: number): number {
  if (canvas === null) return 0.62 * fontSize * text.length;
  canvas.font = `${weight} ${fontSize}px ${CHART_FONT}`;
  return canvas.measureText(text).width;
}
