import type { Reason } from "../codes.ts";
import { unknown, type Figure, type Spread } from "../figure.ts";
import {
  CATALOGUE,
  type FigureKey,
  type GpuName,
  type HostName,
  type Name,
  type ServerName,
  RUN_FIELDS,
  RUN_FIGURES,
  type RunField,
} from "./catalogue.ts";
import { named } from "./names.ts";
import type { Level } from "./schema.ts";

/** The figure of how much a level gives: output tokens, or requests where answers have none. */
export const throughputName = ({
  outputTokensPerS,
}: Pick<Level, "outputTokensPerS">): "outputTokensPerS" | "requestsPerS" =>
  outputTokensPerS.reasons.includes("not_streamed") ? "requestsPerS" : "outputTokensPerS";

export const throughputOf = (level: Level): Figure => level[throughputName(level)];

const isOfGpu = (name: Name): name is GpuName => CATALOGUE[name].of === "gpu";

const isOfServer = (name: Name): name is ServerName => CATALOGUE[name].of === "server";

const isOfHost = (name: Name): name is HostName => CATALOGUE[name].of === "host";

/** Why a level without samples lacks its GPU's figures. Tokens/J lacks them too, and says it unless it has no tokens. */
function whyNoGpu({ tokensPerJ, requestsPerS }: Pick<Level, "tokensPerJ" | "requestsPerS">): Reason[] {
  if (!tokensPerJ.reasons.includes("not_streamed")) return tokensPerJ.reasons;
  return whyNoHost({ requestsPerS });
}

/** Why a level lacks its host's figures: it has no window, or nobody sampled the host in it. */
const whyNoHost = ({ requestsPerS }: Pick<Level, "requestsPerS">): Reason[] =>
  requestsPerS.value === null ? requestsPerS.reasons : ["no_telemetry"];

/** What a level has under a name. */
export function valueOf(level: Omit<Level, "runs">, name: Name): Figure | Spread {
  if (isOfGpu(name)) return level.gpu?.[name] ?? unknown(...whyNoGpu(level));
  if (isOfHost(name)) return level.host?.[name] ?? unknown(...whyNoHost(level));
  return isOfServer(name) ? (level.server?.[name] ?? unknown("no_server_metrics")) : level[name];
}

export const figureAt = (level: Level, key: FigureKey): Figure =>
  figureOf(key, (name) => valueOf(level, name));

function figureOf(key: FigureKey, valueFor: (name: Name) => Figure | Spread): Figure {
  const { name, statistic } = named(key);
  const value = valueFor(name);
  return "value" in value ? value : value[statistic ?? "mean"];
}

/** The figures that a run has too, from all figures that it could have. */
export const runFigures = (valueFor: (name: Name) => Figure | Spread): Record<RunField, Figure> =>
  Object.fromEntries(RUN_FIELDS.map((field) => [field, figureOf(RUN_FIGURES[field], valueFor)])) as Record<
    RunField,
    Figure
  >;
