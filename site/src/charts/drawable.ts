import { textWidth } from "./font.ts";
import { inLight } from "./palette.ts";
import { noteChart, type Size, type Spec, WIDTH } from "./spec.ts";
import { inlineSvg, rawSvg, standaloneSvg } from "./svg.ts";

/** A chart that can be drawn for any place. */
export interface Drawable {
  /** The name of its files, and what its ids on the page begin with. */
  name: string;
  title: string;
  /** How wide it is on the page. */
  size: Size;
  draw: (size: Size) => Spec;
  /** What was measured, in words, for a chart that stands alone. */
  about: string;
}

/** A chart that fails shows this text, so that the page can still be rendered. */
const FAILED = "This chart could not be drawn. Its numbers are in the tables and in the data.";

async function drawn(build: () => Spec, size: Size): Promise<{ spec: Spec; svg: string }> {
  try {
    const spec = build();
    return { spec, svg: await rawSvg(spec) };
  } catch {
    const spec = noteChart(size, FAILED);
    return { spec, svg: await rawSvg(spec) };
  }
}

/**
 * A chart for the page. It has one drawing for wide screens and one for telephones, and CSS shows one of
 * them.
 */
export async function onPage({
  name,
  title,
  size,
  draw,
}: Drawable): Promise<{ wide: string; narrow: string }> {
  const wide = await drawn(() => draw(size), size);
  const narrow = await drawn(() => draw("narrow"), "narrow");
  return {
    wide: inlineSvg(wide.svg, `${name}-w`, title),
    narrow: inlineSvg(narrow.svg, `${name}-n`, title),
  };
}

/**
 * A chart as files: its standalone SVG and its specification, both with a title that says what was measured.
 */
export async function asFiles({
  name,
  title,
  size,
  draw,
  about,
}: Drawable): Promise<{ svg: string; spec: string }> {
  const heading: Spec = { text: title, subtitle: shortened(about, WIDTH[size]) };
  const { spec, svg } = await drawn(() => ({ ...draw(size), title: heading }), size);
  const literal = JSON.stringify({ ...spec, background: "var(--paper)", padding: 24 }, null, 1);
  return { svg: standaloneSvg(svg, name, title), spec: `${inLight(literal)}\n` };
}

/** The text, cut with an ellipsis when it is wider than the chart. */
function shortened(text: string, width: number): string {
  if (textWidth(text, 13, 400) <= width) return text;
  let kept = text;
  while (kept !== "" && textWidth(`${kept}…`, 13, 400) > width) kept = kept.slice(0, -1);
  return `${kept}…`;
}
