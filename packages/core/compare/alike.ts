import type { JobSpec } from "../job/spec/spec.ts";
import { demandOf } from "../load.ts";
import { gpuText } from "../report/entry.ts";
import type { Level, Report } from "../report/schema.ts";
import { lengthText, loadText } from "../report/text.ts";

/** Two levels of one load. They are twins where both asked the same, request by request. */
export interface Pair {
  a: Level;
  b: Level;
  areTwins: boolean;
}

export interface Matched {
  pairs: [Pair, ...Pair[]];
  /** Why they are not twins. It is null where all of them are. */
  whyIndependent: string | null;
}

/** What two reports are matched by. */
type Alike = Pick<Report, "id" | "job" | "levels" | "provenance">;

type Workload = JobSpec["workload"];

/** What a request asks of an endpoint. Reports that differ in one of these measure different things. */
const SHAPE: Record<string, (workload: Workload) => string> = {
  "the lengths of prompts": ({ prompts, inputTokens }) =>
    prompts === undefined ? `${lengthText(inputTokens)} tokens` : "given with the job",
  "the lengths of answers": ({ outputTokens }) => `${lengthText(outputTokens)} tokens`,
  "the images": ({ images }) => (images === undefined ? "none" : JSON.stringify(images)),
  "whether answers end by themselves": ({ ignoreEos }) => String(ignoreEos),
  "the time that users think": ({ thinkTimeMs }) => `${thinkTimeMs} ms`,
};

/** The levels of two reports that can be compared, or in words why none can. */
export function match(a: Alike, b: Alike): Matched | { refused: string } {
  if (a.id === b.id) return { refused: "Both are the same job. Compare it with another one." };
  const kinds = [a.job.endpoint.api, b.job.endpoint.api];
  if (kinds[0] !== kinds[1])
    return {
      refused: `The endpoints are of different kinds, ${kinds.join(" and ")}: their requests are not alike.`,
    };
  for (const [what, textOf] of Object.entries(SHAPE)) {
    const [before, after] = [textOf(a.job.workload), textOf(b.job.workload)];
    if (before !== after)
      return {
        refused: `The workloads differ in ${what} (${before}, and ${after}): run one of the jobs again with the other's workload.`,
      };
  }
  const isOneSeed = a.provenance.seed === b.provenance.seed;
  const isOneWorkload = JSON.stringify(a.job.workload) === JSON.stringify(b.job.workload);
  const [first, ...rest] = pairsOf(a, b, isOneSeed && isOneWorkload);
  if (first === undefined) return { refused: whyNone(a, b) };
  const pairs: Matched["pairs"] = [first, ...rest];
  const whyIndependent = !isOneSeed
    ? "The jobs have different seeds, so they asked other requests: a job with a baseline asks the same."
    : !isOneWorkload
      ? "The workloads have the same lengths but are not the same."
      : pairs.every(({ areTwins }) => areTwins)
        ? null
        : "Some loads were asked by other levels of their jobs, with other requests.";
  return { pairs, whyIndependent };
}

/** The measured levels of each load, in their order. Requests follow from the seed and the level's id. */
function pairsOf(a: Alike, b: Alike, isOneSource: boolean): Pair[] {
  const left = measured(b);
  return measured(a).flatMap((level): Pair[] => {
    const at = left.findIndex(({ load }) => JSON.stringify(load) === JSON.stringify(level.load));
    const [other] = at === -1 ? [] : left.splice(at, 1);
    return other === undefined
      ? []
      : [{ a: level, b: other, areTwins: isOneSource && level.id === other.id }];
  });
}

const measured = ({ levels }: Alike): Level[] => levels.filter(({ role }) => role !== "warmup");

function whyNone(a: Alike, b: Alike): string {
  const [before, after] = [measured(a), measured(b)];
  if (before.length === 0 || after.length === 0)
    return "One of the reports has no measured level, so there is nothing to compare.";
  const unitsOf = (levels: Level[]): string[] => [
    ...new Set(levels.map(({ load }) => demandOf(load).unit.many)),
  ];
  if (!unitsOf(before).some((unit) => unitsOf(after).includes(unit)))
    return `One report is of ${unitsOf(before).join(" and ")}, the other of ${unitsOf(after).join(" and ")}: they have no load in common.`;
  const loads = (levels: Level[]): string => levels.map(({ load }) => loadText(load)).join(", ");
  return `The reports have no load in common (${loads(before)}; ${loads(after)}): name the same levels in both jobs.`;
}

/** What is not the same in the two jobs, though they can be compared. */
export function differences(a: Report, b: Report): string[] {
  const facts: [string, (report: Report) => string | null][] = [
    ["model", ({ endpoint }) => endpoint.model],
    ["server", ({ endpoint }) => endpoint.server],
    ["GPU", gpuText],
    ["objective", ({ slo }) => (slo === null ? null : JSON.stringify(slo))],
    ["version of Brimline", ({ provenance }) => provenance.generator],
    ["clock of arrivals", ({ certificate }) => certificate.arrivalClock],
  ];
  return facts.flatMap(([name, of]) => {
    const [before, after] = [of(a), of(b)];
    if (before === after) return [];
    return name === "objective"
      ? [`The objectives differ, so what lies within them is not compared.`]
      : [`The ${name} was ${before ?? "not known"} and is ${after ?? "not known"}.`];
  });
}
