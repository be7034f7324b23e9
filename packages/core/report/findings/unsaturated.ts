import type { Level, Report } from "../schema.ts";
import { loadText, loadValue } from "../text.ts";

type Scaled = Pick<Report, "levels" | "saturation">;

/**
 * The level at which the gains of a curve end although higher loads count, because those are too near to it for a
 * gain to be told. It is null where the gains reach the highest load.
 */
export function lastGain({ levels, saturation }: Scaled): Level | null {
  const find = (id: string | undefined): Level | null => levels.find((level) => level.id === id) ?? null;
  const [last, highest] = [find(saturation?.marginal.at(-1)?.toId), find(saturation?.points.at(-1))];
  if (last === null || highest === null) return null;
  return loadValue(highest.load) > loadValue(last.load) ? last : null;
}

/** What is said of a curve none of whose gains is below 10 %. */
export function unsaturated(report: Scaled): string {
  const last = lastGain(report);
  return last === null
    ? "Every level gained at least 10 % over the one before: no saturation was seen."
    : `Up to ${loadText(last.load)} every level gained at least 10 % over the one before; the loads beyond it are too near to one another to tell.`;
}
