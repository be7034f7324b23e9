import { z } from "zod";
import { VerdictStatus } from "../codes.ts";
import { Figure, Validity } from "../figure.ts";
import { demandOf } from "../load.ts";
import { OBJECTIVES } from "./catalogue.ts";
import { UNNAMED_GPU } from "./hardware.ts";
import { isStreamed } from "./kind.ts";
import { sloText } from "./names.ts";
import { Report } from "./schema.ts";
import { throughputOf } from "./pick.ts";
import { lengthText, loadText, promptsText } from "./text.ts";

/**
 * One row of the public list of reports. It holds what the index page needs, so that listing never reads
 * whole reports.
 */
export const IndexEntry = z.object({
  id: z.string(),
  name: z.string(),
  model: z.string(),
  /**
   * The distinct names of the GPUs with their count, such as "2 × NVIDIA A40", or null if they are not known.
   */
  gpu: z.string().nullable(),
  state: Report.shape.state,
  validity: Validity,
  simulated: z.boolean(),
  createdAt: z.string(),
  verdict: z.string(),
  /** See `statusOf`. An entry of before lacks it. */
  status: VerdictStatus.nullable().default(null),
  /**
   * The load of the level that the verdict speaks of, in words, such as "100 users". It is null if no level
   * was measured.
   */
  load: z.string().nullable(),
  /** The figures of that level. */
  outputTokensPerS: Figure.nullable(),
  ttftP95Ms: Figure.nullable(),
  tokensPerJ: Figure.nullable(),
  usdPerMOutputTokens: Figure.nullable().default(null),
  /** The job's tags. An entry of before lacks these and the fields that follow. */
  tags: z.array(z.string()).default([]),
  /** What serves the model: the engine that its metrics name, or the server of its answers. */
  server: z.string().nullable().default(null),
  /** Whether the verdict names a capacity, of which the figures are. */
  hasCapacity: z.boolean().default(false),
  /**
   * What was asked and by what it is judged, in words. Reports with the same can be ranked. It is null where the job
   * brought its own prompts.
   */
  board: z.string().nullable().default(null),
});
export type IndexEntry = z.infer<typeof IndexEntry>;

/**
 * The level that the headline figures speak of: the verdict's, or, if it names none, the measured one with
 * the most output that is not invalid, or the last one.
 */
export function headlineLevel(report: Report): Report["levels"][number] | null {
  const measured = report.levels.filter((level) => level.role !== "warmup");
  const named = measured.find((level) => level.id === report.verdict.levelId);
  if (named !== undefined) return named;
  const sound = measured.filter(
    (level) => throughputOf(level).value !== null && level.validity !== "invalid",
  );
  const [most] = sound.toSorted((a, b) => (throughputOf(b).value ?? 0) - (throughputOf(a).value ?? 0));
  return most ?? measured.at(-1) ?? null;
}

/** "NVIDIA A40", "2 × NVIDIA A40", or the name that the job gave. It is null if none is known. */
export function gpuText(report: Pick<Report, "gpus" | "job">): string | null {
  const counts = new Map<string, number>();
  for (const { name } of report.gpus) if (name !== UNNAMED_GPU) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === 0 && report.job.gpu?.name !== undefined)
    counts.set(report.job.gpu.name, report.job.gpu.count ?? 1);
  if (counts.size === 0) return null;
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(", ");
}

/** The status of the verdict. It is null for a job without an objective, unless that failed. */
export const statusOf = ({ verdict, slo }: Report): VerdictStatus | null =>
  slo === null && verdict.status !== "failed" ? null : verdict.status;

/** What serves the model. Its own metrics name the engine, where the header of its answers may name a web server. */
export const serverOf = ({ endpoint }: Pick<Report, "endpoint">): string | null =>
  endpoint.metrics?.engine ?? endpoint.server;

/** "256 tokens in, 128 out, by users; TTFT p95 ≤ 500 ms", as `board` of an entry says. */
function boardOf(report: Report): string | null {
  const { workload } = report.job;
  if (workload.prompts !== undefined) return null;
  const isOpen = report.levels.some((level) => level.role !== "warmup" && demandOf(level.load).isOpenLoop);
  const asked = [
    `${promptsText(workload)} in`,
    ...(isStreamed(report) ? [`${lengthText(workload.outputTokens)} out`] : []),
    ...(workload.temperature === 0 ? [] : [`temperature ${workload.temperature}`]),
    ...(workload.thinkTimeMs === 0 ? [] : [`think time ${workload.thinkTimeMs} ms`]),
    ...(workload.salt ? [] : ["no salt"]),
    isOpen ? "at a rate" : "by users",
  ].join(", ");
  if (report.slo === null) return `${asked}; no objective`;
  const bounds = OBJECTIVES.flatMap((name) => {
    const boundMs = report.slo?.[name] ?? null;
    return boundMs === null ? [] : [[name, boundMs] as const];
  });
  return `${asked}; ${sloText({ ...Object.fromEntries(bounds), percentile: report.slo.percentile })}`;
}

/** The row of a report in the public list. */
export function indexEntry(report: Report): IndexEntry {
  const level = headlineLevel(report);
  return {
    id: report.id,
    name: report.name,
    model: report.endpoint.model,
    gpu: gpuText(report),
    state: report.state,
    validity: report.validity,
    simulated: report.provenance.simulated,
    createdAt: report.createdAt,
    verdict: report.verdict.answer ?? report.verdict.sentence,
    status: statusOf(report),
    load: level === null ? null : loadText(level.load),
    outputTokensPerS: level?.outputTokensPerS ?? null,
    ttftP95Ms: level?.ttftMs.p95 ?? null,
    tokensPerJ: level?.tokensPerJ ?? null,
    usdPerMOutputTokens: level?.usdPerMOutputTokens ?? null,
    tags: report.tags,
    server: serverOf(report),
    hasCapacity: report.verdict.capacity.value !== null,
    board: boardOf(report),
  };
}
