import type { Level, Report } from "../report/schema.ts";
import { longer } from "../report/verdict/longer.ts";
import { loadText, num } from "../report/text.ts";
import type { Matched } from "./alike.ts";
import type { GateFigure } from "./schema.ts";
import { figureText } from "./words.ts";

/**
 * What to run so that nine of ten such pairs find the margin itself. `times` says how many times the data each figure
 * takes. What finds a change of the margin shows as often that there is none (a 90 % interval is narrower than what is
 * found over all figures of the gate), so the same load ends in `same`.
 */
export function nextOf(
  { gate, marginPercent, times }: { gate: GateFigure[]; marginPercent: number; times: number[] },
  { pairs, whyIndependent }: Matched,
  { a, b }: { a: Report; b: Report },
): string | null {
  const factor = Math.max(0, ...times);
  const coarsest = gate[times.indexOf(factor)];
  const pair = pairs.find(({ b: level }) => level.id === coarsest?.levels.b);
  if (factor <= 1 || coarsest === undefined || pair === undefined) return null;
  const what = `a change of ${num(marginPercent)} % in ${figureText(coarsest.figure)} at ${loadText(coarsest.load)}, or show that there is none`;
  if (whyIndependent !== null)
    return `To find ${what}, run the job again with the first as its baseline ("baseline": "${a.id}"): it then asks the same requests, and that takes far less load.`;
  if (coarsest.smallest === null)
    return `To find ${what}, run both jobs longer: this pair would find none of any size.`;
  const each = eachLevel(pair.b, factor, b.job);
  return each === null
    ? `To find ${what}, a level would have to run for more than an hour: judge by a larger margin (this pair finds ${num(coarsest.smallest)} %), or leave this load out.`
    : `To find ${what}, run each level of both jobs ${each}.`;
}

/** How long each level must run. One that ran in parts counts with all of them. */
function eachLevel(level: Level, factor: number, { precision, stop }: Report["job"]): string | null {
  if (precision !== undefined) {
    const { durationS = null } = longer(level, factor * level.runs.length, 0, undefined) ?? {};
    return durationS === null ? null : `for ${num(durationS)} s, in one run without a precision`;
  }
  const { durationS = null, requests = null } = longer(level, factor, 0, stop) ?? {};
  if (durationS !== null) return `for ${num(durationS)} s`;
  return requests === null ? null : `with ${num(requests)} requests`;
}
