import { chartsOf } from "@brimline/core/report/shown/charts";
import { gpuText, headlineLevel, serverOf, statusOf } from "@brimline/core/report/entry";
import { MARK } from "@brimline/core/report/frame";
import type { Report } from "@brimline/core/report/schema";
import { headSentence } from "@brimline/core/report/shown/answers";
import { loadText } from "@brimline/core/report/text";
import { escapeText } from "@brimline/core/report/shown/xml";
import { DRAWINGS } from "./charts/charts.ts";
import { textWidth } from "./charts/font.ts";
import { colour, inLight } from "./charts/palette.ts";
import { rawSvg } from "./charts/svg.ts";
import { shortDay } from "./format/number.ts";
import { givenName, statePill, unbroken, verdictPill } from "./view/identity.ts";
import { keyFigures } from "./view/keyfigures.ts";

/** The picture that a link to the report is shown with. */
export const PREVIEW = "preview.png";
export const PREVIEW_PX = { width: 1200, height: 630 };

const EDGE = 64;
const RIGHT = PREVIEW_PX.width - EDGE;
/** Where the chart begins, right of the figures. */
const CHART_X = 500;
/** What a reader asks for first: output, how soon it begins, the price, or else the speed of one user. */
const FIGURES_MAX = 3;

interface Words {
  x: number;
  y: number;
  px: number;
  weight?: 400 | 600;
  hue?: Parameters<typeof colour>[0];
  anchor?: "start" | "end";
}

const words = (text: string, { x, y, px, weight = 400, hue = "ink", anchor = "start" }: Words): string =>
  `<text x="${x}" y="${y}" font-size="${px}" font-weight="${weight}" fill="${colour(hue)}" text-anchor="${anchor}">${escapeText(text)}</text>`;

/** The verdict, what is served and what it costs, as SVG in the light palette: 1,200 × 630, as previews of links are. */
export async function preview(report: Report): Promise<string> {
  const { width, height } = PREVIEW_PX;
  const { model } = report.endpoint;
  const given = givenName(report);
  const title = given ?? model;
  const titlePx = fitting(title, RIGHT - EDGE, 600, 60, 34);
  const on = [given === null ? null : model, gpuText(report), serverOf(report)].filter(
    (part) => part !== null,
  );
  const made = [shortDay(report.createdAt), report.provenance.simulated ? "simulated" : null]
    .filter((part) => part !== null)
    .join(", ");
  const madeWidth = textWidth(made, 22, 400);
  const sentence = lines(unbroken(headSentence(report).replaceAll("`", "")), RIGHT - EDGE, 26, 2);
  const drawn = await chartOf(report);
  const body = [
    `<rect width="${width}" height="${height}" fill="${colour("paper")}"/><rect width="${width}" height="8" fill="${colour("blue")}"/>`,
    words(cut(title, RIGHT - EDGE, 600, titlePx), { x: EDGE, y: 104, px: titlePx, weight: 600 }),
    words(cut(on.join(", "), RIGHT - EDGE - madeWidth - 30, 400, 28), {
      x: EDGE,
      y: 148,
      px: 28,
      hue: "muted",
    }),
    words(made, { x: RIGHT, y: 148, px: 22, hue: "muted", anchor: "end" }),
    `<path d="M${EDGE},172H${RIGHT}" stroke="${colour("grid")}" stroke-width="2"/>`,
    ...sentence.map((line, nth) => words(line, { x: EDGE, y: 212 + 34 * nth, px: 26, weight: 600 })),
    ...figures(report, drawn !== ""),
    drawn,
    MARK.replace("<svg", `<svg x="${EDGE}" y="562" width="38" height="38"`),
    words("brimline", { x: EDGE + 48, y: 590, px: 26, weight: 600 }),
  ];
  return inLight(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="Inter">${body.join("")}</svg>`,
  );
}

/** The figures under the load that they were measured at and how it was judged: beside a chart one below the other. */
function figures(report: Report, hasChart: boolean): string[] {
  const level = headlineLevel(report);
  const pill = verdictPill(statusOf(report)) ?? statePill(report.state);
  const hue = { good: "teal", bad: "red", neutral: "muted" } as const;
  const at = level === null ? "" : `at ${loadText(level.load)}, `;
  const all = keyFigures(report).figures;
  const price = all.filter(({ hue: of }) => of === "red");
  const shown = [...all.filter(({ hue: of }) => of !== "red").slice(0, FIGURES_MAX - price.length), ...price];
  const px = hasChart ? 44 : 64;
  return [
    words(`${at}${pill.text}`, { x: EDGE, y: 294, px: 24, weight: 600, hue: hue[pill.tone] }),
    ...shown.flatMap(({ label, value, unit }, nth) => {
      const [x, y] = hasChart ? [EDGE, 336 + nth * 80] : [EDGE + nth * 360, 380];
      return [
        words(label, { x, y, px: 20, hue: "muted" }),
        words(value, { x, y: y + px, px, weight: 600 }),
        words(unit, { x: x + textWidth(value, px, 600) + 10, y: y + px, px: 24, hue: "muted" }),
      ];
    }),
  ];
}

/** Output against the load, where more than one was measured. */
async function chartOf(report: Report): Promise<string> {
  if (!chartsOf(report).includes("throughput")) return "";
  const svg = await rawSvg(DRAWINGS.throughput.draw(report, "half")).catch(() => null);
  if (svg === null) return "";
  const box = /viewBox="([^"]+)"/.exec(svg)?.[1] ?? "0 0 1 1";
  const inner = svg
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replaceAll(/ font-family="[^"]*"/g, "");
  return `<svg x="${CHART_X}" y="284" width="${RIGHT - CHART_X}" height="${PREVIEW_PX.height - 284 - 24}" viewBox="${box}" preserveAspectRatio="xMaxYMid meet" fill="none">${inner}</svg>`;
}

/** The largest size at which the text fits, within bounds. */
function fitting(text: string, width: number, weight: number, most: number, least: number): number {
  return Math.max(least, Math.min(most, Math.floor(width / textWidth(text, 1, weight))));
}

/** The text, cut with an ellipsis where it is too wide. */
function cut(text: string, width: number, weight: number, px: number): string {
  if (textWidth(text, px, weight) <= width) return text;
  let kept = text;
  while (kept !== "" && textWidth(`${kept}…`, px, weight) > width) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}

/** The text in lines, of which the last is cut. */
function lines(text: string, width: number, px: number, most: number): string[] {
  const broken: string[] = [""];
  for (const word of text.split(" ")) {
    const line = broken.at(-1) ?? "";
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, px, 600) <= width || broken.length === most) broken[broken.length - 1] = longer;
    else broken.push(word);
  }
  return broken.map((line) => cut(line, width, 600, px));
}
