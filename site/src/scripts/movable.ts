type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Spec = { [key: string]: Json };

const isSpec = (value: Json | undefined): value is Spec =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const specsOf = (value: Json | undefined): Spec[] => (Array.isArray(value) ? value.filter(isSpec) : []);

const markOf = ({ mark }: Spec): Json | undefined => (isSpec(mark) ? mark["type"] : mark);

/** The marks that stand for values. The others are frames, bands and labels. */
const OF_VALUES = new Set<Json | undefined>(["line", "point", "area"]);

/**
 * The specification of a chart with what lets a reader move it: each plot's scales follow a drag and the wheel, and
 * points say what they are. Plots below each other on one clock move along it together.
 */
export function movable(chart: Spec): Spec {
  // The page has its title above it.
  delete chart["title"];
  const plots = [...specsOf(chart["vconcat"]), ...specsOf(chart["hconcat"])];
  const all = plots.flatMap((plot) => [plot, ...specsOf(plot["vconcat"]), ...specsOf(plot["hconcat"])]);
  const layersOf = (plot: Spec): Spec[] => specsOf(plot["layer"]);
  const moved = (all.length === 0 ? [chart] : all)
    .map((plot) => layersOf(plot).find((layer) => OF_VALUES.has(markOf(layer))))
    .filter((layer) => layer !== undefined);
  for (const [index, layer] of moved.entries()) layer["name"] = `moved${index}`;
  const names = moved.map(({ name }) => name ?? null);
  const param = (name: string, views: Json[], select: Spec): Spec => ({
    name,
    views,
    select: { type: "interval", ...select },
    bind: "scales",
  });
  chart["params"] = isSpec(chart["resolve"])
    ? [param("clock", names, { encodings: ["x"] })]
    : names.map((name, index) => param(`move${index}`, [name], {}));
  for (const layer of [chart, ...all].flatMap(layersOf))
    if (markOf(layer) === "point" && isSpec(layer["mark"])) layer["mark"]["tooltip"] = { content: "data" };
  return chart;
}
