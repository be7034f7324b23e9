import type { Job } from "@brimline/core/job/state/job";
import type { JobsFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";
import { table, wrap } from "../terminal/table.ts";
import width from "string-width";

/** The API gives at most so many jobs in one answer. */
const PART_MAX = 100;

export async function run({ find, limit, json, ...flags }: JobsFlags): Promise<number> {
  const { tag, model, gpu, state, since } = flags;
  const connection = await connect(flags);
  try {
    const query = { tag, model, gpu, state, since, q: find };
    const jobs: Job[] = [];
    let next: string | null = null;
    do {
      const part = { limit: Math.min(PART_MAX, limit - jobs.length), cursor: next ?? undefined };
      const answer = await connection.client.jobs({ ...query, ...part });
      jobs.push(...answer.jobs);
      ({ next } = answer);
    } while (next !== null && jobs.length < limit);
    const isFiltered = Object.values(query).some((value) => value !== undefined);
    process.stdout.write(
      json === true
        ? `${JSON.stringify(jobs, null, 2)}\n`
        : jobsText(jobs, { isFiltered, columns: process.stdout.columns || null }),
    );
    return 0;
  } finally {
    await connection.close();
  }
}

/**
 * A line for each job, as other programs read it. Where a terminal is narrower, what came of its objective and its name
 * stand below it.
 */
export function jobsText(
  jobs: Job[],
  { isFiltered, columns }: { isFiltered: boolean; columns: number | null },
): string {
  if (jobs.length === 0)
    return isFiltered
      ? "No job fits. Without flags every job is listed.\n"
      : "There is no job yet. npx brimline bench <url> makes one.\n";
  const rows = jobs.map(({ id, createdAt, state, verdict, name }) => ({
    short: [id, createdAt.slice(0, "2026-11-30T08:00".length).replace("T", " "), state],
    rest: [verdict?.status ?? "", name],
  }));
  const head = ["job", "made (UTC)", "state"];
  const whole = table(
    [[...head, "objective", "name"], ...rows.map(({ short, rest }) => [...short, ...rest])],
    "left",
  );
  if (columns === null || whole.every((line) => width(line) <= columns)) return `${whole.join("\n")}\n`;
  const [first = "", ...lines] = table([head, ...rows.map(({ short }) => short)], "left");
  const below = rows.map(({ rest }) => wrap(rest.filter((text) => text !== "").join(": "), columns, "    "));
  return `${[first, ...lines.flatMap((line, i) => [line, ...(below[i] ?? [])])].join("\n")}\n`;
}
