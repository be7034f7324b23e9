import { usdText } from "@brimline/core/report/text";
import type { UsageFlags } from "../arguments/service.ts";
import type { Schemas } from "@brimline/client/client";
import { connect } from "../service.ts";
import { table } from "../terminal/table.ts";

interface Used {
  jobs: number;
  requests: number;
  outputTokens: number;
  usd: number;
  jobsWithoutPrice: number;
}

export async function run(flags: UsageFlags): Promise<number> {
  const connection = await connect(flags);
  try {
    const usage = await connection.client.usage(flags.months);
    if (flags.json === true) {
      process.stdout.write(`${JSON.stringify(usage, null, 2)}\n`);
      return 0;
    }
    const rows = usage.months.flatMap((month) => [
      rowOf(month.month, month),
      ...(flags.days === true ? month.days.map((day) => rowOf(`  ${day.day}`, day)) : []),
    ]);
    const { jobs, most } = usage.open;
    const head = ["month (UTC)", "jobs", "requests", "output tokens", "$"];
    const without = usage.months.reduce((sum, { jobsWithoutPrice }) => sum + jobsWithoutPrice, 0);
    process.stdout.write(
      [
        ...(rows.length === 0 ? ["No job has ended yet."] : table([head, ...rows])),
        ...(without === 0 ? [] : [`$ leaves out what states no price: ${jobsText(without)}.`]),
        `In progress: ${jobsText(jobs)} of at most ${whole(most)}.`,
        ...leftText(usage.left),
        "",
      ].join("\n"),
    );
    return 0;
  } finally {
    await connection.close();
  }
}

const rowOf = (what: string, { jobs, requests, outputTokens, usd }: Used): string[] => [
  what,
  whole(jobs),
  whole(requests),
  whole(outputTokens),
  usdText(usd).slice("$".length),
];

function leftText({ requests, outputTokens, usd }: Schemas["Usage"]["left"]): string[] {
  const parts = [
    ...(requests === null ? [] : [`${whole(requests)} requests`]),
    ...(outputTokens === null ? [] : [`${whole(outputTokens)} output tokens`]),
    ...(usd === null ? [] : [`$${usd.toFixed(2)}`]),
  ];
  return parts.length === 0 ? [] : [`Left of this day (UTC): ${parts.join(", ")}.`];
}

const whole = (value: number): string => value.toLocaleString("en-US");
const jobsText = (count: number): string => (count === 1 ? "1 job" : `${whole(count)} jobs`);
