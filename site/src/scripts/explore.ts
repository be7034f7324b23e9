import { expressionInterpreter } from "vega-interpreter";
import { Error as ONLY_ERRORS, logger, parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { onPage } from "../charts/drawable.ts";
import { COLOURS } from "../charts/palette.ts";
import { movable } from "./movable.ts";
import type { Vega } from "./vega.ts";

/**
 * Draws a chart of the page by Vega in the browser. Vega's own compiler makes functions of texts, which the site's
 * Content-Security-Policy forbids, so expressions are interpreted.
 */
const explore: Vega["explore"] = async (specification, place, isDark) => {
  const text = isDark
    ? Object.values(COLOURS).reduce((all, [light, dark]) => all.replaceAll(light, dark), specification)
    : specification;
  const chart = movable(JSON.parse(text));
  const { spec } = compile(chart as unknown as TopLevelSpec, { logger: logger(ONLY_ERRORS) });
  const said = document.createElement("p");
  said.textContent = HINT;
  const view = new View(parse(spec, undefined, { ast: true }), {
    expr: expressionInterpreter,
    renderer: "canvas",
    container: place,
    logLevel: ONLY_ERRORS,
    hover: true,
    tooltip: (_handler: unknown, _event: unknown, _item: unknown, row: unknown) => {
      said.textContent = textOf(row) ?? HINT;
    },
  });
  place.append(said);
  await view.runAsync();
};
const HINT = "Drag to move, scroll to zoom, double-click to begin anew. A point says here what it is.";

/** What a point stands for, field by field. */
function textOf(row: unknown): string | null {
  if (typeof row !== "object" || row === null) return null;
  return Object.entries(row)
    .flatMap(([name, value]) =>
      typeof value === "number"
        ? `${name} ${value.toLocaleString("en-US", { maximumSignificantDigits: 4 })}`
        : typeof value === "string"
          ? value
          : [],
    )
    .join(" · ");
}

Object.assign(globalThis, { brimlineVega: { explore, draw: onPage } satisfies Vega });
