/**
 * The palette. Pages give it to charts as CSS variables (styles/base.css has the same values), and files have
 * literal colours.
 */
export const COLOURS = {
  paper: ["#fcfbf9", "#0f1217"],
  ink: ["#171a1f", "#eceef2"],
  muted: ["#59606b", "#a3abb8"],
  faint: ["#8a919c", "#6f7a89"],
  grid: ["#e9e6e0", "#232a33"],
  band: ["#f2efe8", "#171d25"],
  blue: ["#1f5fbf", "#6ea8ff"],
  orange: ["#b84a06", "#ff9a4d"],
  teal: ["#00796b", "#3fc9b0"],
  purple: ["#7a3fa8", "#c79bff"],
  red: ["#c0182b", "#ff7a7d"],
  gold: ["#8a6a00", "#e0b84a"],
} as const;
type Colour = keyof typeof COLOURS;

const isColour = (name: string): name is Colour => name in COLOURS;

/** A colour as a variable that the page resolves: `var(--blue)`. */
export const colour = (name: Colour): string => `var(--${name})`;

/** The text with every colour variable replaced by its light colour. */
export const inLight = (text: string): string =>
  text.replaceAll(/var\(--(\w+)\)/g, (whole, name: string) => (isColour(name) ? COLOURS[name][0] : whole));

/**
 * The style of a standalone chart. Its literal colours are the light ones, and this makes them dark when the
 * reader wants dark.
 */
export const DARK_RULES = `@media(prefers-color-scheme:dark){${Object.entries(COLOURS)
  .map(([name, [, dark]]) => `.fill-${name}{fill:${dark}}.stroke-${name}{stroke:${dark}}`)
  .join("")}}`;
