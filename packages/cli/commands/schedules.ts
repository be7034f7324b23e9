import type { Schemas } from "@brimline/client/client";
import { UsageError } from "../error.ts";
import { readJson } from "../files.ts";
import type { SchedulesFlags } from "../program.ts";
import { connect } from "../service.ts";
import { table } from "../table.ts";

type Schedule = Schemas["Schedule"];

export async function run({
  add,
  job,
  name,
  timeZone,
  remove,
  json,
  ...flags
}: SchedulesFlags): Promise<number> {
  const request = add === undefined ? null : await requestOf({ cron: add, job, name, timeZone });
  if (request === null && (job ?? name ?? timeZone) !== undefined)
    throw new UsageError("--job, --name and --time-zone are of a schedule that is made: give --add <cron>");
  const connection = await connect(flags);
  const { client } = connection;
  try {
    if (remove !== undefined) {
      await client.removeSchedule(remove);
      process.stdout.write(`${remove}: removed\n`);
      return 0;
    }
    const schedules = request === null ? await client.schedules() : [await client.addSchedule(request)];
    process.stdout.write(json === true ? `${JSON.stringify(schedules, null, 2)}\n` : listText(schedules));
    return 0;
  } finally {
    await connection.close();
  }
}

async function requestOf({
  cron,
  job,
  name,
  timeZone,
}: {
  cron: string;
  job: string | undefined;
  name: string | undefined;
  timeZone: string | undefined;
}): Promise<Schemas["ScheduleRequest"]> {
  if (job === undefined)
    throw new UsageError("--add needs the job that is submitted: --job job.json, as POST /v1/jobs takes it");
  return {
    cron,
    job: (await readJson("--job", job)) as Schemas["JobRequest"],
    ...(name !== undefined && { name }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

function listText(schedules: Schedule[]): string {
  if (schedules.length === 0) return "There is no schedule.\n";
  const rows = schedules.map(({ id, cron, timeZone, next: [next], last, name }) => [
    id,
    `${cron} ${timeZone}`,
    next === undefined ? "never" : minuteOf(next),
    last === null ? "never" : minuteOf(last.at),
    name,
  ]);
  const missed = schedules.flatMap((schedule) => {
    const [latest] = schedule.missed.slice(-1);
    return latest === undefined ? [] : [`${schedule.id} missed ${minuteOf(latest.at)}: ${latest.why}.`];
  });
  return `${[...table([["schedule", "due", "next (UTC)", "last (UTC)", "name"], ...rows], "left"), ...missed].join("\n")}\n`;
}

const minuteOf = (time: string): string => time.slice(0, "2026-11-30T08:00".length).replace("T", " ");
