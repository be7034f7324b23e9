import type { Schemas } from "@brimline/client/client";
import { UsageError } from "../error.ts";
import { readJson } from "../files.ts";
import type { SchedulesFlags } from "../arguments/service.ts";
import { connect } from "../service.ts";
import { wrap } from "../terminal/table.ts";

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
  return `${schedules.flatMap(linesOf).join("\n")}\n`;
}

function linesOf({ id, name, cron, timeZone, next, stopped, last, missed }: Schedule): string[] {
  const [soon] = next;
  const [latest] = missed.slice(-1);
  return [
    `${id}  ${name}`,
    `  due       ${cron} ${timeZone}`,
    ...(stopped === null
      ? [`  next      ${soon === undefined ? "never" : minuteOf(soon)}`]
      : ["  stopped", ...wrap(stopped, WIDTH, INDENT)]),
    ...(last === null ? [] : [`  ran last  ${minuteOf(last.at)}, job ${last.job}`]),
    ...(latest === undefined
      ? []
      : [`  missed    ${minuteOf(latest.at)}`, ...wrap(latest.why, WIDTH, INDENT)]),
  ];
}

/** Reasons are wrapped so that they fit a narrow terminal. */
const WIDTH = 60;
const INDENT = " ".repeat("  missed    ".length);

const minuteOf = (time: string): string =>
  `${time.slice(0, "2026-11-30T08:00".length).replace("T", " ")} UTC`;
