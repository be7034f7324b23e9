import type { Job } from "@brimline/core/job/job";
import type { JobsFlags } from "../arguments/job.ts";
import { connect } from "../service.ts";
import { table } from "../table.ts";

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
    process.stdout.write(json === true ? `${JSON.stringify(jobs, null, 2)}\n` : listText(jobs, isFiltered));
    return 0;
  } finally {
    await connection.close();
  }
}

function listText(jobs: Job[], isFiltered: boolean): string {
  if (jobs.length === 0)
    return isFiltered
      ? "No job fits. Without flags every job is listed.\n"
      : "There is no job yet. npx brimline bench <url> makes one.\n";
  const rows = jobs.map(({ id, createdAt, state, verdict, name }) => [
    id,
    createdAt.slice(0, "2026-11-30T08:00".length).replace("T", " "),
    state,
    verdict?.status ?? "",
    name,
  ]);
  return `${table([["job", "made (UTC)", "state", "objective", "name"], ...rows], "left").join("\n")}\n`;
}
