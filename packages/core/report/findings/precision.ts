import type { FigureKey } from "../catalogue.ts";
import { inSentence, named } from "../names.ts";
import { figureAt, throughputName } from "../pick.ts";
import type { Placed } from "./placed.ts";
import type { Finding, Level, Report } from "../schema.ts";
import { loadText, num } from "../text.ts";

/** What a job that asked for precision came to, level by level: how sure its figures are, and how long that took. */
export function precise(measured: Placed[], { job }: Pick<Report, "job">): Finding[] {
  if (job.precision === undefined || measured.length === 0) return [];
  const { percent, withinS } = job.precision;
  const each = measured.map(({ level, pointer }) => ({ level, pointer, widest: widestOf(level) }));
  const texts = each.map(({ level, widest }) => {
    const took = `${num(level.runs.reduce((sum, run) => sum + run.durationS, 0))} s`;
    const half = widest.half === null ? "not known" : `±${num(widest.half)} %`;
    return `${loadText(level.load)}: ${half} (${widest.name}) after ${took}`;
  });
  const missed = each.filter(({ widest }) => widest.half === null || widest.half > percent);
  const asked = `±${num(percent)} % was asked of the throughput of users and the medians of TTFT and E2E`;
  const sentence =
    missed.length === 0
      ? `${asked}, and every level came to it. ${texts.join("; ")}.`
      : `${asked}. The least sure figure of each level: ${texts.join("; ")}. A level may send for ${num(withinS)} s here (precision.withinS), and has twice as many parts at each look.`;
  return [
    {
      code: "precision",
      severity: missed.length === 0 ? "info" : "warn",
      sentence,
      refs: each.map(({ pointer, widest }) => `${pointer}/${widest.key.replace(".", "/")}`),
    },
  ];
}

interface Widest {
  key: FigureKey;
  name: string;
  /** Half of its interval, percent of its value. It is null where that is not known. */
  half: number | null;
}

function widestOf(level: Level): Widest {
  const isOfUsers = level.load.kind !== "rate";
  const keys: FigureKey[] = [
    ...(isOfUsers ? [throughputName(level)] : []),
    ...(level.ttftMs.p50.reasons.includes("not_streamed") ? [] : (["ttftMs.p50"] as const)),
    "e2eMs.p50",
  ];
  const [first, ...rest] = keys.map((key): Widest => {
    const { label, statistic } = named(key);
    const { value, low, high } = figureAt(level, key);
    const isKnown = value !== null && low !== null && high !== null && value > 0;
    return {
      key,
      name: inSentence(statistic === null ? label : `${label} ${statistic}`),
      half: isKnown ? (50 * (high - low)) / value : null,
    };
  });
  if (first === undefined) throw new Error("a level has E2E");
  return rest.reduce(
    (widest, one) => ((one.half ?? Infinity) > (widest.half ?? Infinity) ? one : widest),
    first,
  );
}
