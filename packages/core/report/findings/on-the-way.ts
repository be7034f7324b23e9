import { searchOf } from "../../job/plan/loads.ts";
import { ofFirstKind } from "../verdict/found.ts";
import { names, type Placed } from "./placed.ts";
import type { Finding, Report } from "../schema.ts";
import { loadValue } from "../text.ts";

/**
 * The levels whose figures carry the answer. A search looks at other loads only to find its way: it does not matter how
 * well they are known, and nobody would run them longer.
 */
export function carrying(measured: Placed[], { job, verdict }: Omit<Report, "findings">): Placed[] {
  if (searchOf(job) === null || verdict.levelId === null) return measured;
  const levels = ofFirstKind(measured.map(({ level }) => level));
  const best = levels.findIndex(({ id }) => id === verdict.levelId);
  const { high } = verdict.capacity;
  const end = high === null ? -1 : levels.findIndex(({ load }) => loadValue(load) >= high);
  const telling = new Set(levels.slice(best, end === -1 ? undefined : end + 1));
  return measured.filter(({ level }) => telling.has(level));
}

/** Says which levels of a search were only looked at. */
export function onTheWay(measured: Placed[], report: Omit<Report, "findings">): Finding[] {
  const telling = carrying(measured, report);
  const others = measured.filter((placed) => !telling.includes(placed));
  if (others.length === 0) return [];
  return [
    {
      code: "on_the_way",
      severity: "info",
      sentence: `The search only looked at ${names(others)} to find its way, so their figures rest on few requests.`,
      refs: others.map(({ pointer }) => pointer),
    },
  ];
}
