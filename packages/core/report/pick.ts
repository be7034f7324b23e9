import { unknown, type Figure, type Spread } from "../figure.ts";
import { CATALOGUE, type FigureKey, type GpuName, type Name } from "./catalogue.ts";
import { named } from "./names.ts";
import type { Level } from "./schema.ts";

const isOfGpu = (name: Name): name is GpuName => CATALOGUE[name].of === "gpu";

/** What a level has under a name. A level without samples lacks its GPU's figures for the reasons of its tokens/J. */
export const valueOf = (level: Level, name: Name): Figure | Spread =>
  isOfGpu(name) ? (level.gpu?.[name] ?? unknown(...level.tokensPerJ.reasons)) : level[name];

export const figureAt = (level: Level, key: FigureKey): Figure =>
  figureBy(key, (name) => valueOf(level, name));

/** The figure of a key among values by their names. */
export function figureBy(key: FigureKey, of: (name: Name) => Figure | Spread): Figure {
  const { name, statistic } = named(key);
  const value = of(name);
  return "value" in value ? value : value[statistic ?? "mean"];
}
