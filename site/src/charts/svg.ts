import { escapeText, inXml } from "@brimline/core/report/shown/xml";
import { expressionInterpreter } from "vega-interpreter";
import { Error as ERRORS_ONLY, parse, textMetrics, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { CHART_FONT, textWidth } from "./font.ts";
import { DARK_RULES, inLight } from "./palette.ts";
import type { Spec } from "./spec.ts";

// Without a canvas, Vega would take each character as 0.8 em wide.
textMetrics.width = (item, text) =>
  textWidth(
    String(Array.isArray(text) ? text[0] : (text ?? item.text ?? "")),
    item.fontSize ?? 11,
    weightOf(item.fontWeight),
  );
const weightOf = (weight: number | string | undefined): number =>
  weight === "bold" ? 700 : Number(weight) || 400;

const quiet = {
  warn: () => quiet,
  info: () => quiet,
  debug: () => quiet,
  error: () => quiet,
  level: () => quiet,
};

/** Vega's own SVG of a specification. Its colours are CSS variables. */
export async function rawSvg(spec: Spec): Promise<string> {
  // Only here our JSON becomes Vega-Lite's type. The compiler checks it.
  const { spec: vegaSpec } = compile(spec as unknown as TopLevelSpec, { logger: quiet });
  // Vega's own compiler makes functions of texts, which a page's Content-Security-Policy forbids.
  const view = new View(parse(vegaSpec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: "none",
    logLevel: ERRORS_ONLY,
  });
  const svg = inXml(await view.toSVG());
  view.finalize();
  if (/NaN|Infinity|undefined/.test(svg)) throw new Error("the chart has a number that is none");
  return svg;
}

/** Removes attributes that every element repeats, and rounds coordinates to a tenth of a pixel. */
function slim(svg: string): string {
  return svg
    .replaceAll(/ (?:class|role|aria-[a-z]+|pointer-events|focusable|font-family)="[^"]*"/g, "")
    .replaceAll(/ (?:d|transform|x|y|x1|x2|y1|y2|width|height|points|viewBox)="[^"]*"/g, (attribute) =>
      attribute.replaceAll(/-?\d+\.\d{2,}/g, (number) => String(Number(Number(number).toFixed(1)))),
    )
    .replaceAll(' stroke-miterlimit="10"', "")
    .replaceAll(/<path d="" display="none"(?:\/>|><\/path>)|<g><\/g>/g, "")
    .replaceAll(/<(\w+)((?: [^<>]*)?)><\/\1>/g, "<$1$2/>");
}

/**
 * Names clip paths by their chart. Vega numbers them over the whole process, so renderings would differ and
 * charts of one page would clash.
 */
function renameClips(svg: string, id: string): string {
  const names = new Map<string, string>();
  return svg.replaceAll(/\b(?:clip|gradient_)\d+\b/g, (name) => {
    const known = names.get(name) ?? `${id}-${names.size}`;
    names.set(name, known);
    return known;
  });
}

const viewBox = (svg: string): string => /viewBox="([^"]+)"/.exec(svg)?.[1] ?? "0 0 1 1";
const inner = (svg: string): string => svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");

/** An SVG for a page. It has a fluid width, a name for readers who cannot see it, and the page's colours. */
export function inlineSvg(svg: string, id: string, title: string): string {
  const small = slim(renameClips(svg, id));
  return `<svg viewBox="${viewBox(small)}" role="img" aria-label="${escapeText(title)}">${inner(small)}</svg>`;
}

/**
 * An SVG that stands alone. It has literal light colours, and rules that make them dark when the reader wants
 * dark.
 */
export function standaloneSvg(svg: string, id: string, title: string): string {
  const small = slim(renameClips(svg, id));
  const [, , width, height] = viewBox(small).split(" ").map(Number);
  const [w, h] = [Math.ceil(width ?? 0) + 2 * MARGIN, Math.ceil(height ?? 0) + 2 * MARGIN];
  const body = inner(small).replaceAll(
    /<(\w+)((?: [\w:-]+="[^"]*")*)/g,
    (_, name: string, attributes: string) => {
      const classes = [...attributes.matchAll(/ (fill|stroke)="var\(--(\w+)\)"/g)].map(
        ([, kind, name]) => `${kind}-${name}`,
      );
      return `<${name}${inLight(attributes)}${classes.length === 0 ? "" : ` class="${classes.join(" ")}"`}`;
    },
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="${CHART_FONT}" role="img" aria-label="${escapeText(title)}"><style>${DARK_RULES}</style><rect width="${w}" height="${h}" fill="${inLight("var(--paper)")}" class="fill-paper"/><g transform="translate(${MARGIN},${MARGIN})" fill="none">${body}</g></svg>\n`;
}

const MARGIN = 24;
