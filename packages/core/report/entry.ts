import { z } from "zod";
import { VerdictStatus } from "../codes.ts";
import { Figure, Validity } from "../figure.ts";
import { UNNAMED_GPU } from "./hardware.ts";
import { Report } from "./schema.ts";
import { throughputOf } from "./pick.ts";
import { loadText } from "./text.ts";

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
  };
}
