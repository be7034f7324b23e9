import { billOf } from "./bill.ts";
import type { Compared } from "./compare.ts";
import type { DeclaredFunction } from "./declared.ts";
import type { Limit } from "./limits.ts";
import { PRICED, PRICES } from "./prices.ts";
import type { Price } from "./prices.ts";
import type { Scenario } from "./scenarios.ts";
import { byRole, classA, classB } from "./tally.ts";
import { gbSeconds } from "./usage.ts";

/** Markdown, as docs/aws.md shows it. */

type Functions = Record<string, DeclaredFunction>;

export function costTable(scenarios: Scenario[], functions: Functions): string {
  const rows = scenarios.map(({ name, usage }) => {
    const bill = billOf(usage, functions);
    const calls = Object.values(usage.calls).reduce((sum, { count }) => sum + count, 0);
    const seconds = Object.values(gbSeconds(usage, functions).memory).reduce((sum, part) => sum + part, 0);
    const lambda = `${whole(calls)} calls, ${whole(seconds)} GB-s: ${usd(bill.lambda)}`;
    const durable =
      usage.durable.operations === 0 ? "" : `${whole(usage.durable.operations)}: ${usd(bill.durable)}`;
    return [
      name,
      lambda,
      durable,
      `${whole(classA(usage.s3))} A, ${whole(classB(usage.s3))} B: ${usd(bill.s3)}`,
      usd(bill.edge + bill.rest),
      usd(bill.total),
    ];
  });
  return table(["", "Lambda", "durable operations", "S3, by class", "edge, logs, traffic", "about"], rows);
}

export const limitTable = (limits: Limit[]): string =>
  table(
    ["what", "limit", "reached at", "from"],
    limits.map(({ what, limit, breaksAt, source }) => [what, limit, breaksAt, source]),
  );

/** The parts of one usage that a bill does not show. */
export function usageTable({ name, usage }: Scenario, functions: Functions): string {
  const { memory } = gbSeconds(usage, functions);
  const calls = Object.entries(usage.calls)
    .filter(([, { count }]) => count > 0)
    .map(([each, { count }]) => [each, whole(count), whole(memory[each] ?? 0)]);
  const roles = Object.entries(byRole(usage.s3))
    .filter(([, { a, b }]) => a + b > 0)
    .map(([role, { a, b }]) => [role, whole(a), whole(b)]);
  return [
    `${name}: ${usd(billOf(usage, functions).total)}`,
    table(["function", "calls", "GB-s"], calls),
    table(["S3", "class A", "class B"], roles),
    `edge: ${whole(usage.edge.requests)} requests, ${bytes(usage.edge.bytes)}; stored ${bytes(usage.storedBytes)}; sent to the endpoint ${bytes(usage.sentBytes)}`,
  ].join("\n\n");
}

export function priceTable(): string {
  const rows = Object.values(PRICES).map(({ usd: price, per, source, verified }: Price) => [
    per,
    `$${Number(price.toPrecision(8))}`,
    VERIFIED[verified],
    source,
  ]);
  return `${PRICED.region}, ${PRICED.at}\n\n${table(["one", "price", "verified", "source"], rows)}`;
}

const VERIFIED: Record<Price["verified"], string> = {
  page: "yes, as quoted",
  elsewhere: "for us-east-1 only",
  unverified: "no",
};

export const comparedTable = (compared: Compared[]): string =>
  table(
    ["", "model", "counted", ""],
    compared.map(({ name, model, counted, isRight }) => [
      name,
      whole(model),
      whole(counted),
      isRight ? "" : "DIFFERS",
    ]),
  );

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const whole = (number: number): string => Math.round(number).toLocaleString("en");
/** Two figures that count, whole cents above a dollar. */
const usd = (amount: number): string =>
  `$${amount >= 1 ? amount.toFixed(2) : Number(amount.toPrecision(2)).toString()}`;
const bytes = (count: number): string =>
  count >= 1e9 ? `${(count / 1e9).toFixed(1)} GB` : `${(count / 1e6).toFixed(2)} MB`;
