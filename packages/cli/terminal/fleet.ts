import { REASON_TEXT } from "@brimline/core/codes";
import type { Figure } from "@brimline/core/figure";
import { gpuText } from "@brimline/core/report/entry";
import type { Fleet, Target } from "@brimline/core/report/fleet";
import { unitText } from "@brimline/core/report/names";
import { throughputName } from "@brimline/core/report/pick";
import type { Report } from "@brimline/core/report/schema";
import { number, reasonText } from "@brimline/core/report/shown/cells";
import { table, wrap } from "./table.ts";

const UNIT = { users: "users", requestsPerS: "requests/s" };

/** A plan for a terminal: what serves the target load, what it costs, and what that rests on. */
export function printFleet(fleet: Fleet, report: Report, target: Target, columns: number): string {
  const { perReplica, replicas, gpus, throughput, usdPerMonth, powerW, kwhPerMonth, usdPerHourPerReplica } =
    fleet;
  const level = report.levels.find(({ id }) => id === report.verdict.levelId);
  const unit = UNIT[target.unit];
  const gpu = gpuText(report);
  const rows = [
    ["Replicas", known(replicas)],
    ["GPUs", `${known(gpus)}${gpu === null ? "" : ` (each replica ${gpu})`}`],
    [
      "$ a month",
      `${known(usdPerMonth)}${usdPerHourPerReplica === null ? "" : ` at $${number(usdPerHourPerReplica)} an hour of a replica`}`,
    ],
    ["Power, W", known(powerW)],
    ["kWh a month", known(kwhPerMonth)],
    ["Throughput", `${known(throughput)} ${level === undefined ? "" : unitText(throughputName(level))}`],
  ];
  const takes = `Each replica takes ${number(perReplica.value ?? 0)} ${unit}${rangeText(perReplica)}, as the endpoint of this report does.`;
  const notes = [
    takes,
    ...(perReplica.high === null ? ["No higher load bounded that, so fewer replicas may do."] : []),
    ...(perReplica.reasons.length === 0 ? [] : [`Read it with care: ${reasonText(perReplica.reasons)}.`]),
    "The load is taken to be spread evenly, without a reserve, and to be there all the time. Power and energy are those of the GPUs.",
    ...(gpu === null
      ? ["For GPUs, power and energy run the job again with brimline agent on the endpoint's host."]
      : []),
    ...(usdPerMonth.value === null ? ["For the cost give --price, or --prices with your own list."] : []),
  ];
  return [
    `${number(target.load)} ${unit}, by the report of ${report.name}`,
    "",
    ...table(rows, "left"),
    "",
    ...wrap(notes.join(" "), Math.min(Math.max(columns, 60), 120)),
    "",
  ].join("\n");
}

/** "5 (95 %: 5 to 6)", or why it is not known. */
function known(figure: Figure): string {
  if (figure.value === null)
    return `not known: ${figure.reasons.map((reason) => REASON_TEXT[reason]).join("; ")}`;
  return `${number(figure.value)}${rangeText(figure)}`;
}

const rangeText = ({ low, high }: Figure): string =>
  low !== null && high !== null ? ` (95 %: ${number(low)} to ${number(high)})` : "";
