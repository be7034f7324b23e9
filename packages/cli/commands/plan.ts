import { Report } from "@brimline/core/report/schema";
import { fleetFor, type Target } from "@brimline/core/report/fleet";
import { CommandError, UsageError } from "../error.ts";
import { readJson, readPrices } from "../files.ts";
import type { PlanFlags } from "../arguments/report.ts";
import { connect } from "../service.ts";

export async function run(from: string, flags: PlanFlags): Promise<number> {
  const target = targetOf(flags);
  const report = await readReport(from, flags);
  const fleet = fleetFor(report, target, {
    usdPerHour: flags.price,
    prices: flags.prices === undefined ? undefined : await readPrices(flags.prices),
  });
  if (fleet === null) throw new CommandError(whyNot(report));
  // The library that measures the width of text takes 50 ms to load.
  const text =
    flags.json === true
      ? `${JSON.stringify(fleet, null, 2)}\n`
      : (await import("../terminal/fleet.ts")).printFleet(
          fleet,
          report,
          target,
          process.stdout.columns || 100,
        );
  process.stdout.write(text);
  return 0;
}

function targetOf({ users, rate }: PlanFlags): Target {
  const load = users ?? rate ?? 0;
  if (load <= 0) throw new UsageError("plan needs the load to serve: --users 500, or --rate 20");
  return { load, unit: users === undefined ? "requestsPerS" : "users" };
}

/** A report from a file, or from the service by its job. */
async function readReport(from: string, flags: PlanFlags): Promise<Report> {
  if (/[./\\]/.test(from)) {
    const report = Report.safeParse(await readJson("plan", from));
    if (!report.success) throw new UsageError(`plan: ${from} is no report.json of Brimline`);
    return report.data;
  }
  const connection = await connect(flags);
  try {
    return await connection.client.report(from);
  } finally {
    await connection.close();
  }
}

function whyNot({ verdict }: Report): string {
  if (verdict.capacity.value === null) return `the report has no capacity to plan with: ${verdict.sentence}`;
  return verdict.capacityUnit === "users"
    ? "the report's capacity is in users: plan with --users"
    : "the report's capacity is in requests/s: plan with --rate";
}
